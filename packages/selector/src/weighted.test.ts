/** Sequences, and the promise that no prefix is a whole request away from its share. */

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { WeightedOrder } from './weighted.ts'

const letters = (order: WeightedOrder, count: number): string =>
  Array.from({ length: count }, () => 'abcdefghij'[order.next()] ?? '-').join('')

test.for<[readonly number[], string]>([
  [[5, 1, 1], 'aabaaca'],
  [[9, 1], 'aaaaabaaaa'],
  [[90, 10], 'aaaaabaaaa'],
  [[1, 1, 1], 'abcabc'],
  [[3, 2, 1], 'abacab'],
  [[0, 7, 0], 'bbb'],
  [[0, 1, 0, 1], 'bdbd'],
  [[0, 0], '---'],
  [[], '--'],
  [[1_000_000], 'aaa'],
])('weights %j go in the order %s', ([weights, expected]) => {
  expect(letters(new WeightedOrder(weights), expected.length)).toBe(expected)
})

test.for<[readonly number[], readonly number[]]>([
  [
    [1_000_000, 999_999],
    [1_000_000, 999_999],
  ],
  [
    [999_983, 999_979, 1, 1],
    [999_983, 999_979, 1, 1],
  ],
])(
  'weights too fine for a written-out cycle (%j) never run twice in a row where they are nearly equal',
  ([weights]) => {
    const order = new WeightedOrder(weights)
    let last = -1
    let repeats = 0
    for (let step = 0; step < 10_000; step++) {
      const index = order.next()
      if (index === last) repeats++
      last = index
    }
    expect(repeats).toBeLessThan(3)
  },
)

const fewWeights = fc.array(fc.oneof(fc.nat(5), fc.nat(100)), { maxLength: 12 })
const anyWeights = fc.array(fc.oneof(fc.nat(3), fc.nat(100), fc.nat(1_000_000), fc.constant(1_000_000)), {
  maxLength: 40,
})
const manyWeights = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 100, maxLength: 400 })

/**
 * The largest distance of any prefix from its exact share, times the total (so that it is an integer), and the bound
 * that it has to keep: (2n - 3) / (2n - 2) of a request, with n the number of weights above 0.
 */
function distance(weights: readonly number[], steps: number): { worst: number; bound: number } {
  const order = new WeightedOrder(weights)
  const counts = weights.map(() => 0)
  const active = weights.filter((weight) => weight > 0).length
  const bound = active < 2 ? 0 : ((2 * active - 3) / (2 * active - 2)) * order.total
  let worst = 0
  for (let step = 1; step <= steps; step++) {
    const index = order.next()
    if (active > 0) counts[index] = (counts[index] as number) + 1
    for (let at = 0; at < weights.length && active > 0; at++) {
      const off = Math.abs((counts[at] as number) * order.total - step * (weights[at] as number))
      if (off > worst) worst = off
    }
  }
  // A weight of 0 that was ever picked is a whole request off.
  return { worst, bound: bound * (1 + 1e-12) }
}

test.for([
  ['few small weights', fewWeights, 600, 200],
  ['any weights', anyWeights, 1500, 100],
  ['many weights', manyWeights, 1000, 5],
] as const)('no prefix is a whole request away from the exact share: %s', ([, weights, steps, numRuns]) => {
  fc.assert(
    fc.property(weights, (list) => {
      const { worst, bound } = distance(list, steps)
      expect(worst).toBeLessThanOrEqual(bound)
    }),
    { numRuns },
  )
})

test('a long cycle stays exact past its end', () => {
  const weights = [32_749, 17, 1, 0, 3]
  const order = new WeightedOrder(weights)
  const counts = [0, 0, 0, 0, 0]
  for (let cycle = 1; cycle <= 3; cycle++) {
    for (let step = 0; step < order.total; step++) {
      const index = order.next()
      counts[index] = (counts[index] as number) + 1
    }
    expect(counts).toEqual(weights.map((weight) => weight * cycle))
  }
})

test('the order repeats after each cycle, and a common factor of the weights changes nothing', () => {
  fc.assert(
    fc.property(fewWeights, fc.integer({ min: 1, max: 1000 }), (weights, factor) => {
      const order = new WeightedOrder(weights)
      const once = Array.from({ length: order.total }, () => order.next())
      expect(Array.from({ length: order.total }, () => order.next())).toEqual(once)
      const scaled = new WeightedOrder(weights.map((weight) => weight * factor))
      expect(Array.from({ length: order.total }, () => scaled.next())).toEqual(once)
    }),
  )
})

test.for([32_767, 32_768, 32_769])(
  'the promise holds on both sides of the longest written-out cycle: %d to 1',
  (weight) => {
    const { worst, bound } = distance([weight, 1], 70_000)
    expect(worst).toBeLessThanOrEqual(bound)
  },
)

test.for([0, 1, 6, 7, 100, Number.MAX_SAFE_INTEGER])('start %d begins that far into the order', (start) => {
  const whole = letters(new WeightedOrder([5, 1, 1]), 14)
  expect(letters(new WeightedOrder([5, 1, 1], { start }), 7)).toBe(whole.slice(start % 7, (start % 7) + 7))
})

test('start moves a long cycle on by its rest modulo 32,768', () => {
  const weights = [999_983, 999_979, 12]
  const plain = new WeightedOrder(weights)
  for (let step = 0; step < 1234; step++) plain.next()
  const started = new WeightedOrder(weights, { start: 32_768 * 5 + 1234 })
  for (let step = 0; step < 1000; step++) expect(started.next()).toBe(plain.next())
})

test('65,536 equal backends each get one request of a cycle', () => {
  const order = new WeightedOrder(Array.from({ length: 65_536 }, () => 3))
  const seen = new Set<number>()
  for (let step = 0; step < 65_536; step++) seen.add(order.next())
  expect(seen.size).toBe(65_536)
})

test.for<[readonly number[], string]>([
  [[1, -1], 'weight -1 at index 1'],
  [[0.5], 'weight 0.5 at index 0'],
  [[1, 2, Number.NaN], 'weight NaN at index 2'],
  [[Number.POSITIVE_INFINITY], 'weight Infinity at index 0'],
  [[1_000_001], 'weight 1000001 at index 0'],
  [Array.from({ length: 65_537 }, () => 1), '65537 entries'],
])('refuses %j and names what is wrong', ([weights, message]) => {
  expect(() => new WeightedOrder(weights)).toThrow(RangeError)
  expect(() => new WeightedOrder(weights)).toThrow(message)
})

test.for([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses start %d', (start) => {
  expect(() => new WeightedOrder([1], { start })).toThrow(`start ${start}`)
})

test('tells the total and each share, also where there is nothing to share', () => {
  const order = new WeightedOrder([75, 25, 0])
  expect(order.total).toBe(100)
  expect([0, 1, 2, 3, -1].map((index) => order.shareOf(index))).toEqual([0.75, 0.25, 0, 0, 0])
  expect(new WeightedOrder([0, 0]).shareOf(0)).toBe(0)
})

test('later changes of the list that was given change nothing', () => {
  const weights = [1, 1]
  const order = new WeightedOrder(weights)
  weights[0] = 0
  expect(letters(order, 4)).toBe('abab')
  expect(order.shareOf(0)).toBe(0.5)
})
