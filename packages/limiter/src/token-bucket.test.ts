/** One bucket: tables for what a user can see, and a rational oracle for a million takes. */

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BucketOptions } from './options.ts'
import { TokenBucket } from './token-bucket.ts'

/** How many of the takes at these times are admitted. */
const admitted = (options: BucketOptions, times: readonly number[]): number => {
  const bucket = new TokenBucket(options)
  return times.filter((now) => bucket.take(now)).length
}
const each = (stepMs: number, untilMs: number): number[] =>
  Array.from({ length: Math.floor(untilMs / stepMs) + 1 }, (_, at) => at * stepMs)
const same = (now: number, count: number): number[] => Array.from({ length: count }, () => now)
const kgateway: BucketOptions = { tokens: 100, everyMs: 1000, burst: 1000 }

test.for<[string, BucketOptions, number[], number]>([
  ['a full bucket at once', { tokens: 5, everyMs: 1000 }, same(0, 9), 5],
  ['burst is more than one fill', kgateway, same(0, 2000), 1000],
  ['burst and what a second adds', kgateway, each(0.25, 1000), 1100],
  ['burst and what ten seconds add', kgateway, each(0.5, 10_000), 2000],
  ['nothing is saved above burst', { tokens: 5, everyMs: 1000 }, same(1e9, 9), 5],
  ['one token in three milliseconds', { tokens: 1, everyMs: 3, burst: 1 }, each(1, 300), 101],
  ['three tokens in one second, continuous', { tokens: 3, everyMs: 1000, burst: 1 }, each(1, 1000), 3],
  ['stepped adds nothing before the step', { ...kgateway, fill: 'stepped' }, each(0.25, 999.9), 1000],
  ['stepped adds all at the step', { ...kgateway, fill: 'stepped' }, each(0.25, 1025), 1100],
  ['stepped for ten seconds', { ...kgateway, fill: 'stepped' }, each(0.5, 10_050), 2000],
])('%s', ([, options, times, expected]) => {
  expect(admitted(options, times)).toBe(expected)
})

test.for<['continuous' | 'stepped', readonly [number, number, number][]]>([
  // [now, remaining, resetMs] of 2 tokens a second, burst 4, with 4 taken at 500.
  [
    'continuous',
    [
      [500, 0, 2000],
      [999, 0, 1501],
      [1000, 1, 1500],
      [2499, 3, 1],
      [2500, 4, 0],
      [9000, 4, 0],
    ],
  ],
  [
    'stepped',
    [
      [500, 0, 2000],
      [1499, 0, 1001],
      [1500, 2, 1000],
      [2499, 2, 1],
      [2500, 4, 0],
      [9000, 4, 0],
    ],
  ],
])('%s: remaining and resetMs tell what is there and how long until it is full', ([fill, rows]) => {
  const bucket = new TokenBucket({ tokens: 2, everyMs: 1000, burst: 4, fill })
  expect([bucket.remaining(0), bucket.resetMs(0), bucket.waitMs(0)]).toEqual([4, 0, 0])
  expect(bucket.take(500, 4)).toBe(true)
  expect(rows.map(([now]) => [now, bucket.remaining(now), bucket.resetMs(now)])).toEqual(rows)
})

test('stepped counts its steps from the first take out of the full bucket', () => {
  const bucket = new TokenBucket({ tokens: 5, everyMs: 1000, burst: 10, fill: 'stepped' })
  bucket.take(0)
  bucket.take(1500, 10)
  expect([2000, 2499, 2500].map((now) => bucket.remaining(now))).toEqual([0, 0, 5])
})

test('waitMs tells when, 0 for now and Infinity for never', () => {
  const bucket = new TokenBucket({ tokens: 100, everyMs: 60_000 })
  expect(bucket.waitMs(0, 100)).toBe(0)
  expect(bucket.waitMs(0, 101)).toBe(Infinity)
  expect(bucket.take(0, 101)).toBe(false)
  bucket.take(0, 100)
  expect([1, 2, 100].map((cost) => bucket.waitMs(0, cost))).toEqual([600, 1200, 60_000])
  expect([0, 599, 600].map((now) => bucket.waitMs(now))).toEqual([600, 1, 0])
  expect(bucket.waitMs(0, 0)).toBe(0)
})

test('a refusal takes nothing', () => {
  const bucket = new TokenBucket({ tokens: 10, everyMs: 1000 })
  bucket.take(0, 7)
  expect(bucket.take(0, 4)).toBe(false)
  expect(bucket.take(0, 3)).toBe(true)
})

test('give brings back what was taken and never goes above burst', () => {
  const bucket = new TokenBucket({ tokens: 10, everyMs: 1000 })
  bucket.take(0, 10)
  bucket.give(0, 4)
  expect(bucket.remaining(0)).toBe(4)
  bucket.give(0, 400)
  expect(bucket.remaining(0)).toBe(10)
  expect(admitted({ tokens: 10, everyMs: 1000 }, [])).toBe(0)
  bucket.take(5000)
  bucket.give(9000, 5)
  expect(bucket.take(9000, 10)).toBe(true)
  expect(bucket.take(9000)).toBe(false)
})

test('charge goes into debt, which later tokens pay first', () => {
  const bucket = new TokenBucket({ tokens: 10, everyMs: 1000 })
  bucket.charge(0, 25)
  expect(bucket.remaining(0)).toBe(0)
  expect(bucket.waitMs(0)).toBe(1600)
  expect(bucket.take(1599)).toBe(false)
  expect(bucket.take(1600)).toBe(true)
  bucket.charge(1600, Number.MAX_SAFE_INTEGER)
  expect(Number.isFinite(bucket.waitMs(1600))).toBe(true)
})

test('a clock that is set back stands still and adds nothing, even when it is set back again and again', () => {
  const bucket = new TokenBucket({ tokens: 10, everyMs: 1000 })
  expect(bucket.take(10_000, 10)).toBe(true)
  for (let turn = 0; turn < 50; turn++) {
    expect(bucket.take(9000 + turn)).toBe(false)
    expect(bucket.remaining(5000)).toBe(0)
    expect(bucket.take(10_000)).toBe(false)
  }
  expect(bucket.waitMs(9900)).toBe(200)
  expect(bucket.take(10_100)).toBe(true)
})

test.for<[string, () => unknown]>([
  ['tokens 0', () => new TokenBucket({ tokens: 0, everyMs: 1000 })],
  ['tokens 1.5', () => new TokenBucket({ tokens: 1.5, everyMs: 1000 })],
  ['everyMs NaN', () => new TokenBucket({ tokens: 1, everyMs: Number.NaN })],
  ['everyMs 0.5', () => new TokenBucket({ tokens: 1, everyMs: 0.5 })],
  ['burst 0', () => new TokenBucket({ tokens: 1, everyMs: 1, burst: 0 })],
  ['burst Infinity', () => new TokenBucket({ tokens: 1, everyMs: 1, burst: Infinity })],
  ['fill "drip"', () => new TokenBucket(JSON.parse('{"tokens":1,"everyMs":1,"fill":"drip"}') as BucketOptions)],
  ['cost -1', () => new TokenBucket({ tokens: 1, everyMs: 1 }).take(0, -1)],
  ['cost 0.5', () => new TokenBucket({ tokens: 1, everyMs: 1 }).waitMs(0, 0.5)],
  ['cost NaN', () => new TokenBucket({ tokens: 1, everyMs: 1 }).give(0, Number.NaN)],
  ['cost Infinity', () => new TokenBucket({ tokens: 1, everyMs: 1 }).charge(0, Infinity)],
  ['now NaN', () => new TokenBucket({ tokens: 1, everyMs: 1 }).take(Number.NaN)],
  ['now Infinity', () => new TokenBucket({ tokens: 1, everyMs: 1 }).remaining(Infinity)],
])('%s is refused by name', ([message, run]) => {
  expect(run).toThrow(RangeError)
  expect(run).toThrow(message)
})

/** A bucket as level and last time, in units of 1 / (everyMs * 2^52) tokens: nothing is ever rounded. */
class Rational {
  readonly #token: bigint
  readonly #full: bigint
  readonly #tokens: bigint
  #level: bigint
  #last = 0n

  constructor(tokens: number, everyMs: number, burst: number) {
    this.#tokens = BigInt(tokens)
    this.#token = BigInt(everyMs) << 52n
    this.#full = BigInt(burst) * this.#token
    this.#level = this.#full
  }

  /** `now` of at least 1, so that 52 binary places hold it. */
  take(now: number, cost: number): boolean {
    const instant = BigInt(now * 2 ** 52)
    this.#level += (instant - this.#last) * this.#tokens
    if (this.#level > this.#full) this.#level = this.#full
    this.#last = instant
    const price = BigInt(cost) * this.#token
    if (price > this.#level) return false
    this.#level -= price
    return true
  }
}

/** A small generator of its own, so that the million is the same in every run. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return (state >>> 0) / 2 ** 32
  }
}

test.for<[string, number, number, number, (random: number) => number]>([
  ['fractions of a millisecond', 100, 1000, 50, (random) => random * 15.3],
  ['tenths, where many a take meets its token to the bit', 5, 1, 3, (random) => Math.floor(random * 3) / 10],
  ['coprime numbers of a day', 999_999_937, 86_399_999, 1000, (random) => random * 0.1],
  ['ninths of a millisecond', 1, 1, 5, (random) => Math.ceil(random * 7) / 9],
])('250,000 takes agree with rational arithmetic: %s', ([, tokens, everyMs, burst, step]) => {
  const bucket = new TokenBucket({ tokens, everyMs, burst })
  const rational = new Rational(tokens, everyMs, burst)
  const random = numbers(tokens)
  let now = 1
  let wrong = 0
  let yes = 0
  for (let at = 0; at < 250_000; at++) {
    now += step(random())
    const cost = at % 3
    const verdict = bucket.take(now, cost)
    if (verdict !== rational.take(now, cost)) wrong++
    if (verdict && cost > 0) yes++
  }
  expect(wrong).toBe(0)
  expect(yes).toBeGreaterThan(1000)
  expect(yes).toBeLessThan(150_000)
})

const options = fc.record({
  tokens: fc.integer({ min: 1, max: 50 }),
  everyMs: fc.constantFrom(1, 7, 100, 1000),
  burst: fc.integer({ min: 1, max: 60 }),
  fill: fc.constantFrom('continuous' as const, 'stepped' as const),
})

test('who asks all the time gets exactly burst and what the time adds, however often', () => {
  fc.assert(
    fc.property(options, fc.integer({ min: 0, max: 3000 }), (given, until) => {
      const bucket = new TokenBucket(given)
      let sum = 0
      for (let now = 0; now <= until; now++) while (bucket.take(now)) sum++
      const { tokens, everyMs, burst, fill } = given
      const most =
        burst + (fill === 'stepped' ? tokens * Math.floor(until / everyMs) : Math.floor((tokens * until) / everyMs))
      // A bucket too small for what comes between two asks overflows, and what overflows is lost.
      const lossless = fill === 'stepped' ? burst >= tokens : burst * everyMs >= tokens + everyMs
      expect(sum).toBeLessThanOrEqual(most)
      expect(sum === most || !lossless).toBe(true)
    }),
    { numRuns: 150 },
  )
})

test('whatever the pattern, clocks set back included, nobody gets more than burst and what the time adds', () => {
  const asks = fc.array(fc.tuple(fc.double({ min: -20, max: 100, noNaN: true }), fc.nat(5)), { maxLength: 80 })
  fc.assert(
    fc.property(options, asks, (given, steps) => {
      const bucket = new TokenBucket(given)
      let [now, latest, sum] = [1000, 1000, 0]
      for (const [step, cost] of steps) {
        now += step
        latest = Math.max(latest, now)
        if (bucket.take(now, cost)) sum += cost
        expect(sum).toBeLessThanOrEqual(given.burst + Math.floor((given.tokens * (latest - 980)) / given.everyMs))
        expect(bucket.remaining(now)).toBeLessThanOrEqual(given.burst)
      }
    }),
  )
})

test('after waiting as long as it was told to, a caller is admitted', () => {
  const asks = fc.array(fc.tuple(fc.double({ min: 0, max: 50, noNaN: true }), fc.integer({ min: 1, max: 8 })))
  fc.assert(
    fc.property(options, asks, (given, steps) => {
      const bucket = new TokenBucket(given)
      let now = 0.1
      for (const [step, cost] of steps) {
        now += step
        const wait = bucket.waitMs(now, cost)
        expect(wait === Infinity).toBe(cost > given.burst)
        expect(bucket.take(now, cost)).toBe(wait === 0)
        if (wait === 0 || wait === Infinity) continue
        now += wait
        expect(bucket.take(now, cost)).toBe(true)
      }
    }),
  )
})
