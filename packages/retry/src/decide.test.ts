/** The verdict: each reason, their order, the floor, the deadline, and when the budget is charged. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RetryBudget } from './budget.ts'
import { decide } from './decide.ts'
import type { Decision, Question, StopReason } from './decide.ts'

function ask(changes: Partial<Question> = {}): Decision {
  return decide({
    repeatsDone: 0,
    repeats: 3,
    retryable: true,
    replayable: true,
    now: 1_000,
    deadline: Infinity,
    floorMs: 0,
    backoff: { baseMs: 100, maxMs: 1_000 },
    random: () => 0.5,
    ...changes,
  })
}

const spent = (): RetryBudget => new RetryBudget({ percent: 0, minimum: 0 })

test.for<[string, Partial<Question>, StopReason]>([
  ['an outcome that the policy does not repeat', { retryable: false }, 'not-retryable'],
  ['a body that was not kept', { replayable: false }, 'body-not-kept'],
  ['no repeats at all', { repeats: 0 }, 'repeats-spent'],
  ['as many repeats as configured', { repeatsDone: 3 }, 'repeats-spent'],
  ['more repeats than configured', { repeatsDone: 9 }, 'repeats-spent'],
  ['a deadline that has passed', { deadline: 999 }, 'deadline'],
  ['a deadline that is now', { deadline: 1_000, random: () => 0 }, 'deadline'],
  ['a wait that ends at the deadline', { deadline: 1_050 }, 'deadline'],
  ['a floor that ends after the deadline', { deadline: 3_000, floorMs: 2_001 }, 'deadline'],
  ['a floor above 10 s without a deadline', { floorMs: 10_001 }, 'deadline'],
  ['a floor without end', { deadline: 1e9, floorMs: Infinity }, 'deadline'],
  ['a deadline that is no number', { deadline: Number.NaN }, 'deadline'],
  ['a spent budget', { budget: spent() }, 'budget'],
])('%s stops', ([, changes, reason]) => {
  expect(ask(changes)).toEqual({ again: false, reason })
})

test('of several reasons the first in order is given', () => {
  const changes: [keyof Question, Partial<Question>][] = [
    ['retryable', { retryable: false }],
    ['repeats', { repeats: 0 }],
    ['replayable', { replayable: false }],
    ['deadline', { deadline: 0 }],
    ['budget', { budget: spent() }],
  ]
  const reasons = changes.map((_, from) => {
    const decision = ask(Object.assign({}, ...changes.slice(from).map(([, change]) => change)))
    return decision.again ? 'again' : decision.reason
  })
  expect(reasons).toEqual(['not-retryable', 'repeats-spent', 'body-not-kept', 'deadline', 'budget'])
})

describe('the wait', () => {
  test.for<[string, Partial<Question>, number]>([
    ['grows with the repeats done', { repeatsDone: 1 }, 150],
    ['just fits the deadline', { deadline: 1_050.001 }, 50],
    ['is moved up by the floor', { floorMs: 2_000 }, 2_050],
    ['may have a floor of 10 s without a deadline', { floorMs: 10_000 }, 10_050],
    ['may have a longer floor that fits the deadline', { floorMs: 20_000, deadline: 60_000 }, 20_050],
    ['ignores a floor that is negative', { floorMs: -5 }, 50],
    ['ignores a floor that is no number', { floorMs: Number.NaN }, 50],
    ['keeps its minimum under a lower floor', { backoff: { type: 'minimum', baseMs: 100 }, floorMs: 60 }, 112.5],
    [
      'starts at the floor, not at floor plus minimum',
      { backoff: { type: 'minimum', baseMs: 100 }, floorMs: 500 },
      512.5,
    ],
  ])('%s', ([, changes, afterMs]) => {
    expect(ask(changes)).toEqual({ again: true, afterMs })
  })
})

describe('the budget', () => {
  test('is charged one repeat by a yes', () => {
    const budget = new RetryBudget({ minimum: 2 })
    expect([ask({ budget }), ask({ budget }), ask({ budget })].map(({ again }) => again)).toEqual([true, true, false])
    expect(budget.repeats(1_000)).toBe(2)
  })

  test.for<[string, Partial<Question>]>([
    ['not retryable', { retryable: false }],
    ['not replayable', { replayable: false }],
    ['spent', { repeats: 0 }],
    ['too late', { deadline: 1_010 }],
  ])('is not charged by a no: %s', ([, changes]) => {
    const budget = new RetryBudget({ minimum: 2 })
    ask({ ...changes, budget })
    expect(budget.repeats(1_000)).toBe(0)
    expect(budget.refusals).toBe(0)
  })
})

test('a yes is never after the deadline, never before the floor, and only within the repeats', () => {
  const time = fc.oneof(fc.nat(30_000), fc.constant(Infinity))
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  const type = fc.constantFrom('full-jitter' as const, 'minimum' as const)
  fc.assert(
    fc.property(
      fc.nat(6),
      fc.nat(6),
      time,
      fc.nat(15_000),
      chance,
      type,
      (repeatsDone, repeats, left, floorMs, drawn, kind) => {
        const backoff = { type: kind, baseMs: 40 }
        const decision = ask({ repeatsDone, repeats, deadline: 1_000 + left, floorMs, random: () => drawn, backoff })
        const afterMs = decision.again ? decision.afterMs : Math.max(floorMs, 40)
        expect(decision.again && repeatsDone >= repeats).toBe(false)
        expect(decision.again && afterMs >= left).toBe(false)
        expect(decision.again && left === Infinity && floorMs > 10_000).toBe(false)
        expect(afterMs).toBeGreaterThanOrEqual(kind === 'minimum' ? Math.max(floorMs, 40) : floorMs)
        // With time to spare and repeats left there is no reason to stop.
        const free = repeatsDone < repeats && floorMs <= 10_000 && left > floorMs + 400
        expect(decision.again || !free).toBe(true)
      },
    ),
    { numRuns: 1_000 },
  )
})
