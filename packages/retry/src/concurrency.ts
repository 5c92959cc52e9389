/** Bounds the repeats in flight to a share of what is in flight (Envoy `retry_budget`). It knows no clock and no request. */

export interface ConcurrencyOptions {
  /** Repeats may be at most this share of all attempts in flight, in percent. Default 20. */
  readonly percent?: number
  /** Repeats in flight that are always allowed. Default 3. */
  readonly minimum?: number
}

/** One per backend, shared by all its requests. A place is held from the decision to repeat until its reply is committed or lost. */
export class RetryConcurrency {
  readonly percent: number
  readonly minimum: number
  #held = 0
  #refusals = 0

  /** @throws RangeError when an option is negative or not finite. */
  constructor(options: ConcurrencyOptions = {}) {
    this.percent = checked('percent', options.percent ?? 20)
    this.minimum = checked('minimum', options.minimum ?? 3)
  }

  /** Takes a place; false when they are all taken. `inFlight`: attempts in flight at the backend now. */
  tryTake(inFlight: number): boolean {
    if (this.#held + 1 > Math.max(this.minimum, (inFlight * this.percent) / 100)) {
      this.#refusals++
      return false
    }
    this.#held++
    return true
  }

  /** @throws RangeError when no place is held. */
  give(): void {
    if (this.#held === 0) throw new RangeError('retry concurrency: give() without a place that is held')
    this.#held--
  }

  get held(): number {
    return this.#held
  }

  /** Repeats refused so far (Envoy `upstream_rq_retry_overflow`). */
  get refusals(): number {
    return this.#refusals
  }
}

function checked(name: string, value: number): number {
  if (value >= 0 && value < Infinity) return value
  throw new RangeError(`retry concurrency: ${name} is ${value}, expected a finite number of 0 or more`)
}
