/** The rows of all hosts, indexed by host name. Knows nothing of what a row asks for besides. */

import { isWildcard } from './hostname.ts'
import { createPathIndex, type PathCandidate, type PathIndex } from './path-index.ts'
import { hashOf } from './query.ts'

const dot = 0x2e

/** A candidate with the host name that the index files it under; `undefined`: every host. */
export interface HostCandidate<T> extends PathCandidate<T> {
  readonly hostname: string | undefined
}

/** One host name that routes carry, and the next wider one that meets all hosts it meets: precedence, not exclusion. */
export interface Host<T> extends PathIndex<T> {
  readonly wider: Host<T> | undefined
}

interface Wildcard<T> extends Host<T> {
  /** Without the `*`: `.example.com`. */
  readonly suffix: string
  /** Another wildcard whose reversed suffix has the same hash. */
  readonly sameHash: Wildcard<T> | undefined
}

export interface HostIndex<T> {
  readonly exact: ReadonlyMap<string, Host<T>>
  /** By the hash of the reversed suffix, which a walk from the end of a host has at each dot without cutting the host. */
  readonly wildcards: ReadonlyMap<number, Wildcard<T>>
  readonly longestSuffix: number
  readonly any: Host<T> | undefined
}

/** Candidates must be sorted by rank. */
export function createHostIndex<T>(candidates: readonly HostCandidate<T>[]): HostIndex<T> {
  const groups = Map.groupBy(candidates, ({ hostname }) => hostname)
  const everywhere = groups.get(undefined)
  const any = everywhere === undefined ? undefined : { ...createPathIndex(everywhere), wider: undefined }
  const names = [...groups.keys()].filter((name) => name !== undefined)
  // By length, so that the wider wildcards that one leads to are there before it.
  const suffixes = names.filter(isWildcard).sort((first, second) => first.length - second.length)
  const longestSuffix = (suffixes.at(-1)?.length ?? 1) - 1
  const wildcards = new Map<number, Wildcard<T>>()
  const exact = new Map<string, Host<T>>()
  const index = { exact, wildcards, longestSuffix, any }
  for (const name of suffixes) {
    const suffix = name.slice(1)
    const hash = hashOf(suffix.split('').reverse().join(''))
    const paths = createPathIndex(groups.get(name) ?? [])
    wildcards.set(hash, {
      ...paths,
      suffix,
      wider: longestWildcard(index, suffix) ?? any,
      sameHash: wildcards.get(hash),
    })
  }
  for (const name of names) {
    if (isWildcard(name)) continue
    exact.set(name, { ...createPathIndex(groups.get(name) ?? []), wider: longestWildcard(index, name) ?? any })
  }
  return index
}

/** The most specific host name that meets the host. */
export function findHost<T>(index: HostIndex<T>, host: string): Host<T> | undefined {
  return index.exact.get(host) ?? longestWildcard(index, host) ?? index.any
}

/** Walks from the end of the host as far as the longest suffix, and looks at each dot that has something before it. */
function longestWildcard<T>(index: HostIndex<T>, host: string): Wildcard<T> | undefined {
  let longest: Wildcard<T> | undefined
  let hash = 0
  const last = Math.max(1, host.length - index.longestSuffix)
  for (let at = host.length - 1; at >= last; at--) {
    const code = host.charCodeAt(at)
    hash = (Math.imul(hash, 31) + code) | 0
    if (code !== dot) continue
    let wildcard = index.wildcards.get(hash)
    while (wildcard !== undefined && !(wildcard.suffix.length === host.length - at && host.endsWith(wildcard.suffix))) {
      wildcard = wildcard.sameHash
    }
    if (wildcard !== undefined) longest = wildcard
  }
  return longest
}
