/** Holds the seeded random source to repeatability and range. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seededRandom } from './seeded-random.ts'

test('the same seed gives the same numbers, another seed gives others', () => {
  const draw = (seed: number): number[] => {
    const random = seededRandom(seed)
    return Array.from({ length: 10 }, random)
  }
  expect(draw(7)).toEqual(draw(7))
  expect(draw(7)).not.toEqual(draw(8))
})

test('every number is at least 0 and below 1', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = seededRandom(seed)
      for (let draw = 0; draw < 50; draw++) {
        const value = random()
        expect(value >= 0 && value < 1).toBe(true)
      }
    }),
  )
})

test('a thousand draws spread evenly over ten bins', () => {
  const random = seededRandom(1)
  const bins = Array.from({ length: 10 }, () => 0)
  for (let draw = 0; draw < 10_000; draw++) {
    const bin = Math.floor(random() * 10)
    bins[bin] = (bins[bin] ?? 0) + 1
  }
  expect(Math.min(...bins)).toBeGreaterThan(900)
  expect(Math.max(...bins)).toBeLessThan(1100)
})
