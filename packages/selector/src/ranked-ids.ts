/** Ids in an order of their own: what is placed by it is the same on every replica, whatever the order of the list. */

import { checkCount } from './weights.ts'

export interface RankedId {
  readonly id: string
  /** 0 for the first entry of this id, 1 for the second. */
  readonly occurrence: number
  /** Where it stands in the list that was given. */
  readonly index: number
}

/** @throws RangeError when there are more than 65,536 ids. */
export function rankIds(ids: readonly string[]): readonly RankedId[] {
  checkCount(ids.length)
  const seen = new Map<string, number>()
  const ranked = ids.map((id, index): RankedId => {
    const occurrence = seen.get(id) ?? 0
    seen.set(id, occurrence + 1)
    return { id, occurrence, index }
  })
  return ranked.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.occurrence - b.occurrence))
}

/**
 * Goes over `owners` from `start` on, round its end, to the first index that `allowed` lets through; -1 when there is none.
 * Where nearly nobody is allowed it gives up the places and asks each entry of `ranked` once, so that a pick stays short.
 */
export function firstAllowed(
  owners: Uint16Array,
  start: number,
  ranked: Uint16Array,
  allowed: (index: number) => boolean,
): number {
  const places = owners.length
  const most = Math.min(places, 4 * ranked.length)
  let place = start
  for (let step = 0; step < most; step++) {
    const index = owners[place] as number
    if (allowed(index)) return index
    place = place + 1 < places ? place + 1 : 0
  }
  for (const index of ranked) if (allowed(index)) return index
  return -1
}
