/** Counts calls and failures over a sliding window, in a ring of numbers. It knows no clock and sets no timer. */

const buckets = 10

/** Moves in steps of a tenth, so it covers 90% to 100% of `windowMs`. An earlier `now` counts as the latest one seen. */
export class FailureWindow {
  readonly #bucketMs: number
  readonly #callsIn: Uint32Array = new Uint32Array(buckets)
  readonly #failuresIn: Uint32Array = new Uint32Array(buckets)
  #calls = 0
  #failures = 0
  /** Number of the newest bucket, counted from the clock's zero. */
  #newest = Number.MIN_SAFE_INTEGER
  /** Its place in the ring: a remainder of doubles takes longer than all the rest. */
  #at = 0

  constructor(windowMs: number) {
    this.#bucketMs = windowMs / buckets
  }

  /** Calls in the window as of the last `add`. */
  get calls(): number {
    return this.#calls
  }

  /** Failures in the window as of the last `add`. */
  get failures(): number {
    return this.#failures
  }

  /** Counts one call, of which `failures` (0 or 1) failed. */
  add(failures: 0 | 1, now: number): void {
    const at = this.#advance(now)
    this.#callsIn[at] = this.#callsIn[at]! + 1
    this.#failuresIn[at] = this.#failuresIn[at]! + failures
    this.#calls++
    this.#failures += failures
  }

  clear(): void {
    this.#callsIn.fill(0)
    this.#failuresIn.fill(0)
    this.#calls = 0
    this.#failures = 0
  }

  #advance(now: number): number {
    const bucket = Math.floor(now / this.#bucketMs)
    if (!(bucket > this.#newest)) return this.#at
    const steps = Math.min(bucket - this.#newest, buckets)
    for (let step = 1; step <= steps; step++) {
      const at = place(bucket - steps + step)
      this.#calls -= this.#callsIn[at]!
      this.#failures -= this.#failuresIn[at]!
      this.#callsIn[at] = 0
      this.#failuresIn[at] = 0
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
