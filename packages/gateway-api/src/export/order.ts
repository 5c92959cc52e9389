/** Where the order of routes decides here, and another order would decide there: by name. It ranks nothing else. */

import type { MatchConfig, RouteConfig } from '@headgate/config'

/** A route and the `namespace/name` of its object. */
export interface OrderedRoute {
  readonly route: RouteConfig
  readonly id: string
}

/** Pairs whose first goes first here and second there, for requests that both match with equal rank. */
export function swappedPairs(routes: readonly OrderedRoute[]): readonly (readonly [OrderedRoute, OrderedRoute])[] {
  const byRank = new Map<string, Entry[]>()
  for (const [index, ordered] of routes.entries()) {
    for (const match of matchesOf(ordered.route)) {
      const key = rankOf(ordered.route, match)
      const entries = byRank.get(key) ?? []
      entries.push({ ordered, index, match })
      byRank.set(key, entries)
    }
  }
  const pairs = new Map<string, readonly [OrderedRoute, OrderedRoute]>()
  for (const entries of byRank.values()) {
    for (const a of entries) {
      for (const b of entries) {
        if (a.ordered === b.ordered || !goesBefore(a, b) || a.ordered.id <= b.ordered.id || !canMeet(a, b)) continue
        pairs.set(`${a.index} ${b.index}`, [a.ordered, b.ordered])
      }
    }
  }
  return [...pairs.values()]
}

interface Entry {
  readonly ordered: OrderedRoute
  readonly index: number
  readonly match: MatchConfig
}

function matchesOf({ rules }: RouteConfig): readonly MatchConfig[] {
  return rules.flatMap(({ matches }) => (matches.length === 0 ? [{}] : matches))
}

/** Two matches of different keys never tie: what they look at differs in kind, in length or in number. */
function rankOf({ kind }: RouteConfig, { path, method, headers = [], query = [] }: MatchConfig): string {
  const { type = 'PathPrefix', value = '/' } = path ?? {}
  const shown = type === 'RegularExpression' ? '' : type === 'PathPrefix' ? value.replace(/\/$/, '') : value
  return JSON.stringify([kind, type, shown, method !== undefined, headers.length, query.length])
}

/** Age, then `namespace/name` where both carry them, then the order of declaration. */
function goesBefore(a: Entry, b: Entry): boolean {
  const { createdAt: ageOfA } = a.ordered.route
  const { createdAt: ageOfB } = b.ordered.route
  if (ageOfA !== undefined && ageOfB !== undefined && ageOfA !== ageOfB) return ageOfA < ageOfB
  const { namespace: spaceOfA, name: nameOfA } = a.ordered.route
  const { namespace: spaceOfB, name: nameOfB } = b.ordered.route
  if (spaceOfA !== undefined && spaceOfB !== undefined) return `${spaceOfA}/${nameOfA}` < `${spaceOfB}/${nameOfB}`
  return a.index < b.index
}

function canMeet(a: Entry, b: Entry): boolean {
  if (a.match.method !== b.match.method) return false
  const { listeners: ofA, hostnames: hostsOfA } = a.ordered.route
  const { listeners: ofB, hostnames: hostsOfB } = b.ordered.route
  if (ofA?.length === 0 || ofB?.length === 0) return false
  if (ofA !== undefined && ofB !== undefined && !ofA.some((name) => ofB.includes(name))) return false
  // A longer host name goes first whatever the order, so that only equal ones tie.
  if (hostsOfA.length !== 0 || hostsOfB.length !== 0) {
    if (!hostsOfA.some((host) => hostsOfB.includes(host))) return false
  }
  return !contradict(a.match.headers, b.match.headers) && !contradict(a.match.query, b.match.query)
}

type Values = MatchConfig['headers']

function contradict(a: Values = [], b: Values = []): boolean {
  return a.some(({ name, value, type = 'Exact' }) =>
    b.some((other) => {
      const isSame = other.name.toLowerCase() === name.toLowerCase()
      return isSame && type === 'Exact' && (other.type ?? 'Exact') === 'Exact' && other.value !== value
    }),
  )
}
