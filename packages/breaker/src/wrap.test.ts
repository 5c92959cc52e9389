/** The promise wrapper: what it calls, what it settles, and what it throws. */

import { expect, test } from 'vitest'
import { Breaker } from './breaker.ts'
import { BreakerOpenError, guard } from './wrap.ts'

function opened(): Breaker {
  const breaker = new Breaker({ failures: 1, openMs: 100 })
  breaker.settle(breaker.admit(0), 'failure', 0)
  return breaker
}

test('gives back what the task gave, and throws what it threw', async () => {
  const breaker = new Breaker()
  const cause = new Error('refused')
  await expect(guard(breaker, () => 'plain')).resolves.toBe('plain')
  await expect(guard(breaker, async () => 'later')).resolves.toBe('later')
  await expect(guard(breaker, () => Promise.reject(cause))).rejects.toBe(cause)
  expect(breaker.failures).toBe(1)
})

test('a task that throws at once counts as one that rejects', async () => {
  const breaker = new Breaker({ failures: 1 })
  const call = guard(breaker, () => {
    throw new Error('at once')
  })
  await expect(call).rejects.toThrow('at once')
  expect(breaker.kind).toBe('open')
})

test('does not call while open, and says for how long', async () => {
  let calls = 0
  const error: unknown = await guard(
    opened(),
    () => calls++,
    () => 40,
  ).catch((thrown: unknown) => thrown)
  expect(calls).toBe(0)
  expect(BreakerOpenError.isInstance(error)).toBe(true)
  expect(error).toBeInstanceOf(Error)
  expect(error).toMatchObject({ name: 'BreakerOpenError', code: 'HEADGATE_BREAKER_OPEN', retryAfterMs: 60 })
})

test('the clock is read only for what it decides: not for a success on a closed breaker', async () => {
  const read: number[] = []
  const clock = (): number => read.push(0)
  await guard(new Breaker(), () => 'fine', clock)
  expect(read).toHaveLength(0)
  await guard(new Breaker(), () => Promise.reject(new Error('down')), clock).catch(() => {})
  expect(read).toHaveLength(1)
  const counting = new Breaker({ ratio: { threshold: 0.5, windowMs: 1000, minimum: 1 } })
  await guard(counting, () => 'fine', clock)
  expect(read).toHaveLength(3)
})

test('a breaker that opened while the call was out is not settled by it', async () => {
  const breaker = new Breaker({ failures: 1, openMs: 100 })
  const late = guard(
    breaker,
    () => Promise.resolve(breaker.settle(breaker.admit(7), 'failure', 7)),
    () => 50,
  )
  await late
  expect([breaker.kind, breaker.openUntil]).toEqual(['open', 107])
})

test('a clock that throws rejects, and the task is not called', async () => {
  let calls = 0
  const broken = (): never => {
    throw new Error('no clock')
  }
  await expect(guard(opened(), () => calls++, broken)).rejects.toThrow('no clock')
  expect(calls).toBe(0)
})

test('a probe that succeeds closes', async () => {
  const breaker = opened()
  await guard(
    breaker,
    () => 1,
    () => 100,
  )
  expect(breaker.kind).toBe('closed')
})

test('an aborted call says nothing and frees its place', async () => {
  const breaker = opened()
  const aborted = (): Promise<never> => Promise.reject(new DOMException('left', 'AbortError'))
  await expect(guard(breaker, aborted, () => 100)).rejects.toThrow('left')
  expect([breaker.kind, breaker.probesOut]).toEqual(['half-open', 0])
})

test('the caller may say what an error means', async () => {
  const breaker = new Breaker({ failures: 1 })
  const notFound = (): Promise<never> => Promise.reject(new Error('404'))
  await expect(guard(breaker, notFound, undefined, () => 'success')).rejects.toThrow('404')
  expect(breaker.kind).toBe('closed')
})

test('a reader of errors that throws itself does not keep the place', async () => {
  const breaker = opened()
  const reader = (): never => {
    throw new TypeError('reader')
  }
  await expect(
    guard(
      breaker,
      () => Promise.reject(new Error('call')),
      () => 100,
      reader,
    ),
  ).rejects.toThrow('reader')
  expect([breaker.kind, breaker.probesOut]).toEqual(['half-open', 0])
})

test('an error of another copy of the package is recognised, anything else is not', () => {
  const foreign = Object.assign(new Error('other copy'), { [Symbol.for('headgate.breaker.open')]: true })
  expect(BreakerOpenError.isInstance(foreign)).toBe(true)
  expect(
    [new Error('plain'), undefined, null, 'text', { code: 'HEADGATE_BREAKER_OPEN' }].map(BreakerOpenError.isInstance),
  ).toEqual([false, false, false, false, false])
})
