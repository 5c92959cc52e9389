/** A key always to the same entry: A/B groups, tenants, sessions. It remembers nobody; the answer is computed. */

import { hash32, mix32 } from './hash.ts'
import { negativeLogarithm } from './negative-logarithm.ts'
import { checkCount, checkWeight } from './weights.ts'

export interface StickyEntry {
  /** What the entry is called on every replica. A second entry with the same id counts as a different one. */
  readonly id: string
  /** Integer from 0 to 1,000,000; share = weight / sum of weights. Weight 0 gets nobody. */
  readonly weight: number
}

/**
 * Weighted rendezvous hashing: each entry draws a number from key and id, and the smallest -ln(number) / weight wins.
 * The same key gets the same entry on every replica, whatever the order of the entries. When a weight grows or an entry
 * is added, keys move only to it; when one shrinks or goes, only its own keys move. One pick looks at every entry.
 *
 * `entries` is copied.
 *
 * @throws RangeError for a weight that is not an integer from 0 to 1,000,000, or more than 65,536 entries.
 */
export class StickyAssignment {
  readonly #index: Uint16Array
  readonly #idHash: Int32Array
  readonly #idSalt: Int32Array
  readonly #weight: Float64Array

  constructor(entries: readonly StickyEntry[]) {
    checkCount(entries.length)
    const seen = new Map<string, number>()
    const drawn: { id: string; occurrence: number; index: number; weight: number }[] = []
    for (const [index, { id, weight }] of entries.entries()) {
      checkWeight(weight, index)
      const occurrence = seen.get(id) ?? 0
      seen.set(id, occurrence + 1)
      if (weight > 0) drawn.push({ id, occurrence, index, weight })
    }
    // Two equal draws go to the smaller id, so that the order of the list never decides.
    drawn.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.occurrence - b.occurrence))
    this.#index = Uint16Array.from(drawn, (entry) => entry.index)
    this.#idHash = Int32Array.from(drawn, (entry) => hash32(entry.id, entry.occurrence))
    this.#idSalt = Int32Array.from(drawn, (entry) => hash32(entry.id, ~entry.occurrence))
    this.#weight = Float64Array.from(drawn, (entry) => entry.weight)
  }

  /** The index, in the list given, of the entry that this key has; -1 when all weights are 0 or there are none. */
  pick(key: string): number {
    return this.pickHash(hash32(key))
  }

  /** The same for a key of which only the hash (`hash32`) is known. */
  pickHash(keyHash: number): number {
    const count = this.#weight.length
    if (count < 2) return count === 0 ? -1 : (this.#index[0] as number)
    let best = 0
    let smallest = Infinity
    for (let entry = 0; entry < count; entry++) {
      // Two rounds with different words of the id, or entries whose hashes differ in few bits would draw alike.
      const drawn = mix32(mix32(keyHash ^ (this.#idHash[entry] as number)) + (this.#idSalt[entry] as number))
      const score = negativeLogarithm(drawn) / (this.#weight[entry] as number)
      if (score < smallest) {
        smallest = score
        best = entry
      }
    }
    return this.#index[best] as number
  }
}
