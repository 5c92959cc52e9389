/** The obvious matcher: every row in turn, as the Gateway API words it. Shares nothing with the index it is the oracle of. */

import type { CompiledTable } from './compile.ts'
import type { Pattern } from './pattern/pattern.ts'
import { decodeParameter } from './query.ts'
import { everyPath, type Facts, type MatchTable, type PathMatch, type Row, type ValueMatch } from './rule.ts'

/** The first thing that a row asks for and a request lacks. `actual` is `undefined` where the request has no such thing. */
export type Miss =
  | { readonly reason: 'host'; readonly expected: string; readonly actual: string }
  | { readonly reason: 'path'; readonly expected: PathMatch; readonly actual: string }
  | { readonly reason: 'method'; readonly expected: string; readonly actual: string }
  | { readonly reason: 'header' | 'query'; readonly expected: ValueMatch; readonly actual: string | undefined }

/** The same answer as `match`, in time proportional to the rows. For tests, and to read what `match` means. */
export function scan<T>(table: MatchTable<T>, facts: Facts): Row<T> | undefined {
  const { patterns } = table as CompiledTable<T>
  return table.rows.find((row) => missOf(row, facts, patterns) === undefined)
}

/** Why the request does not meet the row, or `undefined` where it does. */
export function missOf(row: Row<unknown>, facts: Facts, patterns: ReadonlyMap<string, Pattern>): Miss | undefined {
  const { hostname } = row
  const { path = everyPath, method, headers = [], query = [] } = row.match
  if (hostname !== undefined && !meetsHost(hostname, facts.host)) {
    return { reason: 'host', expected: hostname, actual: facts.host }
  }
  if (!meetsPath(path, facts.path, patterns)) return { reason: 'path', expected: path, actual: facts.path }
  if (method !== undefined && method !== facts.method) {
    return { reason: 'method', expected: method, actual: facts.method }
  }
  const lowerCase = headers.map((header) => header.name.toLowerCase())
  for (const [index, expected] of headers.entries()) {
    const name = lowerCase[index] ?? ''
    if (lowerCase.indexOf(name) < index) continue
    const actual = facts.header(name)
    if (!meetsValue(expected, actual, patterns)) return { reason: 'header', expected, actual }
  }
  for (const [index, expected] of query.entries()) {
    if (query.findIndex(({ name }) => name === expected.name) < index) continue
    const actual = firstParameter(facts.query, expected.name)
    if (!meetsValue(expected, actual, patterns)) return { reason: 'query', expected, actual }
  }
  return undefined
}

function meetsHost(hostname: string, host: string): boolean {
  if (!hostname.startsWith('*.')) return hostname === host
  const suffix = hostname.slice(1)
  return host.endsWith(suffix) && host.length > suffix.length
}

function meetsPath({ type, value }: PathMatch, path: string, patterns: ReadonlyMap<string, Pattern>): boolean {
  if (type === 'Exact') return value === path
  if (type === 'RegularExpression') return patterns.get(value)?.test(path) === true
  const elements = path.split('/')
  const expected = value.split('/')
  if (expected.at(-1) === '') expected.pop()
  return expected.every((element, index) => element === elements[index])
}

function meetsValue(expected: ValueMatch, actual: string | undefined, patterns: ReadonlyMap<string, Pattern>): boolean {
  if (actual === undefined) return false
  return expected.type === 'RegularExpression'
    ? patterns.get(expected.value)?.test(actual) === true
    : expected.value === actual
}

function firstParameter(query: string, name: string): string | undefined {
  for (const parameter of query.split('&')) {
    const [written = '', ...rest] = parameter.split('=')
    if (decodeParameter(written) === name) return decodeParameter(rest.join('='))
  }
  return undefined
}
