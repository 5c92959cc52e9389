/** The comparison that must not round, at the edges of what a double can hold. */

import { expect, test } from 'vitest'
import { exactlyReached } from './exact.ts'

test.for<[string, number, number, number, number, number, boolean]>([
  ['equal integers', 3, 0, 1000, 3, 1000, true],
  ['one unit short', 3, 0, 999, 3, 1000, false],
  ['0.1 to 1000.1, which is a little more than 1000', 1, 0.1, 1000.1, 1, 1000, true],
  ['0.1 to the double before 1000.1', 1, 0.1, 1000.0999999999999, 1, 1000, false],
  ['the smallest double is more than nothing', 1, 0, Number.MIN_VALUE, 0, 1, true],
  ['and less than one', 1, 0, Number.MIN_VALUE, 1, 1, false],
  ['a beginning below the last bit of the end', 1, 1e-20, 1000, 1000, 1, false],
  ['products beyond 2^53', 999_999_937, 0, 86_399_999, 86_399_999, 999_999_937, true],
  ['products beyond 2^53, one less', 999_999_937, 0, 86_399_999, 86_400_000, 999_999_937, false],
  ['times before zero', 2, -500.5, -0.5, 1000, 1, true],
])('%s', ([, factor, since, now, count, unit, expected]) => {
  expect(exactlyReached(factor, since, now, count, unit)).toBe(expected)
})
