/** The loop, on a scripted clock and sleep; the timer itself under fake timers. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { RetryBudget } from './budget.ts'
import { retrying } from './run.ts'
import type { Attempt, RetryEvent, RetryingOptions, Task } from './run.ts'

class Failure extends Error {
  readonly retryAfterMs: number

  constructor(message: string, retryAfterMs = 0) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

/** A clock that only sleeping moves. */
function scripted(): Required<Pick<RetryingOptions, 'now' | 'random' | 'sleep'>> & { readonly slept: number[] } {
  const slept: number[] = []
  let now = 500
  return {
    slept,
    now: () => now,
    random: () => 0.5,
    sleep: (ms) => {
      slept.push(ms)
      now += ms
      return Promise.resolve()
    },
  }
}

/** Fails with each error in turn, then gives `done`. */
function failing(...errors: readonly unknown[]): { readonly task: Task<string>; readonly attempts: Attempt[] } {
  const attempts: Attempt[] = []
  const task: Task<string> = async (attempt) => {
    attempts.push(attempt)
    if (attempts.length <= errors.length) throw errors[attempts.length - 1]
    return 'done'
  }
  return { task, attempts }
}

const numbers = (attempts: readonly Attempt[]): number[] => attempts.map(({ number }) => number)

describe('tries', () => {
  test('a success needs one try and no clock, chance or sleep', async () => {
    const unused = (): never => {
      throw new Error('unused')
    }
    const { task, attempts } = failing()
    await expect(retrying(task, { now: unused, random: unused, sleep: unused })).resolves.toBe('done')
    expect(numbers(attempts)).toEqual([1])
  })

  test('tries again until it succeeds, with waits that grow', async () => {
    const { task, attempts } = failing(new Failure('a'), new Failure('b'), new Failure('c'))
    const time = scripted()
    await expect(retrying(task, { ...time, retries: 3, backoff: { baseMs: 100, maxMs: 500 } })).resolves.toBe('done')
    expect(numbers(attempts)).toEqual([1, 2, 3, 4])
    expect(time.slept).toEqual([50, 150, 250])
  })

  test('throws the last error when the retries are spent: two by default', async () => {
    const { task, attempts } = failing(new Failure('a'), new Failure('b'), new Failure('c'), new Failure('d'))
    await expect(retrying(task, scripted())).rejects.toThrow('c')
    expect(numbers(attempts)).toEqual([1, 2, 3])
  })

  test('a task may be synchronous, and may throw at once', async () => {
    let calls = 0
    const task = (): number => {
      if (++calls === 1) throw new Failure('a')
      return calls
    }
    await expect(retrying(task, scripted())).resolves.toBe(2)
  })

  test.for<[string, RetryingOptions, unknown]>([
    ['an error that shouldRetry refuses', { shouldRetry: () => false }, new Failure('a')],
    ['an AbortError', {}, new DOMException('left', 'AbortError')],
    ['a budget that is spent', { budget: new RetryBudget({ percent: 0, minimum: 0 }) }, new Failure('a')],
    ['no retries', { retries: 0 }, new Failure('a')],
    ['a wait that does not fit', { withinMs: 10 }, new Failure('a')],
  ])('%s is thrown at once', async ([, options, error]) => {
    const { task, attempts } = failing(error)
    await expect(retrying(task, { ...scripted(), ...options })).rejects.toBe(error)
    expect(numbers(attempts)).toEqual([1])
  })

  test('a promise of another kind is awaited all the same, and what is given back is a plain one', async () => {
    class Later<T> extends Promise<T> {}
    const { task, attempts } = failing(new Failure('a'))
    const result = retrying((attempt) => Later.resolve(task(attempt)), scripted())
    expect(result).not.toBeInstanceOf(Later)
    await expect(result).resolves.toBe('done')
    expect(numbers(attempts)).toEqual([1, 2])
  })

  test('a budget that throws rejects, and no try is made', async () => {
    const { task, attempts } = failing()
    const budget = Object.assign(new RetryBudget(), {
      request: () => {
        throw new Error('broken')
      },
    })
    await expect(retrying(task, { ...scripted(), budget })).rejects.toThrow('broken')
    expect(attempts).toEqual([])
  })

  test('a per-try timeout is worth another try by default', async () => {
    const { task } = failing(new DOMException('late', 'TimeoutError'))
    await expect(retrying(task, scripted())).resolves.toBe('done')
  })

  test('no try begins later than withinMs after the call', async () => {
    const { task, attempts } = failing(new Failure('a'), new Failure('b'), new Failure('c'))
    const time = scripted()
    await expect(retrying(task, { ...time, retries: 9, withinMs: 200, backoff: { baseMs: 100 } })).rejects.toThrow('b')
    expect(numbers(attempts)).toEqual([1, 2])
    expect(time.slept).toEqual([50])
  })

  test('an error may ask for a longer wait', async () => {
    const { task } = failing(new Failure('busy', 3_000))
    const time = scripted()
    await retrying(task, { ...time, retryAfterMs: (error) => (error instanceof Failure ? error.retryAfterMs : 0) })
    expect(time.slept).toEqual([3_012.5])
  })

  test('each wait is told before it begins', async () => {
    const errors = [new Failure('a'), new Failure('b')]
    const { task } = failing(...errors)
    const told: RetryEvent[] = []
    await retrying(task, { ...scripted(), onRetry: (event) => told.push(event) })
    expect(told).toEqual([
      { number: 1, error: errors[0], afterMs: 12.5 },
      { number: 2, error: errors[1], afterMs: 37.5 },
    ])
  })
})

describe('budget', () => {
  test('counts calls as requests and repeats as repeats', async () => {
    const budget = new RetryBudget()
    const { task } = failing(new Failure('a'))
    await retrying(task, { ...scripted(), budget })
    await retrying(task, { ...scripted(), budget })
    expect([budget.requests(500), budget.repeats(500)]).toEqual([2, 1])
  })

  test('a wait that is cut short gives its repeat back', async () => {
    const budget = new RetryBudget()
    const { task } = failing(new Failure('a'))
    const sleep = (): Promise<void> => Promise.reject(new Error('woken'))
    await expect(retrying(task, { ...scripted(), budget, sleep })).rejects.toThrow('woken')
    expect(budget.repeats(500)).toBe(0)
  })
})

describe('signal', () => {
  test("the caller's signal reaches every try", async () => {
    const { signal } = new AbortController()
    const { task, attempts } = failing(new Failure('a'))
    await retrying(task, scripted(), signal)
    expect(attempts.map((attempt) => attempt.signal === signal)).toEqual([true, true])
  })

  test('without one every call has a signal of its own that never aborts', async () => {
    const seen: AbortSignal[] = []
    const task: Task<void> = ({ signal }) => void seen.push(signal)
    await retrying(task)
    await retrying(task)
    expect(new Set(seen).size).toBe(2)
    expect(seen.map(({ aborted }) => aborted)).toEqual([false, false])
  })

  test('one that has aborted before the first try keeps it from being made', async () => {
    const reason = new Error('left')
    const { task, attempts } = failing()
    await expect(retrying(task, {}, AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(attempts).toEqual([])
  })

  test('a try that fails after the abort is not repeated, whatever shouldRetry says', async () => {
    const controller = new AbortController()
    let tries = 0
    const task = (): never => {
      tries++
      controller.abort()
      throw new Failure('cut')
    }
    await expect(retrying(task, { ...scripted(), shouldRetry: () => true }, controller.signal)).rejects.toThrow('cut')
    expect(tries).toBe(1)
  })

  test('an abort that a sleep does not heed still prevents the next try', async () => {
    const controller = new AbortController()
    const { task, attempts } = failing(new Failure('a'))
    const sleep = (): Promise<void> => Promise.resolve(controller.abort(new Error('left')))
    await expect(retrying(task, { ...scripted(), sleep }, controller.signal)).rejects.toThrow('left')
    expect(numbers(attempts)).toEqual([1])
  })
})

describe('the timer', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('waits as long as decided, and not less', async () => {
    const { task, attempts } = failing(new Failure('a'))
    const result = retrying(task, { random: () => 0.5, backoff: { baseMs: 1_000 } })
    await vi.advanceTimersByTimeAsync(499)
    expect(numbers(attempts)).toEqual([1])
    await vi.advanceTimersByTimeAsync(1)
    await expect(result).resolves.toBe('done')
  })

  test('an abort ends the wait at once with its reason, and leaves no timer and no charge', async () => {
    const controller = new AbortController()
    const budget = new RetryBudget()
    const { task, attempts } = failing(new Failure('a'))
    const options = { random: () => 0.5, backoff: { baseMs: 1_000 }, budget }
    const result = retrying(task, options, controller.signal).catch((thrown: unknown) => thrown)
    await vi.advanceTimersByTimeAsync(100)
    expect(vi.getTimerCount()).toBe(1)
    const reason = new Error('left')
    controller.abort(reason)
    await expect(result).resolves.toBe(reason)
    expect(vi.getTimerCount()).toBe(0)
    expect(budget.repeats(performance.now())).toBe(0)
    expect(numbers(attempts)).toEqual([1])
  })

  test('a wait that was slept through leaves no listener on the signal', async () => {
    const { signal } = new AbortController()
    const added = vi.spyOn(signal, 'addEventListener')
    const removed = vi.spyOn(signal, 'removeEventListener')
    const { task } = failing(new Failure('a'), new Failure('b'))
    const result = retrying(task, { random: () => 0.5 }, signal)
    await vi.advanceTimersByTimeAsync(1_000)
    await result
    expect(added).toHaveBeenCalledTimes(2)
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(added.mock.calls.map(([, listener]) => listener))
  })
})
