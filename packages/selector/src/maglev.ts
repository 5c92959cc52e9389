/** A key to the same entry, evenly and with one look (Envoy MAGLEV). It remembers nobody; the answer is a table. */

import { hash32 } from './hash.ts'
import { firstAllowed, rankIds } from './ranked-ids.ts'

/** A prime, as the permutations need; Envoy's default. Shares differ by less than one slot in 65,537. */
const slots = 65_537

/**
 * The table of "Maglev: A Fast and Reliable Software Network Load Balancer" (Eisenbud et al., 2016, section 3.4). It depends
 * on the ids alone, so that every replica has the same. More even than a ring; when an entry comes or goes, a few keys
 * between others move as well. A key whose entry is not allowed goes to the owner of the next slot that is. A second entry
 * with the same id counts as a different one. 128 KiB.
 *
 * @throws RangeError for more than 65,536 ids.
 */
export class Maglev {
  readonly #owners: Uint16Array
  readonly #ranked: Uint16Array

  constructor(ids: readonly string[]) {
    const ranked = rankIds(ids)
    this.#ranked = Uint16Array.from(ranked, ({ index }) => index)
    const count = ranked.length
    this.#owners = new Uint16Array(count === 0 ? 0 : slots)
    const taken = new Uint8Array(slots)
    const next = Float64Array.from(ranked, ({ id, occurrence }) => hash32(id, occurrence) % slots)
    const skip = Float64Array.from(ranked, ({ id, occurrence }) => (hash32(id, ~occurrence) % (slots - 1)) + 1)
    for (let filled = 0; count > 0 && filled < slots; filled++) {
      const rank = filled % count
      let slot = next[rank] as number
      while (taken[slot] === 1) slot = (slot + (skip[rank] as number)) % slots
      taken[slot] = 1
      this.#owners[slot] = this.#ranked[rank] as number
      next[rank] = slot
    }
  }

  /** The index, in the list given, of the entry that this key has; -1 when nobody is allowed. */
  pick(key: string, allowed: (index: number) => boolean): number {
    return this.pickHash(hash32(key), allowed)
  }

  /** The same for a key of which only the hash (`hash32`) is known. */
  pickHash(hash: number, allowed: (index: number) => boolean): number {
    return firstAllowed(this.#owners, hash % slots, this.#ranked, allowed)
  }
}
