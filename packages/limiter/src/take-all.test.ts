/** All or nothing, and who is named as the one that refuses. */

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeyedLimiter } from './keyed.ts'
import { giveAll, settleAll, takeAll, type Limit, type Refusal } from './take-all.ts'
import { TokenBucket } from './token-bucket.ts'

const bucket = (tokens: number): TokenBucket => new TokenBucket({ tokens, everyMs: 60_000 })
const keyed = (tokens: number): KeyedLimiter => new KeyedLimiter({ tokens, everyMs: 60_000 })
const left = (limit: Limit, key: string): number =>
  limit instanceof KeyedLimiter ? limit.remaining(key, 0) : limit.remaining(0)

test('takes from every limit when all of them admit', () => {
  const limits = [bucket(10), keyed(5)]
  const refusal: Refusal = { index: 7, waitMs: 7 }
  expect(takeAll(limits, [undefined, 'acme'], 0, 1, refusal)).toBe(true)
  expect(refusal).toEqual({ index: -1, waitMs: 0 })
  expect(limits.map((limit) => left(limit, 'acme'))).toEqual([9, 4])
})

test('takes from none when one refuses, and names the one that takes longest', () => {
  const limits = [bucket(10), keyed(2), keyed(1)]
  const keys = [undefined, 'acme', 'alice']
  const refusal: Refusal = { index: -1, waitMs: 0 }
  expect(takeAll(limits, keys, 0)).toBe(true)
  expect(takeAll(limits, keys, 0, 2, refusal)).toBe(false)
  expect(refusal).toEqual({ index: 2, waitMs: Infinity })
  expect(takeAll(limits, keys, 0, [1, 2, 1], refusal)).toBe(false)
  expect(refusal).toEqual({ index: 2, waitMs: 60_000 })
  expect(takeAll(limits, keys, 0, [1, 2, 0], refusal)).toBe(false)
  expect(refusal).toEqual({ index: 1, waitMs: 30_000 })
  expect(takeAll(limits, keys, 0, [10, 2, 1], refusal)).toBe(false)
  expect(refusal).toEqual({ index: 2, waitMs: 60_000 })
  expect(takeAll(limits, keys, 0, [11, 2, 1], refusal)).toBe(false)
  expect(refusal).toEqual({ index: 0, waitMs: Infinity })
  expect(limits.map((limit, at) => left(limit, keys[at] ?? ''))).toEqual([9, 1, 0])
})

test('a keyed limit without a key is left out; a bucket takes no notice of its key', () => {
  const limits = [keyed(1), bucket(3)]
  expect([1, 2, 3, 4].map(() => takeAll(limits, [undefined, 'ignored'], 0))).toEqual([true, true, true, false])
  expect(limits[0]).toHaveProperty('size', 0)
  expect(takeAll([], [], 0)).toBe(true)
})

test('a refusal leaves no key behind in the limits that would have admitted', () => {
  const [global, tenants] = [bucket(1), keyed(5)]
  takeAll([global], [undefined], 0)
  expect(takeAll([tenants, global], ['stranger', undefined], 0)).toBe(false)
  expect(tenants.size).toBe(0)
})

test('a bucket that is listed twice is charged twice or not at all', () => {
  const twice = bucket(3)
  const tenants = keyed(9)
  const refusal: Refusal = { index: -1, waitMs: 0 }
  const take = (): boolean => takeAll([twice, tenants, twice], [undefined, 'acme', undefined], 0, 1, refusal)
  expect(take()).toBe(true)
  expect(take()).toBe(false)
  expect(refusal).toEqual({ index: 2, waitMs: 20_000 })
  expect([left(twice, ''), left(tenants, 'acme')]).toEqual([1, 8])
})

test('giveAll undoes takeAll', () => {
  const limits = [bucket(10), keyed(5)]
  const keys = [undefined, 'acme']
  takeAll(limits, keys, 0, [4, 5])
  giveAll(limits, keys, 0, [4, 5])
  expect(limits.map((limit) => left(limit, 'acme'))).toEqual([10, 5])
})

test('settleAll gives back what was too much and charges what was too little', () => {
  const limits = [bucket(100), keyed(100), keyed(100)]
  const keys = [undefined, 'acme', undefined]
  takeAll(limits, keys, 0, 50)
  settleAll(limits, keys, 0, 50, [20, 90, 90])
  expect(limits.map((limit) => left(limit, 'acme'))).toEqual([80, 10, 100])
  settleAll(limits, keys, 0, 0, 0)
  expect(left(limits[0] as Limit, '')).toBe(80)
})

test('whatever the limits hold, all of them lose their cost or none loses anything', () => {
  const limit = fc.record({
    tokens: fc.integer({ min: 1, max: 10 }),
    before: fc.nat(10),
    cost: fc.nat(6),
    keyed: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(limit, { minLength: 1, maxLength: 5 }), (list) => {
      const limits = list.map(({ tokens, keyed: isKeyed }) => (isKeyed ? keyed(tokens) : bucket(tokens)))
      const keys = list.map(() => 'acme')
      for (const [at, { before }] of list.entries()) takeAll([limits[at] as Limit], ['acme'], 0, before)
      const held = limits.map((each) => left(each, 'acme'))
      const admitted = takeAll(
        limits,
        keys,
        0,
        list.map(({ cost }) => cost),
      )
      expect(admitted).toBe(list.every(({ cost }, at) => cost <= (held[at] as number)))
      expect(limits.map((each) => left(each, 'acme'))).toEqual(
        list.map(({ cost }, at) => (held[at] as number) - (admitted ? cost : 0)),
      )
    }),
  )
})
