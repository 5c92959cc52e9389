/** When is a closed circuit to open? Failures in a row, or a share of a window. It knows no states and no clock. */

import { FailureWindow } from './window.ts'

/** Opens on a share of failed calls (Polly `FailureRatio`, resilience4j `failureRateThreshold`). */
export interface RatioOptions {
  /** Share of failed calls that opens, above 0 and at most 1: reached counts. */
  readonly threshold: number
  /** Length of the sliding window, in ms. It moves in steps of a tenth. */
  readonly windowMs: number
  /** Calls that the window must hold before the share says anything. */
  readonly minimum: number
}

/** Only a failure can trip; a success that completes the minimum number of calls does not. */
export class Trip {
  readonly #limit: number
  readonly #ratio: RatioOptions | undefined
  readonly #window: FailureWindow | undefined
  #inRow = 0

  /** `limit` failures in a row trip; 0 turns this half off. */
  constructor(limit: number, ratio?: RatioOptions) {
    this.#limit = limit
    this.#ratio = ratio
    this.#window = ratio === undefined ? undefined : new FailureWindow(ratio.windowMs)
  }

  /** Failures in a row, now. */
  get failures(): number {
    return this.#inRow
  }

  success(now: number): void {
    this.#inRow = 0
    this.#window?.add(0, now)
  }

  /** Counts a failure; true when the circuit is to open. */
  failure(now: number): boolean {
    this.#inRow++
    this.#window?.add(1, now)
    return (this.#limit > 0 && this.#inRow >= this.#limit) || this.#ratioReached()
  }

  /** Forgets everything: a circuit that closed starts anew. */
  reset(): void {
    this.#inRow = 0
    this.#window?.clear()
  }

  #ratioReached(): boolean {
    const ratio = this.#ratio
    const window = this.#window
    if (ratio === undefined || window === undefined) return false
    return window.calls >= ratio.minimum && window.failures >= ratio.threshold * window.calls
  }
}
