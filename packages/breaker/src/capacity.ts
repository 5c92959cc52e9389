/** Concurrency bounds of one backend, as Envoy's circuit breakers: counting and nothing else, no queue and no timer. */

export interface CapacityOptions {
  /** Most requests in flight (Envoy `max_requests`). Default 1024. */
  readonly maxRequests?: number
  /**
   * Most repeats in flight (Envoy `max_retries`, there 3 by default). Not bounded by default: a retry budget bounds
   * repeats by traffic, and in Envoy a budget overrides this bound as well.
   */
  readonly maxRetries?: number
  /** Most requests that wait for a connection (Envoy `max_pending_requests`). Default 1024. */
  readonly maxPending?: number
}

/**
 * Counts what is in flight and refuses what is above the bounds. Each `try...` that gave true must be brought back by
 * its counterpart exactly once; one too many throws a RangeError, because the caller has lost count.
 */
export class Capacity {
  #maxRequests = 0
  #maxRetries = 0
  #maxPending = 0
  #inFlight = 0
  #retries = 0
  #pending = 0
  #requestOverflows = 0
  #retryOverflows = 0
  #pendingOverflows = 0

  /** @throws RangeError when a bound is negative or not a number. */
  constructor(options: CapacityOptions = {}) {
    this.setBounds(options)
  }

  get maxRequests(): number {
    return this.#maxRequests
  }

  get maxRetries(): number {
    return this.#maxRetries
  }

  get maxPending(): number {
    return this.#maxPending
  }

  /**
   * Other bounds from now on; what is in flight stays counted, also where it is more than they allow.
   *
   * @throws RangeError when a bound is negative or not a number; none is changed then.
   */
  setBounds(options: CapacityOptions): void {
    const maxRequests = checked('maxRequests', options.maxRequests ?? 1024)
    const maxRetries = checked('maxRetries', options.maxRetries ?? Infinity)
    this.#maxPending = checked('maxPending', options.maxPending ?? 1024)
    this.#maxRequests = maxRequests
    this.#maxRetries = maxRetries
  }

  /** Takes a place for a request; false when all are taken. */
  tryAcquire(): boolean {
    if (this.#inFlight < this.#maxRequests) {
      this.#inFlight++
      return true
    }
    this.#requestOverflows++
    return false
  }

  /** @throws RangeError when no request is in flight. */
  release(): void {
    if (this.#inFlight === 0) lostCount('release', 'request in flight')
    this.#inFlight--
  }

  /** Takes a place for a repeat, beside the one that `tryAcquire` gives; false when all are taken. */
  tryAcquireRetry(): boolean {
    if (this.#retries < this.#maxRetries) {
      this.#retries++
      return true
    }
    this.#retryOverflows++
    return false
  }

  /** @throws RangeError when no repeat is in flight. */
  releaseRetry(): void {
    if (this.#retries === 0) lostCount('releaseRetry', 'repeat in flight')
    this.#retries--
  }

  /** Takes a place among those that wait for a connection; false when all are taken. */
  tryQueue(): boolean {
    if (this.#pending < this.#maxPending) {
      this.#pending++
      return true
    }
    this.#pendingOverflows++
    return false
  }

  /** @throws RangeError when nothing waits. */
  leaveQueue(): void {
    if (this.#pending === 0) lostCount('leaveQueue', 'request pending')
    this.#pending--
  }

  /** Whether one more may wait where somebody else counts those that wait, `waiting` now; a refusal is counted here. */
  mayQueue(waiting: number): boolean {
    if (waiting < this.#maxPending) return true
    this.#pendingOverflows++
    return false
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get retries(): number {
    return this.#retries
  }

  get pending(): number {
    return this.#pending
  }

  /** Refusals so far, of all three kinds. */
  get overflows(): number {
    return this.#requestOverflows + this.#retryOverflows + this.#pendingOverflows
  }

  get requestOverflows(): number {
    return this.#requestOverflows
  }

  /** Envoy `upstream_rq_retry_overflow`. */
  get retryOverflows(): number {
    return this.#retryOverflows
  }

  /** Envoy `upstream_rq_pending_overflow`. */
  get pendingOverflows(): number {
    return this.#pendingOverflows
  }
}

function checked(name: string, value: number): number {
  if (value >= 0) return value
  throw new RangeError(`capacity: ${name} is ${value}, expected a number of 0 or more`)
}

function lostCount(method: string, what: string): never {
  throw new RangeError(`capacity: ${method}() without a ${what}`)
}
