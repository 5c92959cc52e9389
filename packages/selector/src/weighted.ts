/** Smooth weighted order: a canary is this. It knows neither requests nor health, only weights and whose turn it is. */

import { DeadlineOrder } from './deadline-order.ts'
import { checkCount, checkWeight } from './weights.ts'

export interface WeightedOrderOptions {
  /**
   * Where in the order to begin: an integer of 0 or more. Several processes with the same weights give different
   * starts, or all of them send their first requests to the same backend. Taken modulo the length of the cycle, or
   * modulo 32,768 where the cycle is longer. Default 0.
   */
  readonly start?: number
}

/** The longest cycle that is written out; 64 KiB. Above it each pick costs two small heap operations. */
const maxSlots = 32_768

/**
 * Smooth weighted round robin: an endless, deterministic order of indexes. Counted from the beginning of the order, no
 * backend is ever a whole request away from its exact share (at most 1 - 1/(2n - 2) for n backends, the best that any
 * order can promise), and after each cycle of `total` / gcd picks the shares are exact.
 *
 * Weight 0 is never picked. `weights` is copied.
 *
 * @throws RangeError for a weight that is not an integer from 0 to 1,000,000 (Gateway API's bound), more than 65,536
 * weights, or a `start` that is not an integer of 0 or more.
 */
export class WeightedOrder {
  /** The sum of the weights. */
  readonly total: number
  readonly #weights: readonly number[]
  readonly #slots: Uint16Array
  readonly #order: DeadlineOrder | undefined
  #position = 0

  constructor(weights: readonly number[], options: WeightedOrderOptions = {}) {
    const start = options.start ?? 0
    if (!Number.isInteger(start) || start < 0) throw new RangeError(`start ${String(start)} is not an integer >= 0`)
    checkCount(weights.length)
    this.#weights = Array.from(weights)
    let total = 0
    let divisor = 0
    for (const [index, weight] of this.#weights.entries()) {
      checkWeight(weight, index)
      total += weight
      divisor = greatestCommonDivisor(divisor, weight)
    }
    this.total = total
    const cycle = total === 0 ? 0 : total / divisor
    const order = new DeadlineOrder(this.#weights, divisor)
    if (cycle <= maxSlots) {
      this.#slots = new Uint16Array(cycle)
      for (let slot = 0; slot < cycle; slot++) this.#slots[slot] = order.next()
      this.#order = undefined
      this.#position = cycle === 0 ? 0 : start % cycle
    } else {
      this.#slots = new Uint16Array(0)
      this.#order = order
      for (this.#position = 0; this.#position < start % maxSlots; this.#position++) order.next()
    }
  }

  /**
   * Where in the order the next pick stands: an order with this `start` gives the same one. Of cycles longer than 32,768 the picks so
   * far, for which `start` is too short.
   */
  get position(): number {
    return this.#position
  }

  /** The index whose turn it is, or -1 when all weights are 0 or there are none. */
  next(): number {
    const slots = this.#slots
    const position = this.#position
    if (position < slots.length) {
      this.#position = position + 1 < slots.length ? position + 1 : 0
      return slots[position] as number
    }
    if (this.#order === undefined) return -1
    this.#position++
    return this.#order.next()
  }

  /** The exact share of one index, from 0 to 1; 0 where there is no such index. */
  shareOf(index: number): number {
    const weight = this.#weights[index]
    return weight === undefined || this.total === 0 ? 0 : weight / this.total
  }
}

function greatestCommonDivisor(first: number, second: number): number {
  let [a, b] = [first, second]
  while (b > 0) [a, b] = [b, a % b]
  return a
}
