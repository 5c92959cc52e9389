/** How slow an endpoint has lately been: quick to believe bad news, slow to believe good. It knows no clock. */

/** What a request costs where nothing was measured yet and one is out already, in ms: the others are tried first. */
const unknownMs = 1_000_000

/**
 * Peak EWMA (Finagle's and Linkerd's): a latency above the average counts whole and at once, one below it draws the
 * average down over `decayMs`. Without measurements the average falls towards 0, so that a slow endpoint is tried again.
 */
export class PeakEwma {
  readonly #decayMs: number
  #averageMs = 0
  #measuredAt = 0
  #known = false

  /**
   * @param decayMs Time in which an old latency loses 63% of its weight, in ms. Default 10,000.
   * @throws RangeError unless it is a finite number above 0.
   */
  constructor(decayMs: number = 10_000) {
    if (!(decayMs > 0 && decayMs < Infinity)) throw new RangeError(`decayMs is ${decayMs}, expected a number above 0`)
    this.#decayMs = decayMs
  }

  /** Counts one latency in ms. An earlier `now` counts as the latest one seen. */
  observe(latencyMs: number, now: number): void {
    const before = this.#averageMs
    const weight = this.#weight(now)
    this.#averageMs = latencyMs >= before ? latencyMs : before * weight + latencyMs * (1 - weight)
    this.#measuredAt = this.#known ? Math.max(this.#measuredAt, now) : now
    this.#known = true
  }

  /** The average in ms, as it has decayed until `now`; 0 before the first measurement. */
  averageMs(now: number): number {
    return this.#averageMs * this.#weight(now)
  }

  /** What one more request would cost: the average times the requests in flight with it. The endpoint with less is taken. */
  load(inFlight: number, now: number): number {
    if (!this.#known) return inFlight === 0 ? 0 : unknownMs * inFlight
    return this.averageMs(now) * (inFlight + 1)
  }

  #weight(now: number): number {
    return now > this.#measuredAt ? Math.exp((this.#measuredAt - now) / this.#decayMs) : 1
  }
}
