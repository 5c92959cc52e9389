/** One token bucket for each key, in bounded memory. It knows no clock and no timer, and not what a key stands for. */

import { Fill } from './fill.ts'
import { KeyHash } from './key-hash.ts'
import { KeyTable, none } from './key-table.ts'
import {
  checkBucket,
  checkCost,
  checkTime,
  checkWhole,
  defaultMaxKeys,
  mostKeys,
  type BucketOptions,
} from './options.ts'

export interface KeyedOptions extends BucketOptions {
  /** Most keys remembered, 1 to 16,777,216; memory for them (40 to 48 bytes each) is reserved at once. Default 100,000. */
  readonly maxKeys?: number
  /**
   * A whole number from 0 to 2^53 - 1 that decides how keys are hashed. Take a random one where strangers choose the
   * keys. Default 0.
   */
  readonly seed?: number
}

/** How many of the oldest keys are looked at, for a full bucket to drop, when there is no room for a new key. */
const lookedAt = 8

/**
 * A `TokenBucket` for each key, all with the same options. A key that was never seen has a full bucket, so a bucket that
 * has become full again is dropped without anybody noticing; that happens two at a time as new keys come. Only when all
 * `maxKeys` are held and none of the 8 idle for longest is full is the one idle for longest dropped with tokens
 * missing, and its key starts full again. No call does more than that, whatever keys come.
 *
 * Keys are any strings, `''` and `__proto__` among them. They are not stored, only 64 bits of a keyed hash.
 *
 * @throws RangeError for options, a cost or a time out of range.
 */
export class KeyedLimiter {
  readonly #fill: Fill
  readonly #table: KeyTable
  /** For each slot what `TokenBucket` keeps: `since`, and then `used`. A slot with 0 used does not stay. */
  readonly #numbers: Float64Array
  #latest = -Number.MAX_SAFE_INTEGER

  constructor(options: KeyedOptions) {
    const { maxKeys = defaultMaxKeys, seed = 0 } = options
    checkWhole('maxKeys', maxKeys, 1, mostKeys)
    checkWhole('seed', seed, 0, Number.MAX_SAFE_INTEGER)
    this.#fill = new Fill(checkBucket(options))
    this.#table = new KeyTable(maxKeys, new KeyHash(seed, seed / 2 ** 32))
    this.#numbers = this.#table.numbers
  }

  /** Keys remembered: those that took something and were not yet found full again. */
  get size(): number {
    return this.#table.size
  }

  /** Most tokens held for each key. */
  get burst(): number {
    return this.#fill.burst
  }

  /** Milliseconds until `take` would admit this cost: 0 = now, Infinity = never, as the cost is above `burst`. */
  waitMs(key: string, now: number, cost: number = 1): number {
    const fill = this.#fill
    if (cost > fill.burst) return Infinity
    checkCost(cost)
    const time = this.#later(now)
    const slot = this.#table.use(key)
    if (slot === none) return 0
    const at = this.#table.numbersAt(slot)
    const since = this.#numbers[at] as number
    const need = (this.#numbers[at + 1] as number) + cost - fill.burst
    return need <= 0 || fill.reached(since, time, need) ? 0 : fill.wait(since, now, need)
  }

  /** Takes `cost` tokens if they are there; otherwise takes nothing and says false. */
  take(key: string, now: number, cost: number = 1): boolean {
    const fill = this.#fill
    if (cost > fill.burst) return false
    checkCost(cost)
    this.#latest = this.#later(now)
    const slot = this.#table.use(key)
    if (slot === none || this.#isFull(slot)) {
      this.#begin(key, slot, cost)
      return true
    }
    const at = this.#table.numbersAt(slot)
    const used = (this.#numbers[at + 1] as number) + cost
    if (used > fill.burst && !fill.reached(this.#numbers[at] as number, this.#latest, used - fill.burst)) return false
    this.#numbers[at + 1] = used
    return true
  }

  /** Brings tokens back that turned out not to be needed; what goes above `burst` is lost. */
  give(key: string, now: number, cost: number = 1): void {
    checkCost(cost)
    this.#latest = this.#later(now)
    const slot = this.#table.use(key)
    if (slot === none) return
    const at = this.#table.numbersAt(slot) + 1
    const used = (this.#numbers[at] as number) - cost
    if (used <= 0 || this.#isFull(slot)) this.#table.remove(slot)
    else this.#numbers[at] = used
  }

  /** Takes `cost` tokens whether they are there or not. What is missing is a debt that later tokens pay first. */
  charge(key: string, now: number, cost: number = 1): void {
    checkCost(cost)
    this.#latest = this.#later(now)
    const slot = this.#table.use(key)
    if (slot === none || this.#isFull(slot)) this.#begin(key, slot, cost)
    else {
      const at = this.#table.numbersAt(slot) + 1
      this.#numbers[at] = Math.min((this.#numbers[at] as number) + cost, Number.MAX_SAFE_INTEGER)
    }
  }

  /** Whole tokens held; 0 in debt. */
  remaining(key: string, now: number): number {
    const time = this.#later(now)
    const slot = this.#table.use(key)
    if (slot === none) return this.#fill.burst
    const at = this.#table.numbersAt(slot)
    const used = this.#numbers[at + 1] as number
    return Math.max(0, this.#fill.burst - used + this.#fill.added(this.#numbers[at] as number, time, used))
  }

  /** Milliseconds until the key's bucket is full. */
  resetMs(key: string, now: number): number {
    const time = this.#later(now)
    const slot = this.#table.use(key)
    if (slot === none) return 0
    const at = this.#table.numbersAt(slot)
    const since = this.#numbers[at] as number
    const used = this.#numbers[at + 1] as number
    return this.#fill.reached(since, time, used) ? 0 : this.#fill.wait(since, now, used)
  }

  /** The first tokens out of a full bucket. `slot` is the key's own, or `none` where it has none yet. */
  #begin(key: string, slot: number, cost: number): void {
    if (cost === 0) return
    let own = slot
    if (own === none) {
      this.#makeRoom()
      own = this.#table.add(key)
    }
    const at = this.#table.numbersAt(own)
    this.#numbers[at] = this.#latest
    this.#numbers[at + 1] = cost
  }

  /** Drops what is full among the two oldest; where that leaves no room, the first full one of the oldest, or the oldest. */
  #makeRoom(): void {
    const table = this.#table
    const crowded = table.size === table.capacity
    let slot = table.oldest()
    for (let looked = 0; slot !== none && looked < (crowded ? lookedAt : 2); looked++) {
      const newer = table.newerThan(slot)
      if (this.#isFull(slot)) {
        table.remove(slot)
        if (crowded) return
      }
      slot = newer
    }
    if (crowded) table.remove(table.oldest())
  }

  #isFull(slot: number): boolean {
    const at = this.#table.numbersAt(slot)
    return this.#fill.reached(this.#numbers[at] as number, this.#latest, this.#numbers[at + 1] as number)
  }

  /** `now`, or the latest time seen where that is later. */
  #later(now: number): number {
    checkTime(now)
    return now > this.#latest ? now : this.#latest
  }
}
