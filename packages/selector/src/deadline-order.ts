/** The order behind `weighted.ts`, one pick at a time and without a table. It knows no cycle length and no end. */

/**
 * R. Tijdeman, "The chairman assignment problem" (1980), as earliest deadline first. With n weights of sum T, the i-th
 * pick (from 0) of a weight w may come at slot k (from 1) when w*k/T >= i + 1/D, and must have come when
 * w*k/T > i + 1 - 1/D, where D = 2n - 2. An order that keeps all of these always exists, and then picking the earliest
 * deadline among those that may come finds one. Both bounds move by D*T/(D*w) per pick, kept as quotient and remainder,
 * so that every number is an integer below 2^53 and nothing drifts.
 */
export class DeadlineOrder {
  readonly #index: Uint16Array
  /** D * w, the denominator of both bounds. */
  readonly #denominator: Float64Array
  /** T / w as quotient, and D * (T mod w), its remainder over the denominator. */
  readonly #stepQuotient: Float64Array
  readonly #stepRemainder: Float64Array
  readonly #releaseQuotient: Float64Array
  readonly #releaseRemainder: Float64Array
  readonly #deadlineQuotient: Float64Array
  readonly #deadlineRemainder: Float64Array
  /** Those that may come, earliest deadline on top. */
  readonly #ready: Heap
  /** Those that may not come yet, earliest release on top. */
  readonly #waiting: Heap
  readonly #release: Float64Array
  #slot = 0

  /** @param divisor A common divisor of all weights, which are taken as valid. */
  constructor(weights: readonly number[], divisor: number) {
    const active = [...weights.keys()].filter((index) => (weights[index] as number) > 0)
    const count = active.length
    const spread = Math.max(1, 2 * count - 2)
    let total = 0
    for (const index of active) total += (weights[index] as number) / divisor
    this.#index = Uint16Array.from(active)
    this.#denominator = new Float64Array(count)
    this.#stepQuotient = new Float64Array(count)
    this.#stepRemainder = new Float64Array(count)
    this.#releaseQuotient = new Float64Array(count)
    this.#releaseRemainder = new Float64Array(count)
    this.#deadlineQuotient = new Float64Array(count)
    this.#deadlineRemainder = new Float64Array(count)
    this.#release = new Float64Array(count)
    this.#ready = new Heap(this.#deadlineQuotient)
    this.#waiting = new Heap(this.#release)
    for (const [entry, index] of active.entries()) {
      const weight = (weights[index] as number) / divisor
      const denominator = spread * weight
      this.#denominator[entry] = denominator
      this.#stepQuotient[entry] = Math.floor(total / weight)
      this.#stepRemainder[entry] = spread * (total % weight)
      this.#releaseQuotient[entry] = Math.floor(total / denominator)
      this.#releaseRemainder[entry] = total % denominator
      // One backend alone has D = 1 here, and its deadline is no bound: nobody competes.
      this.#deadlineQuotient[entry] = Math.floor((spread * total - total) / denominator)
      this.#deadlineRemainder[entry] = (spread * total - total) % denominator
      this.#wait(entry)
    }
  }

  /** The index whose turn it is, or -1 when no weight is above 0. Amortised O(log n), nothing allocated. */
  next(): number {
    const slot = ++this.#slot
    const { size } = this.#waiting
    for (let moved = 0; moved < size && this.#waiting.topKey() <= slot; moved++) this.#ready.push(this.#waiting.pop())
    if (this.#ready.size === 0) return -1
    const entry = this.#ready.pop()
    this.#advance(entry, this.#releaseQuotient, this.#releaseRemainder)
    this.#advance(entry, this.#deadlineQuotient, this.#deadlineRemainder)
    this.#wait(entry)
    return this.#index[entry] as number
  }

  #advance(entry: number, quotient: Float64Array, remainder: Float64Array): void {
    const denominator = this.#denominator[entry] as number
    const sum = (remainder[entry] as number) + (this.#stepRemainder[entry] as number)
    const carry = sum >= denominator ? 1 : 0
    remainder[entry] = sum - carry * denominator
    quotient[entry] = (quotient[entry] as number) + (this.#stepQuotient[entry] as number) + carry
  }

  #wait(entry: number): void {
    const quotient = this.#releaseQuotient[entry] as number
    this.#release[entry] = (this.#releaseRemainder[entry] as number) > 0 ? quotient + 1 : quotient
    this.#waiting.push(entry)
  }
}

/** A binary heap of entries, smallest key on top, the lower entry on a tie. A key may only change outside of the heap. */
class Heap {
  size = 0
  readonly #keys: Float64Array
  readonly #entries: Int32Array

  constructor(keys: Float64Array) {
    this.#keys = keys
    this.#entries = new Int32Array(keys.length)
  }

  topKey(): number {
    return this.#keys[this.#entries[0] as number] as number
  }

  push(entry: number): void {
    const entries = this.#entries
    let at = this.size++
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = entries[parent] as number
      if (!this.#before(entry, above)) break
      entries[at] = above
      at = parent
    }
    entries[at] = entry
  }

  pop(): number {
    const entries = this.#entries
    const top = entries[0] as number
    const size = --this.size
    const last = entries[size] as number
    let at = 0
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && this.#before(entries[child + 1] as number, entries[child] as number)) child++
      const below = entries[child] as number
      if (!this.#before(below, last)) break
      entries[at] = below
      at = child
    }
    entries[at] = last
    return top
  }

  #before(one: number, other: number): boolean {
    const difference = (this.#keys[one] as number) - (this.#keys[other] as number)
    return difference < 0 || (difference === 0 && one < other)
  }
}
