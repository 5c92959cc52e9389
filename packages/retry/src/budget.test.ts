/** The budget: its share, its minimum, its window, and a list of all calls as the oracle. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RetryBudget } from './budget.ts'

/** How many of `wanted` repeats are allowed. */
function take(budget: RetryBudget, wanted: number, now: number): number {
  let taken = 0
  for (let repeat = 0; repeat < wanted; repeat++) if (budget.tryRepeat(now)) taken++
  return taken
}

function send(budget: RetryBudget, requests: number, now: number): void {
  for (let request = 0; request < requests; request++) budget.request(now)
}

test('the defaults are 20 percent over 10 s and at least 100', () => {
  const { percent, windowMs, minimum } = new RetryBudget()
  expect([percent, windowMs, minimum]).toEqual([20, 10_000, 100])
})

describe('share and minimum', () => {
  test.for<[number, number, number, number]>([
    [0, 20, 100, 100],
    [400, 20, 100, 100],
    [600, 20, 100, 120],
    [9, 20, 0, 1],
    [4, 20, 0, 0],
    [10, 0, 0, 0],
    [10, 0, 3, 3],
    [10, 100, 0, 10],
    [10, 150, 0, 15],
  ])('%d requests at %d percent and a minimum of %d allow %d repeats', ([requests, percent, minimum, allowed]) => {
    const budget = new RetryBudget({ percent, minimum })
    send(budget, requests, 0)
    expect(budget.remaining(0)).toBe(allowed)
    expect(take(budget, 1_000, 0)).toBe(allowed)
    expect(budget.remaining(0)).toBe(0)
    expect([budget.requests(0), budget.repeats(0), budget.refusals]).toEqual([requests, allowed, 1_000 - allowed])
  })

  test('repeats do not enlarge their own budget', () => {
    const budget = new RetryBudget({ minimum: 0 })
    send(budget, 10, 0)
    expect(take(budget, 2, 0)).toBe(2)
    expect(budget.requests(0)).toBe(10)
  })
})

test('a repeat that is only counted leaves less for the others and is never refused', () => {
  const budget = new RetryBudget({ minimum: 2 })
  budget.countRepeat(0)
  expect(budget.remaining(0)).toBe(1)
  budget.countRepeat(0)
  budget.countRepeat(0)
  expect(take(budget, 1, 0)).toBe(0)
  expect([budget.repeats(0), budget.requests(0)]).toEqual([3, 0])
})

describe('window', () => {
  test('repeats come back when their time has left the window, not before', () => {
    const budget = new RetryBudget({ minimum: 2 })
    expect(take(budget, 3, 0)).toBe(2)
    expect(take(budget, 1, 9_999)).toBe(0)
    expect(take(budget, 3, 10_000)).toBe(2)
  })

  test('requests that left the window no longer allow repeats', () => {
    const budget = new RetryBudget({ percent: 50, minimum: 0 })
    send(budget, 10, 0)
    expect(budget.remaining(9_999)).toBe(5)
    expect(budget.remaining(10_000)).toBe(0)
  })

  test('a clock that steps back counts as standing still', () => {
    const budget = new RetryBudget({ minimum: 1 })
    expect(take(budget, 1, 50_000)).toBe(1)
    expect(take(budget, 1, 10)).toBe(0)
    expect(take(budget, 1, 60_000)).toBe(1)
  })

  test.for([0, -77_777, 1.8e12])('holds what a list of all calls holds, from a clock that starts at %d', (start) => {
    const step = fc.record({
      waitMs: fc.oneof(fc.nat(30), fc.nat(2_500)),
      action: fc.constantFrom('request' as const, 'repeat' as const, 'repeat' as const),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), fc.nat(4), (steps, minimum) => {
        const budget = new RetryBudget({ percent: 50, windowMs: 1_000, minimum })
        const seen: { readonly bucket: number; readonly action: string }[] = []
        let now = start
        for (const { waitMs, action } of steps) {
          now += waitMs
          const bucket = Math.floor(now / 100)
          const count = (what: string): number =>
            seen.filter((call) => call.action === what && call.bucket > bucket - 10).length
          const allowed = action === 'repeat' && count('repeat') + 1 <= Math.max(minimum, count('request') / 2)
          expect(action === 'repeat' && budget.tryRepeat(now)).toBe(allowed)
          if (action === 'request') budget.request(now)
          if (action === 'request' || allowed) seen.push({ bucket, action })
          expect([budget.requests(now), budget.repeats(now)]).toEqual([count('request'), count('repeat')])
        }
      }),
    )
  })
})

describe('refund', () => {
  test('a repeat that was not made may be made later', () => {
    const budget = new RetryBudget({ minimum: 1 })
    expect(budget.tryRepeat(0)).toBe(true)
    budget.refund(4_000)
    expect(budget.repeats(4_000)).toBe(0)
    expect([budget.tryRepeat(4_000), budget.tryRepeat(4_000)]).toEqual([true, false])
  })

  test('what has left the window cannot be given back', () => {
    const budget = new RetryBudget({ minimum: 1 })
    budget.tryRepeat(0)
    budget.refund(10_000)
    expect(budget.repeats(10_000)).toBe(0)
    expect(take(budget, 2, 10_000)).toBe(1)
  })

  test('counts never fall below 0 and never exceed the bound, whatever is given back', () => {
    const step = fc.record({ waitMs: fc.nat(400), gives: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const budget = new RetryBudget({ percent: 0, windowMs: 1_000, minimum: 3 })
        let now = 0
        for (const { waitMs, gives } of steps) {
          now += waitMs
          if (gives) budget.refund(now)
          else budget.tryRepeat(now)
          expect(budget.repeats(now)).toBeGreaterThanOrEqual(0)
          expect(budget.repeats(now)).toBeLessThanOrEqual(3)
          expect(budget.repeats(now) + budget.remaining(now)).toBe(3)
        }
        expect(budget.repeats(now + 1_000)).toBe(0)
      }),
    )
  })
})

test.for(['percent', 'windowMs', 'minimum'] as const)('%s that is negative or no number is refused by name', (name) => {
  for (const value of [-1, Number.NaN, Infinity]) {
    expect(() => new RetryBudget({ [name]: value })).toThrow(RangeError)
    expect(() => new RetryBudget({ [name]: value })).toThrow(`retry budget: ${name} is ${value}, expected`)
  }
})

test('a window of 0 is refused', () => {
  expect(() => new RetryBudget({ windowMs: 0 })).toThrow('windowMs is 0')
})
