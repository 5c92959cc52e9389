/** Fixed-size table from keys to slots, with the order of their use. It knows no buckets: slots are its only values. */

import type { KeyHash } from './key-hash.ts'

/** No slot: an absent key, or the end of a list. */
export const none = -1

/** Numbers of 32 bits in the record of a slot, and those of 64 bits in the same bytes. */
const words = 8
const doubles = 4
/** Words of a record. The other half are the owner's two doubles. */
const low = 0
const high = 1
/** A ring through all held slots by their last use, the head being its end: newest before it, oldest after it. */
const newer = 2
const older = 3

/** A place of the index holds a slot + 1 in its lower bits and bits of the key's hash above them, or 0 where it is free. */
const slotBits = 25
const slotMask = 2 ** slotBits - 1

/**
 * Slots 0 to `capacity` - 1, each held by one key. Memory is reserved once: 32 bytes a slot, of which 16 are its owner's, and 4 bytes
 * for each place of the index, of which there are two to four a slot. Nothing grows, moves or is swept later, so no call has to do
 * more than a bounded piece of work. Slots are handed out in rising order, so untouched memory stays untouched.
 *
 * Among many keys every look into memory is a slow one, so all that is known of a slot lies side by side.
 *
 * Keys are not kept, only 64 bits of a keyed hash: a key of any length costs the same. Two keys that share all 64 bits
 * would share a slot; among a million keys the chance is one in 37 million, and nobody who does not know the seed can
 * look for such a pair.
 */
export class KeyTable {
  /** Keys held. */
  size = 0
  readonly capacity: number
  /** The owner's numbers: those of a slot stand at `numbersAt(slot)` and the place after it. */
  readonly numbers: Float64Array
  readonly #hash: KeyHash
  readonly #words: Int32Array
  /** Open addressing with linear probing. */
  readonly #places: Uint32Array
  readonly #mask: number
  /** First of the freed slots, linked through `older`; `capacity` ends the list. */
  #freed: number
  /** Slots from here on were never used. */
  #untouched = 0
  /** The last key hashed, as a check is mostly followed by a take, and its slot, the newest. */
  #lastKey: string | undefined
  #lastSlot = none

  /** At most 2^24 slots. */
  constructor(capacity: number, hash: KeyHash) {
    const places = 2 ** Math.ceil(Math.log2(capacity * 2))
    // One record more: the head of the ring.
    const records = new ArrayBuffer((capacity + 1) * words * Int32Array.BYTES_PER_ELEMENT)
    this.capacity = capacity
    this.numbers = new Float64Array(records)
    this.#hash = hash
    this.#words = new Int32Array(records)
    this.#places = new Uint32Array(places)
    this.#mask = places - 1
    this.#words[capacity * words + newer] = capacity
    this.#words[capacity * words + older] = capacity
    this.#freed = capacity
  }

  /** Where in `numbers` those of a slot begin. What they hold when the slot is added is not said. */
  numbersAt(slot: number): number {
    return slot * doubles + 2
  }

  /** The slot of this key, now the one used last; `none` when it has none. */
  use(key: string): number {
    return this.#lastSlot !== none && key === this.#lastKey ? this.#lastSlot : this.#find(key)
  }

  /** Apart from `use`, which is small enough to be compiled into its callers. */
  #find(key: string): number {
    const slot = ((this.#places[this.#placeOf(key)] as number) & slotMask) - 1
    if (slot === none) return none
    if (this.#words[this.capacity * words + older] !== slot) {
      this.#unlink(slot)
      this.#link(slot)
    }
    this.#lastSlot = slot
    return slot
  }

  /** A slot for a key that has none. The table must not be full. */
  add(key: string): number {
    const place = this.#placeOf(key)
    let slot = this.#freed
    if (slot === this.capacity) slot = this.#untouched++
    else this.#freed = this.#words[slot * words + older] as number
    this.#words[slot * words + low] = this.#hash.low
    this.#words[slot * words + high] = this.#hash.high
    this.#places[place] = tagOf(this.#hash.high) | (slot + 1)
    this.#link(slot)
    this.#lastSlot = slot
    this.size++
    return slot
  }

  /** The slot not used for longest; `none` when there is none. */
  oldest(): number {
    return this.newerThan(this.capacity)
  }

  /** The slot used next after this one; `none` when this is the newest. */
  newerThan(slot: number): number {
    const next = this.#words[slot * words + newer] as number
    return next === this.capacity ? none : next
  }

  /** Frees a held slot. Later places of its run move up, so that no gap ends a search too early. */
  remove(slot: number): void {
    const places = this.#places
    const mask = this.#mask
    let gap = this.#homeOf(slot)
    while (((places[gap] as number) & slotMask) !== slot + 1) gap = (gap + 1) & mask
    for (let place = (gap + 1) & mask; places[place] !== 0; place = (place + 1) & mask) {
      const home = this.#homeOf(((places[place] as number) & slotMask) - 1)
      if (((place - home) & mask) < ((place - gap) & mask)) continue
      places[gap] = places[place] as number
      gap = place
    }
    places[gap] = 0
    this.#unlink(slot)
    this.#words[slot * words + older] = this.#freed
    this.#freed = slot
    if (slot === this.#lastSlot) this.#lastSlot = none
    this.size--
  }

  #homeOf(slot: number): number {
    return (this.#words[slot * words + low] as number) & this.#mask
  }

  /** Where this key stands in the index, or the free place where it would. */
  #placeOf(key: string): number {
    const hash = this.#hash
    if (key !== this.#lastKey) {
      hash.update(key)
      this.#lastKey = key
      this.#lastSlot = none
    }
    const mask = this.#mask
    const tag = tagOf(hash.high)
    let place = hash.low & mask
    for (;;) {
      const held = this.#places[place] as number
      if (held === 0 || (((held ^ tag) & ~slotMask) === 0 && this.#isOf((held & slotMask) - 1))) return place
      place = (place + 1) & mask
    }
  }

  /** Whether the slot belongs to the key that was hashed last. */
  #isOf(slot: number): boolean {
    const record = slot * words
    return this.#words[record + low] === this.#hash.low && this.#words[record + high] === this.#hash.high
  }

  /** Puts a slot at the newest end. */
  #link(slot: number): void {
    const links = this.#words
    const head = this.capacity
    const newest = links[head * words + older] as number
    links[newest * words + newer] = slot
    links[slot * words + older] = newest
    links[slot * words + newer] = head
    links[head * words + older] = slot
  }

  #unlink(slot: number): void {
    const links = this.#words
    const after = links[slot * words + newer] as number
    const before = links[slot * words + older] as number
    links[before * words + newer] = after
    links[after * words + older] = before
  }
}

/** Most places of other keys are told apart by this, without a look at their slots. */
function tagOf(hash: number): number {
  return hash & ~slotMask
}
