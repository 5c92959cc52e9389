import { expect, test } from 'vitest'
import { median, medianBounds, slope, spreadOf } from './statistics.ts'

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

test('the median of an even number of values lies between the two in the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([3, 1, 2])).toBe(2)
})

test('quantiles are values that came up', () => {
  expect(spreadOf(ranks(100))).toEqual({ p50: 51, p99: 100 })
  expect(spreadOf([7])).toEqual({ p50: 7, p99: 7 })
  expect(spreadOf([])).toEqual({ p50: Number.NaN, p99: Number.NaN })
})

test('the slope of a line is its own, and noise around a level has hardly one', () => {
  expect(slope([5, 8, 11, 14])).toBeCloseTo(3)
  expect(slope([5, 6, 5, 6, 5])).toBeCloseTo(0)
})
