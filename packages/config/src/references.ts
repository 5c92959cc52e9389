/**
 * Is every name declared once, and every name that is used declared? Reads raw input and skips what has not the right shape, so
 * that these problems are told together with the schema's.
 */

import { quoted, shown } from './problems.ts'
import type { ProblemList } from './problems.ts'
import { child, items, text } from './raw-input.ts'
import type { Path } from './raw-input.ts'

/** Everything that has been declared, by name, and where the problems go. */
interface Names {
  readonly listeners: ReadonlySet<string>
  readonly backends: ReadonlySet<string>
  readonly limits: ReadonlySet<string>
  readonly problems: ProblemList
}

/** `input` is a copy made by `plainCopy`. */
export function checkReferences(input: unknown, problems: ProblemList): void {
  const names: Names = {
    listeners: checkDeclared(input, 'listeners', 'listener', problems),
    backends: checkDeclared(input, 'backends', 'backend', problems),
    limits: checkDeclared(input, 'limits', 'limit', problems),
    problems,
  }
  for (const [backend, path] of items(input, 'backends', [])) checkBackend(backend, path, names)
  const routes = new Map<string, Path>()
  for (const [route, path] of items(input, 'routes', [])) {
    const routeName = text(route, 'name')
    const namespace = text(route, 'namespace')
    if (routeName !== undefined) {
      const what = namespace === undefined ? 'route' : `route of the namespace ${quoted(namespace)}`
      checkOnce(routes, `${namespace ?? ''}/${routeName}`, routeName, [...path, 'name'], what, problems)
    }
    checkUses(items(route, 'listeners', path), names.listeners, 'listener', 'this route', problems)
    checkRules(route, path, names)
  }
}

function checkBackend(backend: unknown, path: Path, names: Names): void {
  const next = items(child(backend, 'fallback'), 'backends', [...path, 'fallback'])
  const fallbacks = checkUses(next, names.backends, 'backend', 'this fallback', names.problems)
  const own = text(backend, 'name')
  const ownPath = own === undefined ? undefined : fallbacks.get(own)
  if (ownPath !== undefined) addOwnFallback(`the fallback ${quoted(own)} is this backend itself`, own, ownPath, names)
}

function checkRules(route: unknown, routePath: Path, names: Names): void {
  const { backends, limits, problems } = names
  const rules = new Map<string, Path>()
  for (const [rule, path] of items(route, 'rules', routePath)) {
    const ruleName = text(rule, 'name')
    if (ruleName !== undefined) checkOnce(rules, ruleName, ruleName, [...path, 'name'], 'rule of this route', problems)
    checkMirrors(rule, path, names)
    const split = new Map<string, Path>()
    for (const [entry, entryPath] of items(rule, 'backends', path)) {
      const used = text(entry, 'backend')
      if (used !== undefined)
        checkUse(used, [...entryPath, 'backend'], backends, 'backend', split, 'this split', problems)
      checkMirrors(entry, entryPath, names)
    }
    const next = items(child(rule, 'fallback'), 'backends', [...path, 'fallback'])
    for (const [used, usedPath] of checkUses(next, backends, 'backend', 'this fallback', problems)) {
      // Beside others it makes sense: a canary that fails over to the stable version.
      if (!split.has(used) || split.size > 1) continue
      addOwnFallback(`the fallback ${quoted(used)} is the only backend of the split itself`, used, usedPath, names)
    }
    checkUses(items(rule, 'limits', path), limits, 'limit', 'this rule', problems)
  }
}

function addOwnFallback(message: string, used: string | undefined, path: Path, { problems }: Names): void {
  const expected = 'another backend; `retry` repeats within the same one'
  problems.add({ path, value: shown(used), message, expected })
}

/** Several mirrors may copy to one backend, each its share. */
function checkMirrors(holder: unknown, path: Path, { backends, problems }: Names): void {
  for (const [filter, filterPath] of items(holder, 'filters', path)) {
    const used = text(filter, 'backend')
    if (used === undefined || text(filter, 'type') !== 'RequestMirror') continue
    checkUse(used, [...filterPath, 'backend'], backends, 'backend', new Map(), 'this filter', problems)
  }
}

/** The names of a list; a name that is declared twice is a problem. */
function checkDeclared(input: unknown, list: string, what: string, problems: ProblemList): ReadonlySet<string> {
  const declared = new Map<string, Path>()
  for (const [item, path] of items(input, list, [])) {
    const itemName = text(item, 'name')
    if (itemName !== undefined) checkOnce(declared, itemName, itemName, [...path, 'name'], what, problems)
  }
  return new Set(declared.keys())
}

function checkOnce(
  seen: Map<string, Path>,
  key: string,
  named: string,
  path: Path,
  what: string,
  problems: ProblemList,
): void {
  const first = seen.get(key)
  if (first === undefined) {
    seen.set(key, path)
    return
  }
  const message = `another ${what} is named ${quoted(named)}, at index ${String(first.at(-2))}`
  problems.add({ path, value: shown(named), message, expected: `a name that no other ${what} has` })
}

/** A list of uses. Gives the names in it with their first places. */
function checkUses(
  list: Iterable<readonly [item: unknown, path: Path, index: number]>,
  declared: ReadonlySet<string>,
  what: string,
  where: string,
  problems: ProblemList,
): ReadonlyMap<string, Path> {
  const seen = new Map<string, Path>()
  for (const [used, path] of list) {
    if (typeof used === 'string') checkUse(used, path, declared, what, seen, where, problems)
  }
  return seen
}

/** A use of a name: it must be declared, and used once in this list. */
function checkUse(
  used: string,
  path: Path,
  declared: ReadonlySet<string>,
  what: string,
  seen: Map<string, Path>,
  where: string,
  problems: ProblemList,
): void {
  if (seen.has(used)) {
    problems.add({
      path,
      value: shown(used),
      message: `${where} names ${quoted(used)} twice`,
      expected: `each ${what} once`,
    })
    return
  }
  seen.set(used, path)
  if (declared.has(used)) return
  problems.add({
    path,
    value: shown(used),
    message: `no ${what} is named ${quoted(used)}`,
    expected: choices(declared, what),
    ...problems.hint(used, declared),
  })
}

const mostChoices = 10

function choices(declared: ReadonlySet<string>, what: string): string {
  if (declared.size === 0) return `the name of a declared ${what}, and none is declared`
  const names: string[] = []
  for (const known of declared) if (names.push(quoted(known)) === mostChoices) break
  if (declared.size > mostChoices) names.push(`${declared.size - mostChoices} more`)
  return names.length === 1 ? `the ${what} ${names[0]}` : `one of the ${what}s ${names.join(', ')}`
}
