/** A breaker around a promise, for use without a gateway. It reads the clock and knows no HTTP. */

import type { Breaker, Verdict } from './breaker.ts'

const marker = Symbol.for('headgate.breaker.open')

/** The call was not made because the breaker is open, or half-open with its probes out. */
export class BreakerOpenError extends Error {
  override readonly name: string = 'BreakerOpenError'
  readonly code = 'HEADGATE_BREAKER_OPEN' as const
  /** How long to wait before asking again is of use, in ms. */
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    super(`breaker is open: not called, ask again in ${Math.ceil(retryAfterMs)} ms`)
    this.retryAfterMs = retryAfterMs
    Object.defineProperty(this, marker, { value: true })
  }

  /** Also true for an error from another copy of this package, where `instanceof` is not. */
  static isInstance(this: void, value: unknown): value is BreakerOpenError {
    return typeof value === 'object' && value !== null && marker in value
  }
}

/**
 * Calls `task` where `breaker` allows it and settles the permit by what became of it: `verdictOf` reads an error, by
 * default `abandoned` for an `AbortError` and `failure` for every other.
 *
 * @param now Clock in ms. Default `performance.now`.
 * @throws BreakerOpenError when the breaker refuses; otherwise what `task` throws.
 */
export async function guard<T>(
  breaker: Breaker,
  task: () => Promise<T> | T,
  now: () => number = monotonicNow,
  verdictOf: (error: unknown) => Verdict = abandonedOrFailure,
): Promise<T> {
  const askedAt = now()
  const permit = breaker.admit(askedAt)
  if (permit === 0) throw new BreakerOpenError(breaker.retryAfterMs(askedAt))
  let verdict: Verdict = 'abandoned'
  try {
    const result = await task()
    verdict = 'success'
    return result
  } catch (error) {
    verdict = verdictOf(error)
    throw error
  } finally {
    breaker.settle(permit, verdict, now())
  }
}

function abandonedOrFailure(error: unknown): Verdict {
  return error instanceof Error && error.name === 'AbortError' ? 'abandoned' : 'failure'
}

function monotonicNow(): number {
  return performance.now()
}
