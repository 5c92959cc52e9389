import { expect, test } from 'vitest'
import { holdTime } from './hold-time.ts'

test.for([
  ['no clock at all', Infinity, Infinity, 1000],
  ['clocks that are far away', 60_000, 60_000, 1000],
  ['a try that ends before', 5_200, Infinity, 200],
  ['half of what the request has left', Infinity, 5_301, 151],
  ['the shorter of both', 5_200, 5_300, 150],
  ['a try that is over', 5_000, Infinity, 1],
  ['a request that is over', Infinity, 4_000, 1],
] as const)('%s', ([, tryEnds, deadline, expected]) => {
  expect(holdTime(5_000, tryEnds, deadline)).toBe(expected)
})
