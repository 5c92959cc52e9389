/** Time that passes only when a test says so. Knows no real clock. */

/** A timer that has not run yet. */
export type TimerId = number

interface Timer {
  readonly id: TimerId
  readonly atMs: number
  readonly run: () => void
}

export class VirtualClock {
  #nowMs: number
  #lastId = 0
  readonly #timers: Timer[] = []

  constructor(startMs = 0) {
    this.#nowMs = startMs
  }

  /** Milliseconds. Bound, so that it can be handed over as a function. */
  readonly now = (): number => this.#nowMs

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.length
  }

  /** When the next timer is due; undefined when none waits. */
  get nextMs(): number | undefined {
    return this.#timers[0]?.atMs
  }

  /** Runs `run` once `delayMs` have passed; timers that are due at the same time run in the order of their making. */
  readonly setTimeout = (run: () => void, delayMs: number): TimerId => {
    if (Number.isNaN(delayMs)) throw new RangeError('a delay that is not a number')
    const timer: Timer = { id: ++this.#lastId, atMs: this.#nowMs + Math.max(0, delayMs), run }
    const later = this.#timers.findIndex((waiting) => waiting.atMs > timer.atMs)
    this.#timers.splice(later < 0 ? this.#timers.length : later, 0, timer)
    return timer.id
  }

  /** Forgets a timer; does nothing when it has run. */
  readonly clearTimeout = (id: TimerId): void => {
    const index = this.#timers.findIndex((waiting) => waiting.id === id)
    if (index >= 0) this.#timers.splice(index, 1)
  }

  /** Moves time on. Each timer that becomes due runs at its own time, also those that are set meanwhile. */
  advance(byMs: number): void {
    if (!(byMs >= 0)) throw new RangeError(`time cannot move by ${byMs} ms`)
    const untilMs = this.#nowMs + byMs
    for (;;) {
      const next = this.#timers[0]
      if (next === undefined || next.atMs > untilMs) break
      this.#timers.shift()
      this.#nowMs = next.atMs
      next.run()
    }
    this.#nowMs = untilMs
  }
}
