/** One token bucket. It knows no keys, no callers and no clock: time comes in as an argument, in ms. */

import { Fill } from './fill.ts'
import { checkBucket, checkCost, checkTime, type BucketOptions } from './options.ts'

/**
 * A token bucket (Envoy `local_ratelimit`, `token_bucket`): starts full, never above `burst`. Whoever asks all the time
 * is admitted exactly `burst + floor(rate * t)` times in `t`, and nobody more often.
 *
 * `now` is in milliseconds, fractions included, best of a monotonic clock. Time that goes backwards counts as standing
 * still: it adds no tokens. Every `cost` is a whole number of tokens, 1 unless given.
 *
 * @throws RangeError for options, a cost, or a time out of range (beyond 2^53 - 1 or not a number).
 */
export class TokenBucket {
  readonly #fill: Fill
  /** When the bucket was last known to be full. */
  #since = 0
  /** Whole tokens taken since then; 0 is a full bucket. */
  #used = 0
  /** The latest time seen. */
  #latest = -Number.MAX_SAFE_INTEGER

  constructor(options: BucketOptions) {
    this.#fill = new Fill(checkBucket(options))
  }

  /** Most tokens held. */
  get burst(): number {
    return this.#fill.burst
  }

  /** Milliseconds until `take` would admit this cost: 0 = now, Infinity = never, as the cost is above `burst`. */
  waitMs(now: number, cost: number = 1): number {
    const fill = this.#fill
    if (cost > fill.burst) return Infinity
    checkCost(cost)
    const need = this.#used + cost - fill.burst
    const time = this.#later(now)
    return need <= 0 || fill.reached(this.#since, time, need) ? 0 : fill.wait(this.#since, now, need)
  }

  /** Takes `cost` tokens if they are there; otherwise takes nothing and says false. */
  take(now: number, cost: number = 1): boolean {
    const fill = this.#fill
    if (cost > fill.burst) return false
    checkCost(cost)
    this.#settle(now)
    const need = this.#used + cost - fill.burst
    if (need > 0 && !fill.reached(this.#since, this.#latest, need)) return false
    this.#used += cost
    return true
  }

  /** Brings tokens back that turned out not to be needed; what goes above `burst` is lost. */
  give(now: number, cost: number = 1): void {
    checkCost(cost)
    this.#settle(now)
    this.#used = Math.max(0, this.#used - cost)
  }

  /** Takes `cost` tokens whether they are there or not. What is missing is a debt that later tokens pay first. */
  charge(now: number, cost: number = 1): void {
    checkCost(cost)
    this.#settle(now)
    this.#used = Math.min(this.#used + cost, Number.MAX_SAFE_INTEGER)
  }

  /** Whole tokens held; 0 in debt. */
  remaining(now: number): number {
    const time = this.#later(now)
    const added = this.#fill.added(this.#since, time, this.#used)
    return Math.max(0, this.#fill.burst - this.#used + added)
  }

  /** Milliseconds until the bucket is full. */
  resetMs(now: number): number {
    const time = this.#later(now)
    const used = this.#used
    return this.#fill.reached(this.#since, time, used) ? 0 : this.#fill.wait(this.#since, now, used)
  }

  /** `now`, or the latest time seen where that is later. */
  #later(now: number): number {
    checkTime(now)
    return now > this.#latest ? now : this.#latest
  }

  /** Moves time on, and `since` with it if the bucket has become full. */
  #settle(now: number): void {
    this.#latest = this.#later(now)
    if (this.#fill.reached(this.#since, this.#latest, this.#used)) {
      this.#since = this.#latest
      this.#used = 0
    }
  }
}
