/** How a latency comes in, fades, and weighs with what is in flight. */

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { PeakEwma } from './peak-ewma.ts'

const half = 10_000 * Math.LN2

test('a peak counts whole and at once', () => {
  const ewma = new PeakEwma()
  ewma.observe(10, 0)
  ewma.observe(500, 1)
  expect(ewma.averageMs(1)).toBe(500)
})

test('good news draws the average down by the time that passed', () => {
  const ewma = new PeakEwma()
  ewma.observe(100, 0)
  ewma.observe(20, half)
  expect(ewma.averageMs(half)).toBeCloseTo(60)
})

test('without measurements the average fades', () => {
  const ewma = new PeakEwma(1000)
  ewma.observe(100, 0)
  expect(ewma.averageMs(1000)).toBeCloseTo(100 / Math.E)
  expect(ewma.averageMs(1_000_000)).toBeCloseTo(0)
})

test('a clock that goes back changes nothing that was measured', () => {
  const ewma = new PeakEwma()
  ewma.observe(100, 50)
  ewma.observe(10, 20)
  expect(ewma.averageMs(20)).toBe(100)
})

test.for<[string, number[], number, number]>([
  ['nothing known and nothing out is free', [], 0, 0],
  ['nothing known and one out is dear', [], 1, 1_000_000],
  ['the average alone', [30], 0, 30],
  ['with those in flight', [30], 3, 120],
])('%s', ([, latencies, inFlight, load]) => {
  const ewma = new PeakEwma()
  for (const latency of latencies) ewma.observe(latency, 0)
  expect(ewma.load(inFlight, 0)).toBe(load)
})

test('the average stays between nothing and the highest latency', () => {
  const steps = fc.array(fc.record({ waitMs: fc.nat(20_000), latency: fc.nat(60_000) }), { minLength: 1 })
  fc.assert(
    fc.property(steps, (sequence) => {
      const ewma = new PeakEwma()
      let now = 0
      let most = 0
      for (const { waitMs, latency } of sequence) {
        now += waitMs
        most = Math.max(most, latency)
        ewma.observe(latency, now)
        expect(ewma.averageMs(now)).toBeLessThanOrEqual(most)
        expect(ewma.averageMs(now)).toBeGreaterThanOrEqual(0)
      }
    }),
  )
})

test.for([0, -1, Infinity, Number.NaN])('a decay of %d is refused', (decayMs) => {
  expect(() => new PeakEwma(decayMs)).toThrow(RangeError)
})
