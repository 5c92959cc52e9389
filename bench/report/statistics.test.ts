import { expect, test } from 'vitest'
import { medianBounds } from './statistics.ts'

/** 1 to `count`, in another order, so that a bound is its own rank. */
const ranks = (count: number): number[] => Array.from({ length: count }, (_, index) => ((index * 7) % count) + 1)

// Ranks from tables of the sign test.
test.for([
  [1, 1, 1],
  [5, 1, 5],
  [6, 1, 6],
  [8, 1, 8],
  [9, 2, 8],
  [11, 2, 10],
  [12, 3, 10],
  [20, 6, 15],
  [25, 8, 18],
  [51, 19, 33],
])('%i values: the bounds are those of rank %i and %i', ([count = 0, low, high]) => {
  expect(medianBounds(ranks(count))).toEqual([low, high])
})
