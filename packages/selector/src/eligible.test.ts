/** What is left, in an array that is used again. */

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { eligible } from './eligible.ts'

test.for<[string, boolean[], number[]]>([
  ['everybody', [true, true, true], [0, 1, 2]],
  ['some', [false, true, false, true], [1, 3]],
  ['nobody', [false, false], []],
  ['nobody there', [], []],
])('%s', ([, allowed, expected]) => {
  const into = [7, 7, 7, 7, 7, 7]
  expect(eligible(allowed.length, (index) => allowed[index] as boolean, into)).toBe(expected.length)
  expect(into).toEqual(expected)
})

test('the same as a filter over the indexes, whatever was in the array', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean()), fc.array(fc.nat()), (allowed, into) => {
      eligible(allowed.length, (index) => allowed[index] as boolean, into)
      expect(into).toEqual([...allowed.keys()].filter((index) => allowed[index]))
    }),
  )
})
