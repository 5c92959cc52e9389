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
export function guard<T>(
  breaker: Breaker,
  task: () => Promise<T> | T,
  now: () => number = monotonicNow,
  verdictOf: (error: unknown) => Verdict = abandonedOrFailure,
): Promise<T> {
  let permit: number
  let called: Promise<T>
  try {
    // Two looks at the clock would cost as much as all the rest of a call that succeeds.
    const askedAt = breaker.needsTime ? now() : 0
    permit = breaker.admit(askedAt)
    if (permit === 0) throw new BreakerOpenError(breaker.retryAfterMs(askedAt))
  } catch (error) {
    return Promise.reject(error as Error)
  }
  try {
    called = Promise.resolve(task())
  } catch (error) {
    called = Promise.reject(error as Error)
  }
  // Not an async function, which takes half as long again.
  return called.then(
    (result) => {
      breaker.settle(permit, 'success', breaker.needsTime ? now() : 0)
      return result
    },
    (error: unknown) => {
      let verdict: Verdict = 'abandoned'
      try {
        verdict = verdictOf(error)
      } finally {
        breaker.settle(permit, verdict, now())
      }
      throw error
    },
  )
}

function abandonedOrFailure(error: unknown): Verdict {
  return error instanceof Error && error.name === 'AbortError' ? 'abandoned' : 'failure'
}

function monotonicNow(): number {
  return performance.now()
}
