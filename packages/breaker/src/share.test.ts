/** Shares of a backend's endpoints. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mayOpen, panics } from './share.ts'

test.for<[number, number, number, boolean]>([
  [1, 0, 0, true],
  [1, 0, 50, true],
  [2, 0, 50, true],
  [2, 1, 50, false],
  [2, 0, 10, true],
  [3, 0, 50, true],
  [3, 1, 50, false],
  [4, 1, 50, true],
  [4, 2, 50, false],
  [10, 0, 0, true],
  [10, 1, 0, false],
  [10, 9, 100, true],
  [10, 10, 100, false],
])('of %d endpoints, %d open, at %d%% one more may open: %s', ([endpoints, openNow, percent, expected]) => {
  expect(mayOpen(endpoints, openNow, percent)).toBe(expected)
})

test('some endpoint may always be the first to open, and never more than the share are open', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 50 }), fc.nat(100), (endpoints, percent) => {
      let open = 0
      while (open <= endpoints && mayOpen(endpoints, open, percent)) open++
      expect(open).toBe(Math.max(1, Math.floor((endpoints * percent) / 100)))
    }),
  )
})

test.for<[number, number, number | undefined, boolean]>([
  [0, 4, undefined, true],
  [1, 4, undefined, true],
  [2, 4, undefined, false],
  [1, 3, undefined, true],
  [2, 3, undefined, false],
  [0, 1, undefined, true],
  [0, 0, undefined, false],
  [0, 4, 0, false],
  [3, 4, 100, true],
  [4, 4, 100, false],
])('%d healthy of %d at a threshold of %s%% is a panic: %s', ([healthy, total, threshold, expected]) => {
  expect(panics(healthy, total, threshold)).toBe(expected)
})
