/** Counting alone: which cell a request, an attempt or a duration goes to, and what is kept over tables. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BackendMeter } from './backend-meter.ts'
import { Buckets, DurationHistogram, defaultBuckets } from './histogram.ts'
import { Meters } from './meters.ts'
import { RuleMeter } from './rule-meter.ts'
import { StatusCounts } from './status-counts.ts'
import { TokenMeter } from './token-meter.ts'

const buckets = new Buckets([0.01, 0.1, 1])

test('every status has its own count, and what is no status counts as none', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5, max: 1200 })), (statuses) => {
      const counts = new StatusCounts()
      const expected = new Map<number, number>()
      for (const status of statuses) {
        counts.add(status)
        const known = status >= 100 && status <= 599 ? status : 0
        expected.set(known, (expected.get(known) ?? 0) + 1)
      }
      const sorted = [...expected].toSorted(([one], [other]) => one - other)
      expect(counts.read()).toEqual(sorted.map(([status, count]) => ({ status, count })))
    }),
  )
})

test('a duration is counted in the first bucket that is not below it', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 5000, noNaN: true })), (durations) => {
      const histogram = new DurationHistogram(buckets)
      for (const ms of durations) histogram.observe(ms)
      const { counts, count, sum } = histogram.read()
      const upTo = (bound: number): number => durations.filter((ms) => ms <= bound).length
      expect([counts[0], counts[1], counts[2], counts[3]]).toEqual([
        upTo(10),
        upTo(100) - upTo(10),
        upTo(1000) - upTo(100),
        durations.length - upTo(1000),
      ])
      expect(count).toBe(durations.length)
      expect(sum).toBeCloseTo(durations.reduce((total, ms) => total + ms, 0) / 1000, 6)
    }),
  )
})

test('the default buckets have the boundary of the latency alert', () => {
  expect(defaultBuckets).toContain(30)
  expect(defaultBuckets.at(-1)).toBe(600)
})

test.for([[[]], [[0, 1]], [[2, 1]], [[1, 1]], [[1, Infinity]], [[Number.NaN]]])(
  'buckets %j are refused',
  ([bounds]) => {
    expect(() => new Meters(bounds ?? [])).toThrow(RangeError)
  },
)

test('methods that callers make up share one count', () => {
  const meter = new RuleMeter('r', 'u', buckets)
  for (const method of ['GET', 'POST', 'post', 'FOO', '']) meter.ended(method, 200, 'completed', 5)
  expect(meter.read().requests).toEqual([
    { method: 'GET', status: 200, count: 1 },
    { method: 'POST', status: 200, count: 1 },
    { method: 'other', status: 200, count: 3 },
  ])
})

describe('attempts', () => {
  test.for([
    ['ok', 200, 'ok'],
    ['503', 503, 'ok'],
    ['context-length', 400, 'ok'],
    ['reset', 0, 'reset'],
    ['reset', 200, 'reset'],
    ['error-event', 200, 'error-event'],
    ['new-kind', 0, 'other'],
  ] as const)('%s with status %d is counted as %s', ([outcome, status, expected]) => {
    const meter = new BackendMeter('b', buckets)
    meter.attemptEnded(status, outcome, 1)
    expect(meter.read().attempts).toEqual([{ status, outcome: expected, count: 1 }])
  })

  test('a first attempt is no retry, a first one elsewhere is a fallback', () => {
    const meter = new BackendMeter('b', buckets)
    meter.attemptBegan(false, false)
    meter.attemptBegan(true, false)
    meter.attemptBegan(false, true)
    expect(meter.read()).toMatchObject({ retries: 1, fallbacks: 1 })
  })

  test('tokens add up', () => {
    const meter = new BackendMeter('b', buckets)
    expect(meter.read()).not.toHaveProperty('tokens')
    meter.tokens = new TokenMeter(undefined)
    meter.tokens.told({ usage: { input: 10, output: 3, cached: 4 } }, undefined)
    meter.tokens.told({ usage: { input: 1, output: 2 } }, undefined)
    meter.tokens.told({ model: 'm' }, 5)
    expect(meter.read().tokens).toMatchObject({ input: 11, output: 5, cached: 4, timePerOutputToken: { count: 0 } })
    expect(meter.read().tokens).not.toHaveProperty('costs')
  })
})

describe('over tables', () => {
  function names(meters: Meters): string {
    return [...meters.rules].map(({ route }) => route).join('')
  }

  function table(meters: Meters, routes: string): void {
    meters.beginTable()
    for (const route of routes) meters.rule(route, 'u')
    meters.endTable()
  }

  test('a rule keeps its meter, one that is gone is told once more, and names do not pile up', () => {
    const meters = new Meters(defaultBuckets)
    table(meters, 'ab')
    const [first] = meters.rules
    table(meters, 'ac')
    expect([...meters.rules][0]).toBe(first)
    expect(names(meters)).toBe('abc')
    table(meters, 'ac')
    expect(names(meters)).toBe('ac')
    for (let at = 0; at < 1000; at++) table(meters, `a${String.fromCodePoint(0x4e00 + at)}`)
    expect([...meters.rules]).toHaveLength(3)
  })
})
