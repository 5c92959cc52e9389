/** Which of two rows wins: the tie-breaks of the Gateway API, and an order of all rows that follows from them. Knows no requests. */

import { isWildcard } from './hostname.ts'
import { everyPath } from './rule.ts'
import type { PathMatch, Row, ValueMatch } from './rule.ts'
import { prefixText } from './path.ts'

/** The tie-breaks, first to last. */
export type TieBreak =
  | 'hostname'
  | 'path-type'
  | 'path-length'
  | 'method'
  | 'headers'
  | 'query'
  | 'age'
  | 'name'
  | 'registration'
  | 'rule'
  | 'match'

/** Who wins, and by what. */
export interface Precedence {
  /** Negative where the first row wins, positive where the second does, 0 only for a row and itself. */
  readonly order: -1 | 0 | 1
  readonly by: TieBreak
}

/** What precedence looks at, counted once. */
export interface Standing {
  readonly hostname: string | undefined
  readonly pathType: PathMatch['type']
  /** A prefix is without its trailing slash; of a regular expression nothing is compared. */
  readonly pathText: string
  readonly hasMethod: boolean
  /** Header and query conditions that count: of equal names only the first. */
  readonly headerCount: number
  readonly queryCount: number
  readonly createdAt: number | undefined
  /** `namespace/name`, where there is a namespace. */
  readonly fullName: string | undefined
  readonly routeIndex: number
  readonly ruleIndex: number
  readonly matchIndex: number
}

const pathTypeRank: Readonly<Record<PathMatch['type'], number>> = { Exact: 0, RegularExpression: 1, PathPrefix: 2 }

/**
 * Which of two rows wins a request that meets both (Gateway API HTTPRouteRule `matches` and HTTPRouteSpec `hostnames`):
 * the host name (exact before wildcard, then the longer), the type of the path (Exact, RegularExpression, PathPrefix), the
 * longer prefix, a method, more headers, more query parameters, the older route where both carry a time, then
 * `namespace/name` where both have a namespace, otherwise the order of registration; at last the order of rules and matches.
 * Two rows that no request can meet both (names or paths of one length) go by their text.
 */
export function precedence(first: Row<unknown>, second: Row<unknown>): Precedence {
  return compareStandings(standingOf(first), standingOf(second))
}

export function standingOf(row: Row<unknown>): Standing {
  const { route, match } = row
  const path = match.path ?? everyPath
  return {
    hostname: row.hostname,
    pathType: path.type,
    pathText: path.type === 'PathPrefix' ? prefixText(path.value) : path.type === 'Exact' ? path.value : '',
    hasMethod: match.method !== undefined,
    headerCount: countNames(match.headers, true),
    queryCount: countNames(match.query, false),
    createdAt: route.createdAt,
    fullName: route.namespace === undefined ? undefined : `${route.namespace}/${route.name}`,
    routeIndex: row.routeIndex,
    ruleIndex: row.ruleIndex,
    matchIndex: row.matchIndex,
  }
}

function countNames(list: readonly ValueMatch[] | undefined, ignoreCase: boolean): number {
  return list === undefined ? 0 : new Set(list.map(({ name }) => (ignoreCase ? name.toLowerCase() : name))).size
}

/** The comparison itself. Returns shared objects, so that a sort makes none. */
function compareStandings(first: Standing, second: Standing): Precedence {
  const host = compareHostnames(first.hostname, second.hostname)
  if (host !== 0) return verdict(host, 'hostname')
  const pathType = pathTypeRank[first.pathType] - pathTypeRank[second.pathType]
  if (pathType !== 0) return verdict(pathType, 'path-type')
  const path = compareLengths(first.pathText, second.pathText)
  if (path !== 0) return verdict(path, 'path-length')
  if (first.hasMethod !== second.hasMethod) return verdict(first.hasMethod ? -1 : 1, 'method')
  if (first.headerCount !== second.headerCount) return verdict(second.headerCount - first.headerCount, 'headers')
  if (first.queryCount !== second.queryCount) return verdict(second.queryCount - first.queryCount, 'query')
  if (first.routeIndex !== second.routeIndex) return compareRoutes(first, second)
  if (first.ruleIndex !== second.ruleIndex) return verdict(first.ruleIndex - second.ruleIndex, 'rule')
  return verdict(first.matchIndex - second.matchIndex, 'match')
}

/** A name beats a wildcard, a wildcard beats none, the longer beats the shorter. */
function compareHostnames(first: string | undefined, second: string | undefined): number {
  const kind = hostnameKind(first) - hostnameKind(second)
  return kind !== 0 ? kind : compareLengths(first ?? '', second ?? '')
}

function hostnameKind(hostname: string | undefined): number {
  return hostname === undefined ? 2 : isWildcard(hostname) ? 1 : 0
}

function compareLengths(first: string, second: string): number {
  return second.length - first.length || compareTexts(first, second)
}

function compareRoutes(first: Standing, second: Standing): Precedence {
  if (first.createdAt !== undefined && second.createdAt !== undefined) {
    const age = first.createdAt - second.createdAt
    if (age < 0 || age > 0) return verdict(age, 'age')
  }
  if (first.fullName !== undefined && second.fullName !== undefined && first.fullName !== second.fullName) {
    return verdict(compareTexts(first.fullName, second.fullName), 'name')
  }
  return verdict(first.routeIndex - second.routeIndex, 'registration')
}

function compareTexts(first: string, second: string): number {
  return first < second ? -1 : first > second ? 1 : 0
}

const tieBreaks: readonly TieBreak[] = [
  'hostname',
  'path-type',
  'path-length',
  'method',
  'headers',
  'query',
  'age',
  'name',
  'registration',
  'rule',
  'match',
]
const verdicts = new Map(
  tieBreaks.map((by) => [by, ([-1, 0, 1] as const).map((order) => Object.freeze<Precedence>({ order, by }))] as const),
)

function verdict(difference: number, by: TieBreak): Precedence {
  const order = difference < 0 ? -1 : difference > 0 ? 1 : 0
  return verdicts.get(by)?.[order + 1] ?? { order, by }
}

/**
 * All rows, the winner of each pair first. "Where both carry one" is not transitive: among three routes, A may beat B by
 * age, B beat C by name and C beat A by registration. A merge sort puts each row directly behind one that beats it; such a
 * list (a Hamiltonian path of the tournament) honours every pair that is not part of a cycle, and in a cycle every pair of
 * neighbours. It depends on nothing but the rows and their order, which is that of registration.
 */
export function sortByPrecedence<S extends Standing>(rows: readonly S[]): S[] {
  let from: S[] = [...rows]
  let to: S[] = [...rows]
  for (let width = 1; width < from.length; width *= 2) {
    for (let start = 0; start < from.length; start += 2 * width) merge(from, to, start, width)
    const merged = to
    to = from
    from = merged
  }
  return from
}

/** Merges the runs of `width` at `start` and behind it. Array.prototype.sort promises nothing for a comparison with cycles. */
function merge<S extends Standing>(from: readonly S[], to: S[], start: number, width: number): void {
  const middle = Math.min(start + width, from.length)
  const end = Math.min(start + 2 * width, from.length)
  let left = start
  let right = middle
  for (let place = start; place < end; place++) {
    const fromLeft = left < middle ? from[left] : undefined
    const fromRight = right < end ? from[right] : undefined
    if (fromLeft !== undefined && (fromRight === undefined || compareStandings(fromLeft, fromRight).order <= 0)) {
      to[place] = fromLeft
      left++
    } else if (fromRight !== undefined) {
      to[place] = fromRight
      right++
    }
  }
}
