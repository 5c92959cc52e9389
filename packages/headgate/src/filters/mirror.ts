/** Gateway API HTTPRequestMirrorFilter: whose turn it is to be copied. It knows neither requests nor backends. */

import type { MirrorFilterConfig } from '@headgate/config'

const maxInt32 = 2 ** 31 - 1

/**
 * The share of one filter, and its state: an even, deterministic order in which `numerator` of each `denominator` requests
 * are copied. Counted from the beginning, the number of copies is never more than half a request away from the exact share.
 */
export class MirrorShare {
  readonly numerator: number
  readonly denominator: number
  /** In parts of a copy: a whole one is due at `denominator`. */
  #due: number

  /** @throws RangeError unless both are integers below 2^31, `denominator` at least 1 and `numerator` from 0 to `denominator`. */
  constructor({ numerator, denominator }: Pick<MirrorFilterConfig, 'numerator' | 'denominator'>) {
    checkInteger('denominator', denominator, 1, maxInt32)
    checkInteger('numerator', numerator, 0, denominator)
    this.numerator = numerator
    this.denominator = denominator
    // Half a copy in advance makes it due when the exact share is nearer to it than to none.
    this.#due = Math.floor(denominator / 2)
  }

  /** Is the next request copied? To be asked once for each request. */
  next(): boolean {
    const due = this.#due + this.numerator
    const isDue = due >= this.denominator
    this.#due = isDue ? due - this.denominator : due
    return isDue
  }
}

function checkInteger(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new RangeError(`${name} ${String(value)} is not an integer from ${least} to ${most}`)
}
