/** Bounds repeats to a share of the traffic, so that retries cannot become the outage. It knows no clock, timer or HTTP. */

/** A budget over a sliding window (Gateway API GEP-3388 `retryConstraint`, Envoy `retry_budget`). */
export interface BudgetOptions {
  /** Repeats may be at most this share of the requests in the window, in percent. Default 20. */
  readonly percent?: number
  /** Length of the window, in ms. Default 10,000. It moves in steps of a tenth, so it covers 90% to 100% of this. */
  readonly windowMs?: number
  /** Repeats within one window that are allowed whatever the traffic. Default 100. */
  readonly minimum?: number
}

const buckets = 10

/**
 * One per backend, shared by all its requests. A repeat is allowed while the window holds fewer than `minimum`
 * repeats, or while they stay within `percent` of the first tries. Repeats do not count as requests: a budget that
 * grew with its own repeats would be larger than it says.
 *
 * `now` is in ms of any clock that does not run backwards; an earlier `now` counts as the latest one seen.
 */
export class RetryBudget {
  readonly percent: number
  readonly windowMs: number
  readonly minimum: number
  readonly #bucketMs: number
  readonly #requestsIn: Uint32Array = new Uint32Array(buckets)
  readonly #repeatsIn: Uint32Array = new Uint32Array(buckets)
  #requests = 0
  #repeats = 0
  #refusals = 0
  /** Number of the newest bucket, counted from the clock's zero. */
  #newest = Number.MIN_SAFE_INTEGER
  /** Its place in the ring: a remainder of doubles takes longer than all the rest. */
  #at = 0

  /** @throws RangeError when an option is negative, not finite, or `windowMs` is 0. */
  constructor(options: BudgetOptions = {}) {
    this.percent = checked('percent', options.percent ?? 20)
    this.windowMs = checked('windowMs', options.windowMs ?? 10_000)
    this.minimum = checked('minimum', options.minimum ?? 100)
    if (this.windowMs === 0) throw new RangeError('retry budget: windowMs is 0, expected more')
    this.#bucketMs = this.windowMs / buckets
  }

  /** Counts a request: its first try, and only that. */
  request(now: number): void {
    const at = this.#advance(now)
    this.#requestsIn[at] = this.#requestsIn[at]! + 1
    this.#requests++
  }

  /** Takes one repeat out of the budget; false when it is spent, and nothing is taken. */
  tryRepeat(now: number): boolean {
    const at = this.#advance(now)
    if (this.#repeats + 1 > this.#allowed()) {
      this.#refusals++
      return false
    }
    this.#repeatsIn[at] = this.#repeatsIn[at]! + 1
    this.#repeats++
    return true
  }

  /** Counts a repeat that was made whatever the budget says, such as one that the caller made by itself. */
  countRepeat(now: number): void {
    const at = this.#advance(now)
    this.#repeatsIn[at] = this.#repeatsIn[at]! + 1
    this.#repeats++
  }

  /** Gives back a repeat that was taken and then not made. Nothing happens when the window holds none any more. */
  refund(now: number): void {
    const newest = this.#advance(now)
    for (let back = 0; back < buckets; back++) {
      const at = (newest - back + buckets) % buckets
      const held = this.#repeatsIn[at]!
      if (held === 0) continue
      this.#repeatsIn[at] = held - 1
      this.#repeats--
      return
    }
  }

  /** First tries in the window that ends at `now`. */
  requests(now: number): number {
    this.#advance(now)
    return this.#requests
  }

  /** Repeats in the window that ends at `now`. */
  repeats(now: number): number {
    this.#advance(now)
    return this.#repeats
  }

  /** Whole repeats that the window that ends at `now` still allows. */
  remaining(now: number): number {
    this.#advance(now)
    return Math.max(0, Math.floor(this.#allowed()) - this.#repeats)
  }

  /** Repeats refused so far (Envoy `upstream_rq_retry_overflow`). */
  get refusals(): number {
    return this.#refusals
  }

  #allowed(): number {
    return Math.max(this.minimum, (this.#requests * this.percent) / 100)
  }

  /** Drops the buckets that fell out of the window and returns the place of the newest. */
  #advance(now: number): number {
    const bucket = Math.floor(now / this.#bucketMs)
    if (!(bucket > this.#newest)) return this.#at
    const steps = Math.min(bucket - this.#newest, buckets)
    for (let step = 1; step <= steps; step++) {
      const at = place(bucket - steps + step)
      this.#requests -= this.#requestsIn[at]!
      this.#repeats -= this.#repeatsIn[at]!
      this.#requestsIn[at] = 0
      this.#repeatsIn[at] = 0
    }
    this.#newest = bucket
    this.#at = place(bucket)
    return this.#at
  }
}

/** Clocks may start below zero. */
function place(bucket: number): number {
  return ((bucket % buckets) + buckets) % buckets
}

function checked(name: string, value: number): number {
  if (value >= 0 && value < Infinity) return value
  throw new RangeError(`retry budget: ${name} is ${value}, expected a finite number of 0 or more`)
}
