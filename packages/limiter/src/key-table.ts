/** Fixed-size table from keys to slots, with the order of their use. It knows no buckets: slots are its only values. */

import type { KeyHash } from './key-hash.ts'

/** No slot: an absent key, or the end of a list. */
export const none = -1

/**
 * Slots 0 to `capacity` - 1, each held by one key. Memory is reserved once: 16 bytes a slot, and 4 bytes for each place
 * of the index, of which there are two to four a slot. Nothing grows, moves or is swept later, so no call has to do
 * more than a bounded piece of work. Slots are handed out in rising order, so untouched memory stays untouched.
 *
 * Keys are not kept, only 64 bits of a keyed hash: a key of any length costs the same. Two keys that share all 64 bits
 * would share a slot; among a million keys the chance is one in 37 million, and nobody who does not know the seed can
 * look for such a pair.
 */
export class KeyTable {
  /** Keys held. */
  size = 0
  readonly capacity: number
  readonly #hash: KeyHash
  readonly #low: Int32Array
  readonly #high: Int32Array
  /** Open addressing with linear probing: a slot + 1, or 0 where the place is free. */
  readonly #places: Uint32Array
  readonly #mask: number
  /** A ring through all held slots by their last use, `capacity` being its head: newest after it, oldest before it. */
  readonly #newer: Uint32Array
  readonly #older: Uint32Array
  /** First of the freed slots, linked through `#older`; `capacity` ends the list. */
  #freed: number
  /** Slots from here on were never used. */
  #untouched = 0
  /** The last key hashed, as a check is mostly followed by a take. */
  #lastKey: string | undefined

  constructor(capacity: number, hash: KeyHash) {
    const places = 2 ** Math.ceil(Math.log2(capacity * 2))
    this.capacity = capacity
    this.#hash = hash
    this.#low = new Int32Array(capacity)
    this.#high = new Int32Array(capacity)
    this.#places = new Uint32Array(places)
    this.#mask = places - 1
    this.#newer = new Uint32Array(capacity + 1)
    this.#older = new Uint32Array(capacity + 1)
    this.#newer[capacity] = capacity
    this.#older[capacity] = capacity
    this.#freed = capacity
  }

  /** The slot of this key, now the one used last; `none` when it has none. */
  use(key: string): number {
    const place = this.#placeOf(key)
    const slot = (this.#places[place] as number) - 1
    if (slot === none) return none
    if (this.#older[this.capacity] !== slot) {
      this.#unlink(slot)
      this.#link(slot)
    }
    return slot
  }

  /** A slot for a key that has none. The table must not be full. */
  add(key: string): number {
    const place = this.#placeOf(key)
    let slot = this.#freed
    if (slot === this.capacity) slot = this.#untouched++
    else this.#freed = this.#older[slot] as number
    this.#low[slot] = this.#hash.low
    this.#high[slot] = this.#hash.high
    this.#places[place] = slot + 1
    this.#link(slot)
    this.size++
    return slot
  }

  /** The slot not used for longest; `none` when there is none. */
  oldest(): number {
    return this.newerThan(this.capacity)
  }

  /** The slot used next after this one; `none` when this is the newest. */
  newerThan(slot: number): number {
    const newer = this.#newer[slot] as number
    return newer === this.capacity ? none : newer
  }

  /** Frees a held slot. Later places of its run move up, so that no gap ends a search too early. */
  remove(slot: number): void {
    const places = this.#places
    const mask = this.#mask
    let gap = (this.#low[slot] as number) & mask
    while (places[gap] !== slot + 1) gap = (gap + 1) & mask
    for (let place = (gap + 1) & mask; places[place] !== 0; place = (place + 1) & mask) {
      const home = (this.#low[(places[place] as number) - 1] as number) & mask
      if (((place - home) & mask) < ((place - gap) & mask)) continue
      places[gap] = places[place] as number
      gap = place
    }
    places[gap] = 0
    this.#unlink(slot)
    this.#older[slot] = this.#freed
    this.#freed = slot
    this.size--
  }

  /** Where this key stands in the index, or the free place where it would. */
  #placeOf(key: string): number {
    const hash = this.#hash
    if (key !== this.#lastKey) {
      hash.update(key)
      this.#lastKey = key
    }
    const { low, high } = hash
    const mask = this.#mask
    let place = low & mask
    for (;;) {
      const slot = (this.#places[place] as number) - 1
      if (slot === none || (this.#low[slot] === low && this.#high[slot] === high)) return place
      place = (place + 1) & mask
    }
  }

  /** Puts a slot at the newest end. */
  #link(slot: number): void {
    const head = this.capacity
    const newest = this.#older[head] as number
    this.#newer[newest] = slot
    this.#older[slot] = newest
    this.#newer[slot] = head
    this.#older[head] = slot
  }

  #unlink(slot: number): void {
    const newer = this.#newer[slot] as number
    const older = this.#older[slot] as number
    this.#newer[older] = newer
    this.#older[newer] = older
  }
}
