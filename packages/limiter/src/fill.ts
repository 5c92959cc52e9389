/** How a bucket fills, exactly. It holds no state: a bucket is two numbers that its owner keeps (`since`, `used`). */

import { exactlyReached } from './exact.ts'
import type { CheckedBucket } from './options.ts'

/**
 * The arithmetic of one limit. A bucket is written as `since`, when it was last full, and `used`, the whole tokens taken
 * since then; it holds `burst - used + added(now - since)` tokens. So nothing is ever rounded into the state and no
 * error can build up, however long a caller keeps asking. Whether an instant has been reached is decided in doubles
 * where their error cannot matter, and in integers where it could.
 *
 * A full bucket is any `since` with `used` 0: there is nothing in it to remember. That is why `stepped` counts its steps
 * from the first take out of the full bucket.
 */
export class Fill {
  readonly burst: number
  /** `tokens` and `everyMs` without their common divisor; a stepped fill is one step for each `everyMs`. */
  readonly #factor: number
  readonly #unit: number
  readonly #step: number

  constructor(options: CheckedBucket) {
    const { tokens, everyMs, burst, fill } = options
    this.burst = burst
    const divisor = fill === 'stepped' ? 1 : greatestCommonDivisor(tokens, everyMs)
    this.#factor = fill === 'stepped' ? 1 : tokens / divisor
    this.#unit = everyMs / divisor
    this.#step = fill === 'stepped' ? tokens : 1
  }

  /** Whether at least `tokens` (a whole number) were added from `since` until `now`. Exact for all finite doubles. */
  reached(since: number, now: number, tokens: number): boolean {
    if (tokens <= 0) return true
    const steps = this.#step === 1 ? tokens : Math.ceil(tokens / this.#step)
    const have = this.#factor * (now - since)
    const need = steps * this.#unit
    // Each side has at most two roundings of 2^-53: outside of this band they cannot have changed the answer.
    const doubt = (have + need) * 4.5e-16
    if (have - need > doubt) return true
    if (need - have > doubt) return false
    if (need <= Number.MAX_SAFE_INTEGER && areIntegers(since, now)) return have >= need
    return exactlyReached(this.#factor, since, now, steps, this.#unit)
  }

  /**
   * Milliseconds from `from` until `tokens` were added since `since`; at `from` plus this `reached` says yes. Exact
   * where all numbers are integers, otherwise too long by a few units in the last place, never too short.
   */
  wait(since: number, from: number, tokens: number): number {
    const need = Math.ceil(tokens / this.#step) * this.#unit
    const elapse = need / this.#factor
    const due = since + elapse
    const exact = areIntegers(need, due) && Number.isInteger(elapse) && elapse * this.#factor === need
    if (exact && areIntegers(since, from)) {
      return Math.max(0, due - from)
    }
    // Larger than the roundings here and in `reached` together, so that asking again then needs no exact comparison.
    const margin = (Math.abs(since) + Math.abs(from) + elapse) * 2e-15
    return Math.max(0, due - from) + margin
  }

  /** Whole tokens added from `since` until `now`, looking no further than `most`. */
  added(since: number, now: number, most: number): number {
    if (this.reached(since, now, most)) return most
    const step = this.#step
    let added = Math.floor((this.#factor * (now - since)) / this.#unit) * step
    if (!this.reached(since, now, added)) added -= step
    else if (this.reached(since, now, added + step)) added += step
    return added
  }
}

function areIntegers(one: number, other: number): boolean {
  return Number.isSafeInteger(one) && Number.isSafeInteger(other)
}

function greatestCommonDivisor(first: number, second: number): number {
  let [a, b] = [first, second]
  while (b > 0) [a, b] = [b, a % b]
  return a
}
