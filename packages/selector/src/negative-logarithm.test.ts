/** The logarithm against Math.log, at the ends and in between. */

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { leastLogarithm, mostLogarithm, negativeLogarithm } from './negative-logarithm.ts'

const exact = (value: number): number => -Math.log((value + 0.5) / 2 ** 32)

test.for([0, 1, 2, 3, 255, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1])(
  'the logarithm of %i is right and positive',
  (value) => {
    expect(Math.abs(negativeLogarithm(value) - exact(value))).toBeLessThan(1e-11)
    expect(negativeLogarithm(value)).toBeGreaterThan(0)
  },
)

test('the logarithm agrees with Math.log to eleven places everywhere', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 32 - 1), (value) => {
      expect(Math.abs(negativeLogarithm(value) - exact(value))).toBeLessThan(1e-11)
    }),
    { numRuns: 2000 },
  )
})

test('it lies between its bounds, also at the ends of their steps', () => {
  const size = 2 ** 22
  for (let step = 0; step < 1024; step++) {
    for (const value of [step * size, step * size + 1, (step + 1) * size - 1]) {
      expect(negativeLogarithm(value)).toBeGreaterThan(leastLogarithm[step] as number)
      expect(negativeLogarithm(value)).toBeLessThan(mostLogarithm[step] as number)
    }
  }
})

test('of two neighbours the smaller has the larger logarithm', () => {
  const value = fc.oneof(
    fc.nat(2 ** 32 - 2),
    fc.nat({ max: 31 }).map((power) => Math.max(0, 2 ** power - 1)),
  )
  fc.assert(
    fc.property(value, (smaller) => {
      expect(negativeLogarithm(smaller)).toBeGreaterThan(negativeLogarithm(smaller + 1) + 1e-11)
    }),
    { numRuns: 2000 },
  )
})
