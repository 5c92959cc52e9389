/** What the ring and the Maglev table have in common, and where they differ: the same answers everywhere, shares, moves. */

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hash32, mix32 } from './hash.ts'
import { HashRing } from './hash-ring.ts'
import { Maglev } from './maglev.ts'

interface Table {
  pick(key: string, allowed: (index: number) => boolean): number
}

const everybody = (): boolean => true
const urls = (count: number): string[] => Array.from({ length: count }, (_, at) => `http://10.0.0.${at}:8000`)
const keys = Array.from({ length: 20_000 }, (_, at) => `user-${at}`)

function shares(table: Table, count: number, allowed: (index: number) => boolean = everybody): number[] {
  const counts = Array.from({ length: count }, () => 0)
  for (const key of keys) counts[table.pick(key, allowed)]! += 1
  return counts.map((one) => one / keys.length)
}

describe.each<[string, (ids: readonly string[]) => Table, number]>([
  ['HashRing', (ids) => new HashRing(ids), 0.25],
  ['Maglev', (ids) => new Maglev(ids), 0.12],
])('%s', (_name, make, off) => {
  test.for([2, 5, 20])('gives each of %i about its share', (count) => {
    const table = make(urls(count))
    for (const share of shares(table, count)) expect(Math.abs(share * count - 1)).toBeLessThan(off)
  })

  test('answers by id, whatever the order of the list', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(urls(9), { minLength: 9 }), fc.string(), (shuffled, key) => {
        const one = make(urls(9))
        expect(shuffled[make(shuffled).pick(key, everybody)]).toBe(urls(9)[one.pick(key, everybody)])
      }),
      { numRuns: 20 },
    )
  })

  test('nobody there, or nobody allowed, is -1', () => {
    expect(make([]).pick('a', everybody)).toBe(-1)
    expect(make(urls(3)).pick('a', () => false)).toBe(-1)
  })

  test('the only one that is allowed gets every key', () => {
    const table = make(urls(50))
    for (const key of keys.slice(0, 200)) expect(table.pick(key, (index) => index === 49)).toBe(49)
  })

  test('one that is not allowed loses its keys to all the others, and they lose none', () => {
    const table = make(urls(5))
    const moves = keys.map((key): [number, number] => [
      table.pick(key, everybody),
      table.pick(key, (index) => index !== 2),
    ])
    expect(moves.filter(([before, after]) => before !== 2 && before !== after)).toEqual([])
    const heirs = new Set(moves.filter(([before]) => before === 2).map(([, after]) => after))
    expect(heirs).toEqual(new Set([0, 1, 3, 4]))
  })

  test('the same id twice is two entries', () => {
    expect(shares(make(['a', 'a']), 2).every((share) => share > 0.3)).toBe(true)
  })
})

test('the owner of a place on a ring is that of the first point at or after it', () => {
  const lists = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 300 }))
  fc.assert(
    fc.property(lists, fc.array(fc.nat(2 ** 32 - 1), { minLength: 20 }), ([count, points], drawn) => {
      const placed = urls(count)
        .flatMap((id, index) => {
          const own = hash32(id, 0)
          return Array.from({ length: points }, (_, point) => ({ index, at: mix32(mix32(own ^ point) + own) }))
        })
        .sort((a, b) => a.at - b.at)
      const ring = new HashRing(urls(count), { points })
      const own = placed.slice(0, 20).flatMap(({ at }) => [at, (at + 1) % 2 ** 32])
      for (const place of [0, 2 ** 32 - 1, ...own, ...drawn]) {
        const owner = placed.find(({ at }) => at >= place) ?? placed[0]
        expect(ring.pickHash(place, everybody)).toBe(owner?.index)
      }
    }),
    { numRuns: 100 },
  )
})

test('an entry that is added to a ring takes keys, and no other key moves', () => {
  const before = new HashRing(urls(6))
  const after = new HashRing(urls(7))
  const moved = keys.filter((key) => {
    const now = after.pick(key, everybody)
    return now !== 6 && now !== before.pick(key, everybody)
  })
  expect(moved).toEqual([])
})

test('an entry that is added to a Maglev table moves few other keys', () => {
  const before = new Maglev(urls(6))
  const after = new Maglev(urls(7))
  const moved = keys.filter((key) => {
    const now = after.pick(key, everybody)
    return now !== 6 && now !== before.pick(key, everybody)
  })
  expect(moved.length / keys.length).toBeLessThan(0.1)
})

// These numbers must never change: replicas of different versions serve the same keys.
test('places are the same in every version', () => {
  const ring = new HashRing(urls(10))
  const maglev = new Maglev(urls(10))
  const placed = ['', 'a', 'user-1', 'user-2', 'tenant-42'].map((key) => [
    ring.pick(key, everybody),
    maglev.pick(key, everybody),
  ])
  expect(placed).toMatchInlineSnapshot(`
    [
      [
        5,
        1,
      ],
      [
        4,
        8,
      ],
      [
        1,
        8,
      ],
      [
        7,
        5,
      ],
      [
        0,
        8,
      ],
    ]
  `)
})

test.for([0, 1.5, 4097, Number.NaN])('%d points are refused', (points) => {
  expect(() => new HashRing(['a'], { points })).toThrow(RangeError)
})

test('65,537 ids are too many', () => {
  const many = Array.from({ length: 65_537 }, () => 'a')
  expect(() => new HashRing(many)).toThrow(RangeError)
  expect(() => new Maglev(many)).toThrow(RangeError)
})
