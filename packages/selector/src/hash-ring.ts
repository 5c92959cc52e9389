/** A key to the same entry as long as it is allowed, else to the next on the ring (Envoy RING_HASH). It remembers nobody. */

import { hash32, mix32 } from './hash.ts'
import { firstAllowed, rankIds } from './ranked-ids.ts'

export interface HashRingOptions {
  /** Points on the ring for each entry, from 1 to 4096. More are more even: 256 keep shares within a few percent. Default 256. */
  readonly points?: number
}

/** Above every rank: position and rank together are one exact number. */
const ranks = 65_536

/**
 * Consistent hashing. The points of an entry depend on its id alone, so that every replica has the same ring; when an
 * entry comes or goes, or is not allowed for a while, only keys from and to it move. A second entry with the same id
 * counts as a different one.
 *
 * @throws RangeError for more than 65,536 ids, or `points` out of its bounds.
 */
export class HashRing {
  readonly #positions: Uint32Array
  /** By the upper bits of a place, the first point at or after it: more of them than points, so that few places need a search. */
  readonly #starts: Uint32Array
  readonly #shift: number
  readonly #owners: Uint16Array
  readonly #ranked: Uint16Array

  constructor(ids: readonly string[], options: HashRingOptions = {}) {
    const { points = 256 } = options
    if (!Number.isInteger(points) || points < 1 || points > 4096)
      throw new RangeError(`points ${String(points)} is not an integer from 1 to 4096`)
    const ranked = rankIds(ids)
    const placed = new Float64Array(ranked.length * points)
    for (const [rank, { id, occurrence }] of ranked.entries()) {
      const own = hash32(id, occurrence)
      for (let point = 0; point < points; point++)
        placed[rank * points + point] = mix32(mix32(own ^ point) + own) * ranks + rank
    }
    placed.sort()
    this.#ranked = Uint16Array.from(ranked, ({ index }) => index)
    this.#positions = Uint32Array.from(placed, (place) => Math.floor(place / ranks))
    const bits = Math.min(16, Math.ceil(Math.log2(placed.length + 2)) + 2)
    this.#shift = 32 - bits
    this.#starts = startsOf(this.#positions, bits)
    this.#owners = Uint16Array.from(placed, (place) => this.#ranked[place % ranks] as number)
  }

  /** The index, in the list given, of the first allowed entry at or after the key's place; -1 when nobody is allowed. */
  pick(key: string, allowed: (index: number) => boolean): number {
    return this.pickHash(hash32(key), allowed)
  }

  /** The same for a key of which only the hash (`hash32`) is known. */
  pickHash(hash: number, allowed: (index: number) => boolean): number {
    return firstAllowed(this.#owners, this.#firstAt(hash), this.#ranked, allowed)
  }

  /** The first point at or after `position`, a number of 32 bits; 0 behind the last one. */
  #firstAt(position: number): number {
    const positions = this.#positions
    const part = position >>> this.#shift
    let low = this.#starts[part] as number
    let high = this.#starts[part + 1] as number
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((positions[middle] as number) < position) low = middle + 1
      else high = middle
    }
    return low < positions.length ? low : 0
  }
}

/** For each value of the upper bits, and one more, how many positions lie below it. */
function startsOf(positions: Uint32Array, bits: number): Uint32Array {
  const starts = new Uint32Array(2 ** bits + 1)
  let at = 0
  for (let part = 0; part < starts.length; part++) {
    while (at < positions.length && (positions[at] as number) < part * 2 ** (32 - bits)) at++
    starts[part] = at
  }
  return starts
}
