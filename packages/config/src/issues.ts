/** zod's issues as problems. The schema's messages are what would be accepted (see `schema-values.ts`). */

import type { z } from 'zod'

import { withoutCredentials } from './endpoint-url.ts'
import { quoted, shown } from './problems.ts'
import type { ProblemList } from './problems.ts'
import { conditionText, fallbackConditionText } from './schema-values.ts'
import { conditionNames, errorClassNames } from './types-values.ts'

type Issue = z.core.$ZodIssue
type Path = readonly (string | number)[]

/** `unread` holds the paths (as JSON) that the copy had to leave out and that are reported already: they are not missing as well. */
export function addIssues(issues: readonly Issue[], problems: ProblemList, unread: ReadonlySet<string>): void {
  for (const issue of issues) addIssue(issue, [], problems, unread)
}

function addIssue(issue: Issue, base: Path, problems: ProblemList, unread: ReadonlySet<string>): void {
  const path = [...base, ...issue.path.map((key) => (typeof key === 'number' ? key : String(key)))]
  if (issue.code === 'unrecognized_keys') return addUnknownKeys(issue, path, problems)
  if (issue.code === 'invalid_union') {
    const branch = meantBranch(issue.errors)
    for (const inner of branch ?? []) addIssue(inner, path, problems, unread)
    if (branch !== undefined) return
  }
  if (unread.size > 0 && issue.input === undefined && unread.has(JSON.stringify(path))) return
  addValueProblem(issue, path, problems)
}

/** For each unknown key a problem of its own. The value is the key: what stands behind it may be a credential. */
function addUnknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys, path: Path, problems: ProblemList): void {
  const known = issue.message.split(', ')
  for (const key of issue.keys) {
    problems.add({
      path: [...path, key],
      value: shown(key),
      message: `unknown key ${quoted(key)}`,
      expected: known.length === 1 ? `the key ${known[0]}` : `one of the keys ${issue.message}`,
      ...problems.hint(key, known),
    })
  }
}

/**
 * Of a union's branches the one of the value's own kind, so that its details are told; of several objects the one that knows
 * most of the keys. `undefined` when the kind fits none.
 */
function meantBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  let best: readonly Issue[] | undefined
  let fewestUnknown = Number.POSITIVE_INFINITY
  for (const issues of branches) {
    if (issues.some(isOfAnotherKind)) continue
    const unknown = issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 0), 0)
    if (unknown >= fewestUnknown) continue
    best = issues
    fewestUnknown = unknown
  }
  return best
}

function isOfAnotherKind(issue: Issue): boolean {
  if (issue.path.length > 0) return false
  if (issue.code === 'invalid_union') return meantBranch(issue.errors) === undefined
  return issue.code === 'invalid_type' || issue.code === 'invalid_value'
}

function addValueProblem(issue: Issue, path: Path, problems: ProblemList): void {
  const found = foundBy(issue)
  const isHidden = isCredential(path, found) && found !== undefined
  const wrong: unknown = issue.code === 'custom' ? issue.params?.['wrong'] : undefined
  const visible = typeof found === 'string' ? withoutCredentials(found) : found
  problems.add({
    path,
    value: isHidden ? 'not shown' : shown(visible),
    message: message(wrong, visible, isHidden),
    expected: expectedText(issue),
    ...(typeof found === 'string' && !isHidden ? problems.hint(found, choicesOf(issue)) : {}),
  })
}

/** A union by `type` reports the whole object at the place of its type. */
function foundBy(issue: Issue): unknown {
  const { input } = issue
  if (issue.code !== 'invalid_union' || issue.discriminator === undefined) return input
  return typeof input === 'object' ? (input as Readonly<Record<string, unknown>> | null)?.[issue.discriminator] : input
}

function message(wrong: unknown, found: unknown, isHidden: boolean): string {
  if (found === undefined) return 'is missing'
  const what = isHidden ? 'a value that is not shown' : quoted(found)
  return typeof wrong === 'string' ? `${what} is refused: ${wrong}` : `found ${what}`
}

/** A strict object's message is the list of its keys, whatever is wrong with it. */
function expectedText(issue: Issue): string {
  if (issue.code !== 'invalid_type' || issue.expected !== 'object') return issue.message
  return `an object with the ${issue.message.includes(', ') ? 'keys' : 'key'} ${issue.message}`
}

/** The words that would be accepted, where there are such: the values of an enum or a literal, the names of conditions. */
function choicesOf(issue: Issue): readonly string[] {
  if (issue.message === conditionText) return conditionNames
  if (issue.message === fallbackConditionText) return [...conditionNames, ...errorClassNames]
  if (issue.code === 'invalid_value') return issue.values.map(String)
  if (issue.code === 'invalid_union' && 'options' in issue) return (issue.options ?? []).map(String)
  return issue.code === 'invalid_union' ? issue.errors.flat().flatMap(choicesOf) : []
}

/** The places where somebody writes a key into a config: of sessions, values of header fields, certificates and their keys. */
function isCredential(path: Path, found: unknown): boolean {
  if (path[0] === 'sessionKey') return true
  if (path[0] === 'listeners' && path[2] === 'certificates') return !Array.isArray(found)
  if (path[0] === 'backends' && path[2] === 'tls' && path[3] === 'ca') return !Array.isArray(found)
  if (path[0] === 'backends' && path[2] === 'headers') return !(path.length === 5 && path[4] === 'name')
  const field = path[path.lastIndexOf('filters') + 2]
  return path.includes('filters') && (field === 'set' || field === 'add') && path.at(-1) !== 'name'
}
