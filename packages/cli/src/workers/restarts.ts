/** When may a worker that died be replaced? Time is an argument; it starts nothing. */

/** Each death within the window doubles the wait of the next start, from the second on. */
const firstWaitMs = 100
const longestWaitMs = 5000
const windowMs = 60_000

export class Restarts {
  readonly #limit: number
  #deaths: number[] = []

  /** `limit` is how many deaths within a minute are too many to go on. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** A worker died at `now`: the wait before its replacement starts, in ms, or undefined when there have been too many. */
  died(now: number): number | undefined {
    this.#deaths = this.#deaths.filter((at) => now - at < windowMs)
    this.#deaths.push(now)
    const before = this.#deaths.length - 1
    if (this.#deaths.length >= this.#limit) return undefined
    return before === 0 ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** (before - 1))
  }
}
