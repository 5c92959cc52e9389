/** The rows of one host, indexed by path. Knows no host names. */

import { createBucket, search, type Bucket, type Candidate } from './bucket.ts'
import { hashOf } from './query.ts'
import type { Facts } from './rule.ts'

const slash = 0x2f

/** A candidate with the path that the index files it under. */
export interface PathCandidate<T> extends Candidate<T> {
  readonly pathType: 'Exact' | 'PathPrefix' | 'RegularExpression'
  /** Of a prefix without its trailing slash. */
  readonly pathText: string
}

export interface PathIndex<T> {
  readonly exact: ReadonlyMap<string, ExactPath<T>> | undefined
  readonly patterns: Bucket<T> | undefined
  readonly prefixes: Prefixes<T> | undefined
}

// A path is a bucket, and a host is a path index: each object less is one look into cold memory less for each request.
interface ExactPath<T> extends Bucket<T> {
  /** The longest prefix that meets this path. */
  readonly prefix: Prefix<T> | undefined
}

interface Prefix<T> extends Bucket<T> {
  readonly text: string
  /** The longest of the shorter prefixes that meet everything this one meets. */
  readonly shorter: Prefix<T> | undefined
  /** Another prefix whose text has the same hash. */
  readonly sameHash: Prefix<T> | undefined
}

/** A few prefixes are compared one after another, from the longest: less memory to touch than an index of them. */
type Prefixes<T> = PrefixIndex<T> | readonly Prefix<T>[]

/** Prefixes by the hash of their text, which a walk along a path has at each element without cutting the path. */
interface PrefixIndex<T> {
  readonly byHash: ReadonlyMap<number, Prefix<T>>
  /** 1 at each length that a prefix has: the others need no look-up. */
  readonly lengths: Uint8Array
}

/** At most so many are compared. */
const fewPrefixes = 4

/** Candidates must be sorted by rank. */
export function createPathIndex<T>(candidates: readonly PathCandidate<T>[]): PathIndex<T> {
  const prefixes = createPrefixes(candidates.filter(({ pathType }) => pathType === 'PathPrefix'))
  const patterns = candidates.filter(({ pathType }) => pathType === 'RegularExpression')
  const exact = new Map<string, ExactPath<T>>()
  for (const [path, members] of groupByText(candidates.filter(({ pathType }) => pathType === 'Exact'))) {
    const prefix = prefixes === undefined ? undefined : longestPrefix(prefixes, path)
    exact.set(path, { ...createBucket(members), prefix })
  }
  return {
    exact: exact.size === 0 ? undefined : exact,
    patterns: patterns.length === 0 ? undefined : createBucket(patterns),
    prefixes,
  }
}

function createPrefixes<T>(candidates: readonly PathCandidate<T>[]): Prefixes<T> | undefined {
  if (candidates.length === 0) return undefined
  // By length, so that the shorter prefixes that a prefix leads to are there before it.
  const groups = [...groupByText(candidates)].sort(([first], [second]) => first.length - second.length)
  return groups.length <= fewPrefixes ? listPrefixes(groups) : indexPrefixes(groups)
}

type Group<T> = readonly [text: string, members: readonly PathCandidate<T>[]]

function listPrefixes<T>(groups: readonly Group<T>[]): readonly Prefix<T>[] {
  const list: Prefix<T>[] = []
  for (const [text, members] of groups) {
    list.unshift({ ...createBucket(members), text, shorter: longestPrefix(list, text), sameHash: undefined })
  }
  return list
}

function indexPrefixes<T>(groups: readonly Group<T>[]): PrefixIndex<T> {
  const byHash = new Map<number, Prefix<T>>()
  const index = { byHash, lengths: new Uint8Array((groups.at(-1)?.[0].length ?? 0) + 1) }
  for (const [text, members] of groups) {
    const shorter = longestPrefix(index, text)
    index.lengths[text.length] = 1
    const hash = hashOf(text)
    byHash.set(hash, { ...createBucket(members), text, shorter, sameHash: byHash.get(hash) })
  }
  return index
}

function groupByText<T>(candidates: readonly PathCandidate<T>[]): Map<string, PathCandidate<T>[]> {
  return Map.groupBy(candidates, ({ pathText }) => pathText)
}

/** The longest prefix of whole elements. */
function longestPrefix<T>(prefixes: Prefixes<T>, path: string): Prefix<T> | undefined {
  if ('byHash' in prefixes) return walk(prefixes, path)
  for (const prefix of prefixes) {
    const end = prefix.text.length
    if ((path.length === end || path.charCodeAt(end) === slash) && path.startsWith(prefix.text)) return prefix
  }
  return undefined
}

/** Goes along the path as far as the longest prefix, and looks where an element ends. */
function walk<T>({ byHash, lengths }: PrefixIndex<T>, path: string): Prefix<T> | undefined {
  let longest: Prefix<T> | undefined
  let hash = 0
  for (let at = 0; at < lengths.length; at++) {
    const code = at < path.length ? path.charCodeAt(at) : slash
    if (code === slash && lengths[at] === 1) {
      let prefix = byHash.get(hash)
      while (prefix !== undefined && !(prefix.text.length === at && path.startsWith(prefix.text)))
        prefix = prefix.sameHash
      if (prefix !== undefined) longest = prefix
    }
    if (at >= path.length) break
    hash = (Math.imul(hash, 31) + code) | 0
  }
  return longest
}

/** Exact path, then patterns, then prefixes from the longest: the first that has a met row has the winner. */
export function searchPaths<T>(index: PathIndex<T>, facts: Facts): Candidate<T> | undefined {
  const exact = index.exact?.get(facts.path)
  if (exact !== undefined) {
    const winner = search(exact, facts, undefined)
    if (winner !== undefined) return winner
  }
  if (index.patterns !== undefined) {
    const winner = search(index.patterns, facts, undefined)
    if (winner !== undefined) return winner
  }
  if (index.prefixes === undefined) return undefined
  let prefix = exact === undefined ? longestPrefix(index.prefixes, facts.path) : exact.prefix
  for (; prefix !== undefined; prefix = prefix.shorter) {
    const winner = search(prefix, facts, undefined)
    if (winner !== undefined) return winner
  }
  return undefined
}
