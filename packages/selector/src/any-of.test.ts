/** Which one is drawn. */

import { expect, test } from 'vitest'
import { anyOf } from './any-of.ts'

test.for<[number, number, number]>([
  [0, 0.5, -1],
  [1, 0.99, 0],
  [4, 0, 0],
  [4, 0.25, 1],
  [4, 0.999, 3],
])('of %i at %d it is %i', ([count, random, expected]) => {
  expect(anyOf(count, () => random)).toBe(expected)
})
