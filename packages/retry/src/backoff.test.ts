/** Waits: the numbers of Envoy and Gateway API in tables, and bounds for any input at all. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoffMs, fullJitter, leastMs, minimumBackoff } from './backoff.ts'

const lowest = (): number => 0
const highest = (): number => 1 - 1e-9

describe('full jitter', () => {
  test.for<[number, number]>([
    [1, 100],
    [2, 300],
    [3, 700],
    [4, 1_000],
    [5, 1_000],
    [1_000_000, 1_000],
  ])('repeat %d with base 100 and max 1000 waits 0 to %d ms', ([repeat, most]) => {
    expect(fullJitter(repeat, 100, 1_000, lowest)).toBe(0)
    expect(fullJitter(repeat, 100, 1_000, () => 0.5)).toBe(most / 2)
    expect(fullJitter(repeat, 100, 1_000, highest)).toBeCloseTo(most, 4)
    expect(fullJitter(repeat, 100, 1_000, highest)).toBeLessThan(most)
  })
})

describe('minimum', () => {
  test.for<[number, number]>([
    [1, 125],
    [2, 250],
    [3, 500],
    [4, 1_000],
    [5, 1_000],
  ])('repeat %d with base 100 and max 1000 waits 100 to %d ms', ([repeat, most]) => {
    expect(minimumBackoff(repeat, 100, 1_000, lowest)).toBe(100)
    expect(minimumBackoff(repeat, 100, 1_000, highest)).toBeCloseTo(most, 4)
    expect(minimumBackoff(repeat, 100, 1_000, highest)).toBeLessThan(most)
  })

  test('a cap below the base does not shorten the wait', () => {
    expect(minimumBackoff(3, 100, 10, highest)).toBe(100)
  })
})

describe('defaults', () => {
  test.for<[number, number]>([
    [1, 25],
    [3, 175],
    [9, 250],
  ])('repeat %d waits up to %d ms: full jitter from 25 ms, capped at ten times that', ([repeat, most]) => {
    expect(backoffMs(repeat, {}, () => 0.5)).toBe(most / 2)
  })

  test('the cap follows the base', () => {
    expect(backoffMs(9, { baseMs: 7 }, () => 0.5)).toBe(35)
    expect(backoffMs(9, { type: 'minimum', baseMs: 10 }, () => 0.5)).toBe(55)
  })
})

test('the least wait is the base with `minimum`, and nothing otherwise', () => {
  expect(leastMs({ baseMs: 100 })).toBe(0)
  expect(leastMs({ type: 'minimum', baseMs: 100 })).toBe(100)
  expect(leastMs({ type: 'minimum' })).toBe(25)
})

const anyNumber = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -1, Number.NaN, Infinity, -Infinity, 2 ** 53))

test('any repeat, options and chance give a finite wait that is not negative', () => {
  const options = fc.record(
    { type: fc.constantFrom('full-jitter' as const, 'minimum' as const), baseMs: anyNumber, maxMs: anyNumber },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(anyNumber, options, anyNumber, (repeat, given, chance) => {
      const waitMs = backoffMs(repeat, given, () => chance)
      expect(waitMs).toBeGreaterThanOrEqual(leastMs(given))
      expect(waitMs).toBeLessThan(2 ** 31)
    }),
    { numRuns: 2_000 },
  )
})

test('the bounds never shrink from one repeat to the next', () => {
  const type = fc.constantFrom('full-jitter' as const, 'minimum' as const)
  const positive = fc.double({ min: 1e-3, max: 1e6, noNaN: true })
  fc.assert(
    fc.property(type, fc.integer({ min: 1, max: 2_000 }), positive, positive, (kind, repeat, baseMs, maxMs) => {
      const options = { type: kind, baseMs, maxMs }
      const now = backoffMs(repeat, options, highest)
      expect(backoffMs(repeat + 1, options, highest)).toBeGreaterThanOrEqual(now)
      expect(now).toBeLessThanOrEqual(kind === 'minimum' ? Math.max(baseMs, maxMs) : maxMs)
    }),
  )
})
