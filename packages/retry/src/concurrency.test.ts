import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RetryConcurrency } from './concurrency.ts'

test.for([
  ['the minimum holds whatever is in flight', { percent: 20, minimum: 3 }, 0, 3],
  ['a share of what is in flight above it', { percent: 20, minimum: 3 }, 100, 20],
  ['a broken share is rounded down', { percent: 20, minimum: 0 }, 24, 4],
  ['none at all', { percent: 0, minimum: 0 }, 1000, 0],
  ['the defaults are those of Envoy', {}, 50, 10],
] as const)('%s', ([, options, inFlight, expected]) => {
  const bound = new RetryConcurrency(options)
  let taken = 0
  while (taken < 1000 && bound.tryTake(inFlight)) taken++
  expect(taken).toBe(expected)
  expect(bound.refusals).toBe(1)
})

test('a place that is given back can be taken again', () => {
  const bound = new RetryConcurrency({ minimum: 1 })
  expect(bound.tryTake(0)).toBe(true)
  expect(bound.tryTake(0)).toBe(false)
  bound.give()
  expect(bound.tryTake(0)).toBe(true)
  expect(bound.held).toBe(1)
})

test('giving back what nobody holds is an error', () => {
  expect(() => new RetryConcurrency().give()).toThrow(RangeError)
})

test.for([
  [{ percent: -1 }, 'percent'],
  [{ minimum: Number.NaN }, 'minimum'],
] as const)('%j is refused', ([options, name]) => {
  expect(() => new RetryConcurrency(options)).toThrow(name)
})

test('whatever is taken and given, never more is held than the bound allows at the taking', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(200)), { maxLength: 200 }), (steps) => {
      const bound = new RetryConcurrency({ percent: 10, minimum: 2 })
      const kept = steps.every(([takes, inFlight]) => {
        if (takes) return !bound.tryTake(inFlight) || bound.held <= Math.max(2, inFlight / 10)
        if (bound.held > 0) bound.give()
        return bound.held >= 0
      })
      expect(kept).toBe(true)
    }),
  )
})
