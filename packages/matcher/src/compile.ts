/** Routes to a table: one row for each match under each host name, in order of precedence, and the index. Knows no requests. */

import type { Condition } from './conditions.ts'
import { createHostIndex, type HostCandidate, type HostIndex } from './host-index.ts'
import { checkRoute } from './check.ts'
import { compilePattern, type Pattern } from './pattern/pattern.ts'
import { sortByPrecedence, standingOf, type Standing } from './precedence.ts'
import { everyPath, type Match, type MatchTable, type Route, type Row, type ValueMatch } from './rule.ts'

/** What only this package reads of a table. */
export interface CompiledTable<T> extends MatchTable<T> {
  readonly hosts: HostIndex<T>
  /** By their text: equal patterns are compiled once. */
  readonly patterns: ReadonlyMap<string, Pattern>
}

const noConditions: readonly never[] = Object.freeze([])
const everyMatch: readonly Match[] = [Object.freeze({ path: everyPath })]

/**
 * Makes routes ready to be matched. The order of the list is the order of registration. Routes are kept by reference and
 * must not be changed afterwards. Takes time in proportion to the matches (times the host names of their route).
 *
 * @throws MatchError for the first host name, path, pattern, method or name that is invalid.
 */
export function compile<T>(routes: readonly Route<T>[]): MatchTable<T> {
  const patterns = new Map<string, Pattern>()
  const entries: (Standing & { readonly row: Row<T> })[] = []
  for (const [routeIndex, route] of routes.entries()) {
    for (const source of checkRoute(route)) {
      if (!patterns.has(source)) patterns.set(source, compilePattern(source))
    }
    for (const row of rowsOf(route, routeIndex)) entries.push({ ...standingOf(row), row })
  }
  const sorted = sortByPrecedence(entries)
  const rows = Object.freeze(sorted.map(({ row }) => row))
  const hosts = createHostIndex(sorted.map((entry, rank) => candidateOf(entry, rank, patterns)))
  const table: CompiledTable<T> = { rows, hosts, patterns }
  return Object.freeze(table)
}

function* rowsOf<T>(route: Route<T>, routeIndex: number): Generator<Row<T>> {
  const names = new Set(route.hostnames)
  const hostnames: readonly (string | undefined)[] = names.size === 0 ? [undefined] : [...names]
  for (const hostname of hostnames) {
    for (const [ruleIndex, rule] of route.rules.entries()) {
      for (const [matchIndex, match] of matchesOf(rule.matches).entries()) {
        yield Object.freeze({ route, routeIndex, rule, ruleIndex, match, matchIndex, hostname, value: rule.value })
      }
    }
  }
}

function matchesOf(matches: readonly Match[] | undefined): readonly Match[] {
  return matches === undefined || matches.length === 0 ? everyMatch : matches
}

function candidateOf<T>(
  { row, pathType, pathText }: Standing & { readonly row: Row<T> },
  rank: number,
  patterns: ReadonlyMap<string, Pattern>,
): HostCandidate<T> {
  const { hostname, match } = row
  return {
    rank,
    row,
    hostname,
    pathType,
    pathText,
    path: pathType === 'RegularExpression' ? patterns.get(match.path?.value ?? '') : undefined,
    method: match.method,
    headers: conditionsOf(match.headers, patterns, true),
    query: conditionsOf(match.query, patterns, false),
  }
}

/** Of equal names the first counts (Gateway API HTTPHeaderMatch and HTTPQueryParamMatch `name`). */
function conditionsOf(
  list: readonly ValueMatch[] | undefined,
  patterns: ReadonlyMap<string, Pattern>,
  ignoreCase: boolean,
): readonly Condition[] {
  if (list === undefined || list.length === 0) return noConditions
  const conditions = new Map<string, Condition>()
  for (const { type, name: written, value } of list) {
    const name = ignoreCase ? written.toLowerCase() : written
    if (conditions.has(name)) continue
    conditions.set(name, { name, value, pattern: type === 'RegularExpression' ? patterns.get(value) : undefined })
  }
  return [...conditions.values()]
}
