/** The rows of one path of one host, indexed by header and query values. Knows neither hosts nor paths. */

import { meets, type Condition, type Conditions } from './conditions.ts'
import { findValue, hashOf, valueEquals, valueHash } from './query.ts'
import type { Facts, Row } from './rule.ts'

/** A row and what is left to test of it here. */
export interface Candidate<T> extends Conditions {
  /** Place in the order of precedence: the lowest wins. */
  readonly rank: number
  readonly row: Row<T>
}

export interface Bucket<T> {
  /** Of all rows in it. */
  readonly lowestRank: number
  readonly byHeader: readonly HeaderGroup<T>[]
  readonly byQuery: readonly QueryGroup<T>[]
  /** By rank. Tried one after another. */
  readonly rest: readonly Candidate<T>[]
}

/** Rows that ask for one exact value of one header. */
interface HeaderGroup<T> {
  readonly name: string
  readonly lowestRank: number
  readonly values: ReadonlyMap<string, Bucket<T>>
}

/** Rows that ask for one exact value of one query parameter, by the hash of the value, so that none is cut out of the query. */
interface QueryGroup<T> {
  readonly name: string
  readonly lowestRank: number
  readonly values: ReadonlyMap<number, readonly QueryBranch<T>[]>
}

interface QueryBranch<T> {
  readonly value: string
  readonly bucket: Bucket<T>
}

/** A value alone is compared as quickly as it is looked up; of two, the header is read twice (3 routes: 64 to 54 ns). */
const leastValues = 2

/** One for all, so that a small bucket is small. */
const none: readonly never[] = []

type Kind = 'headers' | 'query'

/** Candidates must be sorted by rank, and there must be one. */
export function createBucket<T>(candidates: readonly Candidate<T>[]): Bucket<T> {
  const byHeader: HeaderGroup<T>[] = []
  const byQuery: QueryGroup<T>[] = []
  let rest = candidates
  for (;;) {
    const chosen = mostValues(rest)
    if (chosen === undefined) break
    const { kind, name } = chosen
    const left: Candidate<T>[] = []
    const groups = new Map<string, Candidate<T>[]>()
    for (const candidate of rest) {
      const condition = findExact(candidate[kind], name)
      if (condition === undefined) left.push(candidate)
      else addTo(groups, condition.value, without(candidate, kind, condition))
    }
    const lowestRank = rest.find((candidate) => findExact(candidate[kind], name) !== undefined)?.rank ?? 0
    const buckets = [...groups].map(([value, members]) => ({ value, bucket: createBucket(members) }))
    if (kind === 'headers') {
      byHeader.push({ name, lowestRank, values: new Map(buckets.map(({ value, bucket }) => [value, bucket])) })
    } else {
      const values = new Map<number, QueryBranch<T>[]>()
      for (const branch of buckets) addTo(values, hashOf(branch.value), branch)
      byQuery.push({ name, lowestRank, values })
    }
    rest = left
  }
  return {
    lowestRank: candidates[0]?.rank ?? 0,
    byHeader: byHeader.length === 0 ? none : byHeader,
    byQuery: byQuery.length === 0 ? none : byQuery,
    rest: rest.length === 0 ? none : rest,
  }
}

/** The header or parameter with the most different exact values, if it has enough. */
function mostValues<T>(
  candidates: readonly Candidate<T>[],
): { readonly kind: Kind; readonly name: string } | undefined {
  let best: { readonly kind: Kind; readonly name: string } | undefined
  let most = leastValues - 1
  for (const kind of ['headers', 'query'] as const) {
    const values = new Map<string, Set<string>>()
    for (const candidate of candidates) {
      for (const { name, value, pattern } of candidate[kind]) {
        if (pattern !== undefined) continue
        const seen = values.get(name)
        if (seen === undefined) values.set(name, new Set([value]))
        else seen.add(value)
      }
    }
    for (const [name, seen] of values) {
      if (seen.size <= most) continue
      most = seen.size
      best = { kind, name }
    }
  }
  return best
}

function findExact(conditions: readonly Condition[], name: string): Condition | undefined {
  return conditions.find((condition) => condition.name === name && condition.pattern === undefined)
}

function without<T>(candidate: Candidate<T>, kind: Kind, known: Condition): Candidate<T> {
  const left = candidate[kind].filter((condition) => condition !== known)
  return { ...candidate, [kind]: left.length === 0 ? none : left }
}

function addTo<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

/** The met candidate of the lowest rank, if it is lower than that of `best`; otherwise `best`. */
export function search<T>(bucket: Bucket<T>, facts: Facts, best: Candidate<T> | undefined): Candidate<T> | undefined {
  let winner = best
  // By index: iterators of lists of several kinds are not optimised away.
  const { byHeader, rest, byQuery } = bucket
  for (let at = 0; at < byHeader.length; at++) {
    const group = byHeader[at] as HeaderGroup<T>
    if (winner !== undefined && winner.rank < group.lowestRank) continue
    const value = facts.header(group.name)
    const inner = value === undefined ? undefined : group.values.get(value)
    if (inner === undefined || (winner !== undefined && winner.rank <= inner.lowestRank)) continue
    // Most buckets are leaves: V8 compiles a list into its caller, but no function into itself.
    const isLeaf = inner.byHeader.length === 0 && inner.byQuery.length === 0
    winner = isLeaf ? firstMet(inner.rest, facts, winner) : search(inner, facts, winner)
  }
  winner = firstMet(rest, facts, winner)
  for (let at = 0; at < byQuery.length; at++) {
    const group = byQuery[at] as QueryGroup<T>
    if (winner === undefined || group.lowestRank < winner.rank) winner = searchQuery(group, facts, winner)
  }
  return winner
}

/** The first of a list by rank that is met, if its rank is lower than that of `best`; otherwise `best`. */
function firstMet<T>(
  candidates: readonly Candidate<T>[],
  facts: Facts,
  best: Candidate<T> | undefined,
): Candidate<T> | undefined {
  for (let at = 0; at < candidates.length; at++) {
    const candidate = candidates[at] as Candidate<T>
    if (best !== undefined && best.rank < candidate.rank) return best
    if (meets(candidate, facts)) return candidate
  }
  return best
}

function searchQuery<T>(group: QueryGroup<T>, facts: Facts, best: Candidate<T> | undefined): Candidate<T> | undefined {
  const start = findValue(facts.query, group.name)
  const branches = start === -1 ? undefined : group.values.get(valueHash(facts.query, start))
  if (branches === undefined) return best
  for (const { value, bucket } of branches) {
    if (valueEquals(facts.query, start, value)) return search(bucket, facts, best)
  }
  return best
}
