/** What bounds the repeats within one backend: its budget, a share of what is in flight, and a plain number (Envoy `max_retries`). */

import type { Capacity } from '@headgate/breaker'
import type { BackendConfig } from '@headgate/config'
import { RetryBudget, RetryConcurrency } from '@headgate/retry'
import type { RepeatBudget } from '@headgate/retry'

export class RepeatBounds implements RepeatBudget {
  readonly #budget: RetryBudget | undefined
  readonly #concurrency: RetryConcurrency | undefined
  readonly #capacity: Capacity
  /** Repeats that were not made, by what refused them; those above `maxRetries` are counted by the capacity. */
  readonly refused: { budget: number; concurrency: number }

  constructor(config: BackendConfig, capacity: Capacity, former: RepeatBounds | undefined) {
    this.#capacity = capacity
    this.refused = former?.refused ?? { budget: 0, concurrency: 0 }
    if (former !== undefined) {
      this.#budget = former.#budget
      this.#concurrency = former.#concurrency
    } else if (config.retryBudget !== false) {
      const { percent, window, minimum, concurrent } = config.retryBudget
      this.#budget = new RetryBudget({ percent, windowMs: window, minimum })
      this.#concurrency = concurrent === undefined ? undefined : new RetryConcurrency(concurrent)
    }
  }

  /** A first try went out. `again`: the caller says that it is a repeat of its own, so it counts as one and not as a request. */
  request(again: boolean, now: number): void {
    if (again) this.#budget?.countRepeat(now)
    else this.#budget?.request(now)
  }

  /** Whether `tryRepeat` would take one now. */
  allows(now: number): boolean {
    return this.#budget === undefined || this.#budget.remaining(now) > 0
  }

  /** Takes a place that `release` must bring back, and charges the budget. */
  tryRepeat(now: number): boolean {
    if (!this.#capacity.tryAcquireRetry()) return false
    if (this.#concurrency?.tryTake(this.#capacity.inFlight) === false) {
      this.#capacity.releaseRetry()
      this.refused.concurrency++
      return false
    }
    if (this.#budget?.tryRepeat(now) !== false) return true
    this.release()
    this.refused.budget++
    return false
  }

  /** The repeat was not made after all: `release` comes besides. */
  refund(now: number): void {
    this.#budget?.refund(now)
  }

  /** The reply of the repeat was committed, or it has none. */
  release(): void {
    this.#concurrency?.give()
    this.#capacity.releaseRetry()
  }
}
