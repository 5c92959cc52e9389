// The bytes of request bodies that a process keeps for further tries. It counts and holds nothing itself.

/** One per process, shared by all request bodies. */
export class BodyBudget {
  readonly maxBytes: number
  #used = 0

  /** Throws a RangeError for a negative number. */
  constructor(maxBytes: number) {
    if (!(maxBytes >= 0)) throw new RangeError(`maxBytes is ${maxBytes}, expected at least 0`)
    this.maxBytes = maxBytes
  }

  /** Bytes that are kept now. */
  get used(): number {
    return this.#used
  }

  /** False, and nothing taken, when they do not fit. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.maxBytes) return false
    this.#used += bytes
    return true
  }

  give(bytes: number): void {
    this.#used -= bytes
  }
}

/** What one body has taken of the budget. */
export class BodyAllowance {
  readonly budget: BodyBudget
  #bytes = 0

  constructor(budget: BodyBudget) {
    this.budget = budget
  }

  /** False, and nothing taken, when the budget has no room, or the body would have more than `most`. */
  take(bytes: number, most: number = Infinity): boolean {
    if (this.#bytes + bytes > most || !this.budget.take(bytes)) return false
    this.#bytes += bytes
    return true
  }

  giveBack(): void {
    this.budget.give(this.#bytes)
    this.#bytes = 0
  }
}
