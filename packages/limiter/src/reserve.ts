/** An estimate now, the true count later: for model tokens, which are known only at the end. It knows no model. */

import { settleAll, takeAll, type Costs, type Keys, type Limit, type Refusal } from './take-all.ts'

/**
 * What `reserve` took and has not yet settled. One that is never settled keeps its estimate: the buckets refill in time,
 * and nothing leaks.
 */
export class Reservation {
  readonly #limits: readonly Limit[]
  readonly #keys: Keys
  readonly #reserved: Costs
  #state: 'held' | 'settled' = 'held'

  /** Use `reserve`; this one takes nothing. */
  constructor(limits: readonly Limit[], keys: Keys, reserved: Costs) {
    this.#limits = limits
    this.#keys = keys
    this.#reserved = reserved
  }

  get state(): 'held' | 'settled' {
    return this.#state
  }

  /**
   * The true count is known. Less than reserved: the rest comes back. More: it is charged even into debt, which later
   * tokens pay first, as the work is already done. Only the first call counts.
   *
   * @returns Whether this was the first call.
   */
  settle(now: number, actual: Costs): boolean {
    if (this.#state === 'settled') return false
    this.#state = 'settled'
    settleAll(this.#limits, this.#keys, now, this.#reserved, actual)
    return true
  }

  /** Nothing was used: everything comes back. The same as `settle(now, 0)`. */
  cancel(now: number): boolean {
    return this.settle(now, 0)
  }
}

/**
 * Takes an estimate from all limits or from none.
 *
 * @param estimate Whole tokens, of every limit or of each its own. Above a limit's `burst` it is never admitted.
 * @param refusal Told who refuses and for how long.
 * @returns The reservation to settle, or undefined when a limit refuses.
 */
export function reserve(
  limits: readonly Limit[],
  keys: Keys,
  now: number,
  estimate: Costs,
  refusal?: Refusal,
): Reservation | undefined {
  return takeAll(limits, keys, now, estimate, refusal) ? new Reservation(limits, keys, estimate) : undefined
}
