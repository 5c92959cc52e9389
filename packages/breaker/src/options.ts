/** The breaker's options, their defaults and their bounds. It knows nothing of states. */

import type { RatioOptions } from './trip.ts'

export interface BreakerOptions {
  /** Consecutive failures that open. Default 5; 0 turns this condition off, and with no `ratio` the breaker. */
  readonly failures?: number
  /** Length of the first opening, in ms. Default 10,000. */
  readonly openMs?: number
  /** Cap of repeated openings, in ms, before their jitter. Default 10 times `openMs`; one below `openMs` counts as it. */
  readonly maxOpenMs?: number
  /** Probes that must all succeed before the breaker closes, and most that are out at once. Default 1. */
  readonly probes?: number
  /** Opens as well when a share of the calls in a window failed. Off unless given. */
  readonly ratio?: RatioOptions
}

export interface ResolvedOptions {
  readonly failures: number
  readonly openMs: number
  readonly maxOpenMs: number
  readonly probes: number
  readonly ratio: RatioOptions | undefined
}

/** @throws RangeError that names the option, its value and what would be accepted. */
export function readOptions(options: BreakerOptions): ResolvedOptions {
  const { failures = 5, openMs = 10_000, probes = 1, ratio } = options
  const maxOpenMs = options.maxOpenMs ?? 10 * openMs
  if (!Number.isInteger(failures) || failures < 0) refuse('failures', failures, 'an integer of 0 or more')
  if (!(openMs > 0 && openMs < Infinity)) refuse('openMs', openMs, 'a finite number above 0')
  if (!(maxOpenMs > 0)) refuse('maxOpenMs', maxOpenMs, 'a number above 0')
  if (!Number.isInteger(probes) || probes < 1) refuse('probes', probes, 'an integer of 1 or more')
  if (ratio !== undefined) checkRatio(ratio)
  return { failures, openMs, maxOpenMs: Math.max(openMs, maxOpenMs), probes, ratio }
}

function checkRatio({ threshold, windowMs, minimum }: RatioOptions): void {
  if (!(threshold > 0 && threshold <= 1)) refuse('ratio.threshold', threshold, 'a number above 0 and at most 1')
  if (!(windowMs > 0 && windowMs < Infinity)) refuse('ratio.windowMs', windowMs, 'a finite number above 0')
  if (!(minimum >= 1)) refuse('ratio.minimum', minimum, 'a number of 1 or more')
}

function refuse(name: string, value: number, expected: string): never {
  throw new RangeError(`breaker: ${name} is ${value}, expected ${expected}`)
}
