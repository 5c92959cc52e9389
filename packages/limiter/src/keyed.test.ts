/** Keyed buckets: equal to single ones, apart from each other, and bounded whatever comes. */

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeyedLimiter, type KeyedOptions } from './keyed.ts'
import { TokenBucket } from './token-bucket.ts'

const perMinute: KeyedOptions = { tokens: 100, everyMs: 60_000 }

const options = fc.record({
  tokens: fc.integer({ min: 1, max: 20 }),
  everyMs: fc.constantFrom(1, 7, 100, 1000),
  burst: fc.integer({ min: 1, max: 30 }),
  fill: fc.constantFrom('continuous' as const, 'stepped' as const),
})
const steps = fc.array(
  fc.record({
    key: fc.constantFrom('a', 'b', '', '__proto__'),
    act: fc.constantFrom('take' as const, 'take' as const, 'give' as const, 'charge' as const),
    step: fc.oneof(fc.double({ min: 0, max: 300, noNaN: true }), fc.integer({ min: -50, max: 300 })),
    cost: fc.nat(12),
  }),
  { maxLength: 60 },
)

test('with one key it says what a TokenBucket says', () => {
  fc.assert(
    fc.property(options, steps, (given, list) => {
      const keyed = new KeyedLimiter({ ...given, maxKeys: 1 })
      const bucket = new TokenBucket(given)
      let now = 500.3
      for (const { act, step, cost } of list) {
        now += step
        expect(keyed.waitMs('key', now, cost)).toBe(bucket.waitMs(now, cost))
        expect(keyed.remaining('key', now)).toBe(bucket.remaining(now))
        expect(keyed.resetMs('key', now)).toBe(bucket.resetMs(now))
        expect(keyed[act]('key', now, cost)).toBe(bucket[act](now, cost))
      }
    }),
    { numRuns: 300 },
  )
})

test('each key has a bucket of its own', () => {
  fc.assert(
    fc.property(options, steps, (given, list) => {
      const keyed = new KeyedLimiter({ ...given, maxKeys: 4 })
      const buckets = new Map<string, TokenBucket>()
      let now = 500.3
      for (const { key, act, step, cost } of list) {
        now += Math.max(0, step)
        const bucket = buckets.get(key) ?? new TokenBucket(given)
        buckets.set(key, bucket)
        expect(keyed[act](key, now, cost)).toBe(bucket[act](now, cost))
        expect(keyed.remaining(key, now)).toBe(bucket.remaining(now))
      }
    }),
    { numRuns: 300 },
  )
})

test('dropping full buckets changes no verdict: a table with room for those in use says what an endless one says', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(400), fc.nat(100)), { maxLength: 300 }), (list) => {
      // One token is back after 10 ms, so that of keys asked for once a millisecond only 10 can be in use.
      const given = { tokens: 1, everyMs: 10, burst: 1 }
      const small = new KeyedLimiter({ ...given, maxKeys: 10 })
      const large = new KeyedLimiter({ ...given, maxKeys: 1000 })
      for (const [now, [key]] of list.entries()) {
        expect(small.take(`key ${key}`, now)).toBe(large.take(`key ${key}`, now))
      }
    }),
  )
})

test.for(['', '__proto__', 'constructor', 'toString', '\0', '💥', 'k'.repeat(100_000), '\uD800'])(
  'the key %# is a key like any other',
  (key) => {
    const limiter = new KeyedLimiter({ tokens: 2, everyMs: 1000 })
    expect([limiter.take(key, 0), limiter.take(key, 0), limiter.take(key, 0)]).toEqual([true, true, false])
    expect(limiter.take(`${key}.`, 0)).toBe(true)
    expect(limiter.size).toBe(2)
  },
)

test('a key that only asks, is refused or costs nothing is not remembered', () => {
  const limiter = new KeyedLimiter(perMinute)
  limiter.waitMs('a', 0)
  limiter.remaining('b', 0)
  limiter.resetMs('c', 0)
  limiter.take('d', 0, 101)
  limiter.take('e', 0, 0)
  limiter.give('f', 0, 5)
  limiter.charge('g', 0, 0)
  expect(limiter.size).toBe(0)
  expect(limiter.waitMs('h', 0, 101)).toBe(Infinity)
})

test('a bucket that is full again is forgotten: at once when tokens come back, else as new keys come', () => {
  const limiter = new KeyedLimiter(perMinute)
  limiter.take('a', 0, 5)
  limiter.give('a', 0, 5)
  expect(limiter.size).toBe(0)
  limiter.take('a', 0, 5)
  limiter.give('a', 3000, 1)
  expect(limiter.size).toBe(0)
  for (let key = 0; key < 100; key++) limiter.take(`key ${key}`, 5000 + key)
  expect(limiter.size).toBe(100)
  for (let key = 0; key < 100; key++) limiter.take(`later ${key}`, 100_000)
  expect(limiter.size).toBe(100)
  limiter.take('much later', 1e9)
  limiter.take('and again', 1e9)
  expect(limiter.size).toBeLessThan(100)
})

test('without room a full bucket goes first, although others are idle for longer', () => {
  const limiter = new KeyedLimiter({ tokens: 100, everyMs: 1000, maxKeys: 4 })
  limiter.take('spent 1', 0, 100)
  limiter.take('spent 2', 1, 100)
  limiter.take('hardly used', 2, 1)
  limiter.take('spent 3', 3, 100)
  limiter.take('new', 50, 100)
  expect(limiter.size).toBe(4)
  expect(['spent 1', 'spent 2', 'spent 3', 'new'].map((key) => limiter.remaining(key, 50))).toEqual([5, 4, 4, 0])
})

test('without room and without a full bucket the one idle for longest goes and starts full again', () => {
  const limiter = new KeyedLimiter({ ...perMinute, maxKeys: 3 })
  for (const key of ['a', 'b', 'c']) limiter.take(key, 0, 100)
  // A caller that goes on asking although it is refused is not idle: it must not win a fresh bucket.
  expect(limiter.take('a', 1)).toBe(false)
  expect(limiter.waitMs('b', 2)).toBeGreaterThan(0)
  limiter.take('d', 3, 50)
  expect(limiter.size).toBe(3)
  expect([limiter.remaining('a', 4), limiter.remaining('b', 4), limiter.remaining('d', 4)]).toEqual([0, 0, 50])
  expect(limiter.remaining('c', 4)).toBe(100)
})

test('a stream of keys that never repeat stays within maxKeys and leaves a busy caller its bucket', () => {
  const limiter = new KeyedLimiter({ tokens: 10, everyMs: 1000, maxKeys: 50, seed: 99 })
  let admitted = 0
  for (let at = 0; at < 20_000; at++) {
    limiter.take(`attack ${at}`, at / 100)
    if (at % 10 === 0 && limiter.take('busy', at / 100)) admitted++
    expect(limiter.size).toBeLessThanOrEqual(50)
  }
  expect(admitted).toBe(10 + 1)
})

test('the seed decides nothing that a caller can see', () => {
  const [one, other] = [new KeyedLimiter({ ...perMinute, seed: 1 }), new KeyedLimiter({ ...perMinute, seed: 2 ** 52 })]
  for (let at = 0; at < 2000; at++) {
    expect(one.take(`key ${at % 7}`, at)).toBe(other.take(`key ${at % 7}`, at))
  }
})

test('a million keys take at most 48 bytes each, reserved once', () => {
  const before = process.memoryUsage().arrayBuffers
  const limiter = new KeyedLimiter({ ...perMinute, maxKeys: 1_000_000 })
  const reserved = process.memoryUsage().arrayBuffers - before
  expect(reserved / 1_000_000).toBeLessThanOrEqual(48)
  for (let key = 0; key < 100_000; key++) limiter.take(`tenant ${key}`, 0)
  expect(limiter.size).toBe(100_000)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThanOrEqual(reserved + 1_000_000)
})

test.for<[string, () => unknown]>([
  ['maxKeys 0', () => new KeyedLimiter({ ...perMinute, maxKeys: 0 })],
  ['maxKeys 1.5', () => new KeyedLimiter({ ...perMinute, maxKeys: 1.5 })],
  ['maxKeys 16777217', () => new KeyedLimiter({ ...perMinute, maxKeys: 16_777_217 })],
  ['seed -1', () => new KeyedLimiter({ ...perMinute, seed: -1 })],
  ['tokens 0', () => new KeyedLimiter({ tokens: 0, everyMs: 1 })],
  ['cost -1', () => new KeyedLimiter(perMinute).take('a', 0, -1)],
  ['cost 0.5', () => new KeyedLimiter(perMinute).charge('a', 0, 0.5)],
  ['now NaN', () => new KeyedLimiter(perMinute).take('a', Number.NaN)],
])('%s is refused by name', ([message, run]) => {
  expect(run).toThrow(RangeError)
  expect(run).toThrow(message)
})
