/** The retry loop for use without a gateway: it reads the clock, sleeps and calls. It knows no HTTP. */

import type { BackoffOptions } from './backoff.ts'
import type { RetryBudget } from './budget.ts'
import { decide } from './decide.ts'

/** What a task is told about the try that it is asked to make. */
export interface Attempt {
  /** 1 is the first try. */
  readonly number: number
  /** The caller's signal; one that never aborts where the caller gave none. */
  readonly signal: AbortSignal
}

export type Task<T> = (attempt: Attempt) => Promise<T> | T

/** Told before each wait. */
export interface RetryEvent {
  /** The try that failed; 1 is the first. */
  readonly number: number
  readonly error: unknown
  readonly afterMs: number
}

export interface RetryingOptions {
  /** Further tries after the first. Default 2. */
  readonly retries?: number
  /** Waits between tries. Default full jitter from 25 ms, at most 250 ms. */
  readonly backoff?: BackoffOptions
  /**
   * No further try begins later than this after the call, in ms. Default: no bound. A try that runs is not cut: give
   * the call `AbortSignal.timeout()` for that.
   */
  readonly withinMs?: number
  /** Whether an error is worth another try. Default: every error that is not an `AbortError`. */
  readonly shouldRetry?: (error: unknown) => boolean
  /** Least wait in ms that an error asks for, such as its `Retry-After`; 0 if none. Default 0. */
  readonly retryAfterMs?: (error: unknown) => number
  /** Shared by all calls to one service. Default: none. */
  readonly budget?: RetryBudget
  readonly onRetry?: (event: RetryEvent) => void
  /** In ms. Default `performance.now`. */
  readonly now?: () => number
  /** Uniform in [0, 1). Default `Math.random`. */
  readonly random?: () => number
  /** Waits, and rejects at once with the signal's reason when it aborts. Default: a timer. */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>
}

const noOptions: RetryingOptions = Object.freeze({})
const defaultRetries = 2
const defaultBackoff: BackoffOptions = Object.freeze({})

/** Shared by all calls without a signal. Each reader gets a signal of its own, so that listeners never pile up on one. */
const firstUnsignalled: Attempt = Object.freeze({
  number: 1,
  get signal(): AbortSignal {
    return new AbortController().signal
  },
})

/**
 * Runs `task` until it succeeds, and gives back what it gave. Throws the last error when there is no further try; when
 * `signal` aborts during a wait, or before the first try, throws the signal's reason.
 *
 * A try that fails after `signal` has aborted is never repeated, whatever `shouldRetry` says.
 */
export function retrying<T>(task: Task<T>, options: RetryingOptions = noOptions, signal?: AbortSignal): Promise<T> {
  const attempt = signal === undefined ? firstUnsignalled : { number: 1, signal }
  let deadline = Infinity
  let first: Promise<T>
  try {
    signal?.throwIfAborted()
    deadline = begin(options)
  } catch (reason) {
    return Promise.reject(reason as Error)
  }
  try {
    first = Promise.resolve(task(attempt))
  } catch (error) {
    first = Promise.reject(error as Error)
  }
  // Not an async function: that alone costs more than all the rest of a call that succeeds.
  return first.then(undefined, (error: unknown) => repeat(error, attempt, deadline, task, options, signal))
}

/** Counts the call, and gives the time after which no try begins. */
function begin({ budget, withinMs, now = monotonicNow }: RetryingOptions): number {
  budget?.request(now())
  return withinMs === undefined ? Infinity : now() + withinMs
}

/** The tries after the first, which failed with `firstError`. */
async function repeat<T>(
  firstError: unknown,
  first: Attempt,
  deadline: number,
  task: Task<T>,
  options: RetryingOptions,
  signal: AbortSignal | undefined,
): Promise<T> {
  const now = options.now ?? monotonicNow
  let attempt = first
  let error = firstError
  for (;;) {
    if (signal?.aborted) throw error
    const afterMs = waitMs(error, attempt.number, options, now(), deadline)
    if (afterMs === undefined) throw error
    await pause({ number: attempt.number, error, afterMs }, options, signal, now)
    attempt = { number: attempt.number + 1, signal: signal ?? attempt.signal }
    try {
      return await task(attempt)
    } catch (thrown) {
      error = thrown
    }
  }
}

/** Waits; where that ends early, the repeat that was charged is given back to the budget. */
async function pause(
  event: RetryEvent,
  options: RetryingOptions,
  signal: AbortSignal | undefined,
  now: () => number,
): Promise<void> {
  try {
    options.onRetry?.(event)
    signal?.throwIfAborted()
    await (options.sleep ?? timerSleep)(event.afterMs, signal)
    signal?.throwIfAborted()
  } catch (reason) {
    options.budget?.refund(now())
    throw reason
  }
}

function waitMs(
  error: unknown,
  number: number,
  options: RetryingOptions,
  now: number,
  deadline: number,
): number | undefined {
  const decision = decide({
    repeatsDone: number - 1,
    repeats: options.retries ?? defaultRetries,
    retryable: (options.shouldRetry ?? isNotAbort)(error),
    replayable: true,
    now,
    deadline,
    floorMs: options.retryAfterMs?.(error) ?? 0,
    backoff: options.backoff ?? defaultBackoff,
    random: options.random ?? Math.random,
    ...(options.budget === undefined ? undefined : { budget: options.budget }),
  })
  return decision.again ? decision.afterMs : undefined
}

function isNotAbort(error: unknown): boolean {
  return !(error instanceof Error && error.name === 'AbortError')
}

function monotonicNow(): number {
  return performance.now()
}

/** A timer that gives its place back at once when the signal aborts. */
function timerSleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const wake = (): void => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }
    const timer = setTimeout(wake, Math.min(ms, 2 ** 31 - 1))
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    signal?.addEventListener('abort', stop, { once: true })
  })
}
