/** Shares, minimal movement, and fixed answers that every version has to give. */

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { hash32, mix32 } from './hash.ts'
import { negativeLogarithm } from './negative-logarithm.ts'
import { StickyAssignment, type StickyEntry } from './sticky.ts'

const keys = Array.from({ length: 3000 }, (_, at) => `tenant-${at}`)

const entries = (weights: readonly number[]): StickyEntry[] =>
  weights.map((weight, at) => ({ id: `backend-${at}`, weight }))

// Computed by a second implementation, in another language and with its own logarithm.
test.for<[string, string]>([
  ['', 'stable'],
  ['a', 'third'],
  ['tenant-0', 'stable'],
  ['tenant-1', 'stable'],
  ['tenant-2', 'third'],
  ['tenant-3', 'stable'],
  ['tenant-4', 'third'],
  ['tenant-7', 'canary'],
  ['__proto__', 'stable'],
  ['München 🚀', 'canary'],
])('the key %j has the entry %s on every replica and in every version', ([key, expected]) => {
  const list = [
    { id: 'stable', weight: 70 },
    { id: 'canary', weight: 20 },
    { id: 'third', weight: 10 },
  ]
  expect(list[new StickyAssignment(list).pick(key)]?.id).toBe(expected)
})

test.for<[readonly number[]]>([
  [[90, 10]],
  [[1, 1]],
  [[50, 30, 15, 5]],
  [[1_000_000, 1]],
  [[1_000_000, 10_000]],
  [Array.from({ length: 20 }, (_, at) => at + 1)],
  [Array.from({ length: 100 }, () => 7)],
])('over many keys each entry gets its share (row %#)', ([weights]) => {
  const assignment = new StickyAssignment(entries(weights))
  const counts = weights.map(() => 0)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const many = 30_000
  for (let at = 0; at < many; at++) {
    const index = assignment.pick(`session ${at}`)
    counts[index] = (counts[index] as number) + 1
  }
  for (const [at, weight] of weights.entries()) {
    const share = weight / total
    const noise = Math.sqrt(many * share * (1 - share))
    expect(Math.abs((counts[at] as number) - many * share)).toBeLessThan(4 * noise + 1)
  }
})

const weightsArbitrary = fc.array(fc.oneof(fc.nat(10), fc.nat(1_000_000)), { minLength: 1, maxLength: 12 })

/** What every version has to give, written out: the smallest logarithm over weight wins, of equal ones the smaller id. */
function plainPick(list: readonly StickyEntry[], keyHash: number): number {
  const scores = list.map(({ id, weight }) => {
    const draw = mix32(mix32(keyHash ^ (hash32(id, 0) | 0)) + (hash32(id, ~0) | 0))
    return weight === 0 ? Infinity : negativeLogarithm(draw) / weight
  })
  const smallest = Math.min(...scores)
  const [first] = list
    .filter((_, at) => scores[at] === smallest && smallest < Infinity)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return first === undefined ? -1 : list.indexOf(first)
}

test('the entry that the plain arithmetic finds is found, whatever the weights', () => {
  const weights = fc.oneof(
    fc.array(fc.oneof(fc.nat(3), fc.nat(1_000_000)), { maxLength: 40 }),
    fc.integer({ min: 1, max: 60 }).map((count) => Array.from({ length: count }, () => 5)),
  )
  fc.assert(
    fc.property(weights, fc.array(fc.integer(), { minLength: 20, maxLength: 20 }), (given, hashes) => {
      const list = entries(given)
      const assignment = new StickyAssignment(list)
      for (const hash of hashes) expect(assignment.pickHash(hash)).toBe(plainPick(list, hash))
    }),
    { numRuns: 500 },
  )
})

test('a changed weight moves keys only towards what grew, or only away from what shrank', () => {
  fc.assert(
    fc.property(weightsArbitrary, fc.nat(11), fc.nat(1_000_000), (weights, which, changedTo) => {
      const changed = which % weights.length
      const old = weights[changed] as number
      const before = new StickyAssignment(entries(weights))
      const after = new StickyAssignment(entries(weights.with(changed, changedTo)))
      const strays = keys.slice(0, 300).filter((key) => {
        const [from, to] = [before.pick(key), after.pick(key)]
        return from !== to && (changedTo > old ? to : from) !== changed
      })
      expect(strays).toEqual([])
    }),
    { numRuns: 100 },
  )
})

test('an entry that is added takes keys and gives none; the others keep theirs when it goes again', () => {
  const few = new StickyAssignment(entries([3, 2, 1]))
  const more = new StickyAssignment(entries([3, 2, 1, 6]))
  const moved = keys.filter((key) => more.pick(key) !== few.pick(key))
  expect(moved.every((key) => more.pick(key) === 3)).toBe(true)
  expect(Math.abs(moved.length / keys.length - 0.5)).toBeLessThan(0.04)
})

test('of a canary that goes from 10 to 25 percent only the difference moves', () => {
  const before = new StickyAssignment(entries([90, 10]))
  const after = new StickyAssignment(entries([75, 25]))
  const moved = keys.filter((key) => before.pick(key) !== after.pick(key))
  expect(moved.every((key) => after.pick(key) === 1)).toBe(true)
  expect(Math.abs(moved.length / keys.length - 0.15)).toBeLessThan(0.03)
})

test('the order in which entries are listed does not matter', () => {
  fc.assert(
    fc.property(weightsArbitrary, (weights) => {
      const list = entries(weights)
      const reversed = list.toReversed()
      const [one, other] = [new StickyAssignment(list), new StickyAssignment(reversed)]
      for (const key of keys.slice(0, 50)) expect(list[one.pick(key)]?.id).toBe(reversed[other.pick(key)]?.id)
    }),
  )
})

test('two entries that draw the same number for a key are told apart by their ids, not by their places', () => {
  // Found by search: for this key both draw 4090266478.
  const tied = ['backend-37147', 'backend-79653'].map((id) => ({ id, weight: 1 }))
  expect(new StickyAssignment(tied).pick('tenant')).toBe(0)
  expect(new StickyAssignment(tied.toReversed()).pick('tenant')).toBe(1)
})

test('a common factor of the weights moves nobody', () => {
  const small = new StickyAssignment(entries([9, 4, 1]))
  const large = new StickyAssignment(entries([90_000, 40_000, 10_000]))
  for (const key of keys) expect(large.pick(key)).toBe(small.pick(key))
})

test('an id that is listed twice is two entries, each with its own share', () => {
  const twice = new StickyAssignment([
    { id: 'same', weight: 1 },
    { id: 'same', weight: 1 },
  ])
  const first = keys.filter((key) => twice.pick(key) === 0).length
  expect(Math.abs(first / keys.length - 0.5)).toBeLessThan(0.04)
})

test('ids that differ in one letter draw independently: who is second choice is split evenly, too', () => {
  const all = new StickyAssignment(entries([1, 1, 1, 1]))
  const without = new StickyAssignment(entries([0, 1, 1, 1]))
  const counts = [0, 0, 0, 0]
  let lost = 0
  for (const key of keys) {
    if (all.pick(key) !== 0) continue
    lost++
    const next = without.pick(key)
    counts[next] = (counts[next] as number) + 1
  }
  expect(counts[0]).toBe(0)
  for (const count of counts.slice(1)) expect(Math.abs(count / lost - 1 / 3)).toBeLessThan(0.06)
})

test('weight 0 gets nobody, and without any weight the answer is -1', () => {
  const assignment = new StickyAssignment(entries([0, 5, 0, 5]))
  expect(new Set(keys.map((key) => assignment.pick(key)))).toEqual(new Set([1, 3]))
  expect(new StickyAssignment(entries([0, 7])).pick('anyone')).toBe(1)
  expect(new StickyAssignment(entries([0, 0])).pick('anyone')).toBe(-1)
  expect(new StickyAssignment([]).pick('anyone')).toBe(-1)
})

test('refuses a weight out of range and names it', () => {
  expect(() => new StickyAssignment(entries([1, -2]))).toThrow('weight -2 at index 1')
  expect(() => new StickyAssignment(entries([0.1]))).toThrow(RangeError)
})
