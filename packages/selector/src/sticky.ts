/** A key always to the same entry: A/B groups, tenants, sessions. It remembers nobody; the answer is computed. */

import { hash32, mix32 } from './hash.ts'
import { leastLogarithm, mostLogarithm, negativeLogarithm } from './negative-logarithm.ts'
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
  readonly #inverse: Float64Array

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
    this.#inverse = this.#weight.map((weight) => 1 / weight)
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
    let bestDraw = this.#draw(0, keyHash)
    let most = (mostLogarithm[bestDraw >>> 22] as number) * (this.#inverse[0] as number)
    for (let entry = 1; entry < count; entry++) {
      const draw = this.#draw(entry, keyHash)
      const inverse = this.#inverse[entry] as number
      // Nearly always the upper bits tell who loses, and logarithms need not be computed.
      if ((leastLogarithm[draw >>> 22] as number) * inverse > most) continue
      if (!this.#isBefore(entry, draw, best, bestDraw)) continue
      best = entry
      bestDraw = draw
      most = (mostLogarithm[draw >>> 22] as number) * inverse
    }
    return this.#index[best] as number
  }

  /** Two rounds with different words of the id, or entries whose hashes differ in few bits would draw alike. */
  #draw(entry: number, keyHash: number): number {
    return mix32(mix32(keyHash ^ (this.#idHash[entry] as number)) + (this.#idSalt[entry] as number))
  }

  #isBefore(one: number, oneDraw: number, other: number, otherDraw: number): boolean {
    const first = this.#weight[one] as number
    const second = this.#weight[other] as number
    // The logarithm falls throughout, so equal weights need none.
    if (first === second) return oneDraw > otherDraw
    return negativeLogarithm(oneDraw) / first < negativeLogarithm(otherDraw) / second
  }
}
