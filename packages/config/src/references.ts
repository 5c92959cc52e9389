/**
 * Is every name declared once, and every name that is used declared? Reads raw input and skips what has not the right shape, so
 * that these problems are told together with the schema's.
 */

import { endpointOrigin, endpointProblem } from './endpoint-url.ts'
import { quoted, shown } from './problems.ts'
import type { ProblemList } from './problems.ts'

type Path = readonly (string | number)[]

/** `input` is a copy made by `plainCopy`. */
export function checkReferences(input: unknown, problems: ProblemList): void {
  const backends = checkDeclared(input, 'backends', 'backend', problems)
  const limits = checkDeclared(input, 'limits', 'limit', problems)
  for (const [backend, path] of items(input, 'backends', [])) {
    checkEndpoints(backend, path, problems)
    checkFieldsOnce(backend, path, problems)
  }
  const routes = new Map<string, Path>()
  for (const [route, path] of items(input, 'routes', [])) {
    const routeName = text(route, 'name')
    const namespace = text(route, 'namespace')
    if (routeName !== undefined) {
      const what = namespace === undefined ? 'route' : `route of the namespace ${quoted(namespace)}`
      checkOnce(routes, `${namespace ?? ''}/${routeName}`, routeName, [...path, 'name'], what, problems)
    }
    checkRules(route, path, backends, limits, problems)
  }
}

function checkRules(
  route: unknown,
  routePath: Path,
  backends: ReadonlySet<string>,
  limits: ReadonlySet<string>,
  problems: ProblemList,
): void {
  const rules = new Map<string, Path>()
  for (const [rule, path] of items(route, 'rules', routePath)) {
    const ruleName = text(rule, 'name')
    if (ruleName !== undefined) checkOnce(rules, ruleName, ruleName, [...path, 'name'], 'rule of this route', problems)
    const split = new Map<string, Path>()
    for (const [entry, entryPath] of items(rule, 'backends', path)) {
      const used = text(entry, 'backend')
      if (used !== undefined)
        checkUse(used, [...entryPath, 'backend'], backends, 'backend', split, 'this split', problems)
    }
    const fallback = child(rule, 'fallback')
    const next = new Map<string, Path>()
    for (const [used, usedPath] of items(fallback, 'backends', [...path, 'fallback'])) {
      if (typeof used !== 'string') continue
      checkUse(used, usedPath, backends, 'backend', next, 'this fallback', problems)
      // Beside others it makes sense: a canary that fails over to the stable version.
      if (split.has(used) && split.size === 1) {
        const message = `the fallback ${quoted(used)} is the only backend of the split itself`
        problems.add({
          path: usedPath,
          value: shown(used),
          message,
          expected: 'another backend; `retry` repeats within the same one',
        })
      }
    }
    const charged = new Map<string, Path>()
    for (const [used, usedPath] of items(rule, 'limits', path)) {
      if (typeof used === 'string') checkUse(used, usedPath, limits, 'limit', charged, 'this rule', problems)
    }
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

function checkEndpoints(backend: unknown, backendPath: Path, problems: ProblemList): void {
  const seen = new Set<string>()
  for (const [endpoint, path] of items(backend, 'endpoints', backendPath)) {
    const url = typeof endpoint === 'string' ? endpoint : text(endpoint, 'url')
    if (url === undefined || endpointProblem(url) !== undefined) continue
    const origin = endpointOrigin(url)
    const place = typeof endpoint === 'string' ? path : [...path, 'url']
    if (seen.has(origin)) {
      const message = `this backend has the endpoint ${quoted(origin)} already`
      problems.add({ path: place, value: shown(url), message, expected: 'each endpoint once' })
    }
    seen.add(origin)
  }
}

function checkFieldsOnce(backend: unknown, backendPath: Path, problems: ProblemList): void {
  const seen = new Set<string>()
  for (const [header, path] of items(backend, 'headers', backendPath)) {
    const field = text(header, 'name')?.toLowerCase()
    if (field === undefined) continue
    if (seen.has(field)) {
      const message = `this backend sets the field ${quoted(field)} already`
      problems.add({ path: [...path, 'name'], value: shown(field), message, expected: 'each field once' })
    }
    seen.add(field)
  }
}

/** The items of a list with their paths; nothing where there is no list. */
function* items(holder: unknown, key: string, path: Path): Generator<readonly [item: unknown, path: Path]> {
  const list = child(holder, key)
  if (!Array.isArray(list)) return
  for (const [index, item] of list.entries()) yield [item, [...path, key, index]]
}

function text(holder: unknown, key: string): string | undefined {
  const value = child(holder, key)
  return typeof value === 'string' ? value : undefined
}

function child(holder: unknown, key: string): unknown {
  if (typeof holder !== 'object' || holder === null || Array.isArray(holder)) return undefined
  return (holder as Readonly<Record<string, unknown>>)[key]
}
