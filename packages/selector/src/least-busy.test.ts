/** Which two are drawn, and which of them is taken. */

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { leastBusyOfTwo } from './least-busy.ts'

const draws = (...values: number[]): (() => number) => {
  let at = 0
  return () => values[at++ % values.length] as number
}

test.for<[string, number[], number[], number]>([
  ['nobody there', [], [0], -1],
  ['one alone', [9], [0.9], 0],
  ['the less busy is second', [5, 1, 0], [0, 0], 1],
  ['the less busy is first', [1, 5, 0], [0, 0], 0],
  ['the idle one was not drawn', [5, 6, 0], [0, 0], 0],
  ['the last two', [0, 3, 2], [0.99, 0.99], 2],
  ['a tie goes to the first drawn', [4, 4], [0.5, 0], 1],
])('%s', ([, inFlight, random, expected]) => {
  expect(leastBusyOfTwo(inFlight.length, (index) => inFlight[index] as number, draws(...random))).toBe(expected)
})

test('two different ones are asked for, each pair as often as any other', () => {
  const pairs = new Map<string, number>()
  const steps = 60
  for (let one = 0; one < steps; one++) {
    for (let two = 0; two < steps; two++) {
      const asked: number[] = []
      leastBusyOfTwo(4, (index) => asked.push(index), draws(one / steps, two / steps))
      const pair = asked.toSorted((a, b) => a - b).join()
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1)
    }
  }
  expect([...pairs.keys()].toSorted()).toEqual(['0,1', '0,2', '0,3', '1,2', '1,3', '2,3'])
  expect(new Set(pairs.values())).toEqual(new Set([(steps * steps) / 6]))
})

test('the busiest of all is never taken', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(1000), { minLength: 2, maxLength: 30 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (inFlight, one, two) => {
        const index = leastBusyOfTwo(inFlight.length, (at) => inFlight[at] as number, draws(one, two))
        expect(inFlight[index]).toBeLessThan(Math.max(...inFlight))
      },
    ),
  )
})
