/** Whether an instant is reached, against rational arithmetic, at the last bit of the clock and far from it. */

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Fill } from './fill.ts'
import { checkBucket, type BucketOptions } from './options.ts'

const fillOf = (options: BucketOptions): Fill => new Fill(checkBucket(options))

/** A double times 2^1074, read from its bits. */
function bits(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const raw = view.getBigUint64(0)
  const exponent = (raw >> 52n) & 0x7ffn
  const fraction = raw & 0xfffffffffffffn
  const magnitude = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n)
  return raw >> 63n === 1n ? -magnitude : magnitude
}

/** The double before or after a positive one. */
function neighbour(value: number, by: bigint): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  view.setBigUint64(0, view.getBigUint64(0) + by)
  return view.getFloat64(0)
}

function reachedExactly(options: BucketOptions, since: number, now: number, tokens: number): boolean {
  const { tokens: each, everyMs, fill = 'continuous' } = options
  const elapsed = bits(now) - bits(since)
  if (fill === 'stepped') {
    const steps = BigInt(Math.ceil(tokens / each))
    return elapsed >= (steps * BigInt(everyMs)) << 1074n
  }
  return elapsed * BigInt(each) >= (BigInt(tokens) * BigInt(everyMs)) << 1074n
}

const options = fc.record({
  tokens: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 2_000_000_000 })),
  everyMs: fc.constantFrom(1, 3, 7, 50, 999, 1000, 60_000, 3_600_000, 86_400_000, 86_399_999),
  fill: fc.constantFrom('continuous' as const, 'stepped' as const),
})
const instant = fc.oneof(
  fc.double({ min: 0, max: 1e7, noNaN: true }),
  fc.integer({ min: 0, max: 100_000 }).map((tenths) => tenths / 10),
  fc.nat(1_700_000_000).map((seconds) => seconds * 1000.001),
  fc.nat(2 ** 31 - 1),
)
const count = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 1_000_000_000 }))

test('reached agrees with rational arithmetic, also a few bits around the instant itself', () => {
  fc.assert(
    fc.property(options, instant, count, fc.integer({ min: -4, max: 4 }), (given, since, tokens, by) => {
      const fill = fillOf(given)
      const steps = given.fill === 'stepped' ? Math.ceil(tokens / given.tokens) : tokens / given.tokens
      const due = since + steps * given.everyMs
      const now = neighbour(Math.max(due, 1e-9), BigInt(by))
      if (now < since) return
      expect(fill.reached(since, now, tokens)).toBe(reachedExactly(given, since, now, tokens))
    }),
    { numRuns: 5000 },
  )
})

test('reached and added agree with rational arithmetic where every subtraction and product is rounded', () => {
  // A beginning below 1 with all of its 53 bits: no difference to a later instant is a double.
  const beginning = fc
    .tuple(fc.nat(2 ** 26 - 1), fc.nat(2 ** 27 - 1))
    .map(([high, low]) => (high * 2 ** 27 + low) / 2 ** 53)
  const rates = fc.record({ tokens: fc.integer({ min: 1, max: 999 }), everyMs: fc.integer({ min: 1, max: 999 }) })
  fc.assert(
    fc.property(rates, beginning, fc.integer({ min: 1, max: 3000 }), (given, since, tokens) => {
      const fill = fillOf(given)
      const due = since + (tokens / given.tokens) * given.everyMs
      for (let by = -3n; by <= 3n; by++) {
        const now = neighbour(due, by)
        const exact = reachedExactly(given, since, now, tokens)
        expect(fill.reached(since, now, tokens)).toBe(exact)
        expect(fill.added(since, now, tokens + 7)).toBe(exact ? tokens : tokens - 1)
      }
    }),
    { numRuns: 2000 },
  )
})

test('reached agrees with rational arithmetic at any instant', () => {
  fc.assert(
    fc.property(options, instant, instant, count, (given, one, other, tokens) => {
      const [since, now] = [Math.min(one, other), Math.max(one, other)]
      expect(fillOf(given).reached(since, now, tokens)).toBe(reachedExactly(given, since, now, tokens))
    }),
    { numRuns: 2000 },
  )
})

test.for<[string, number, number, boolean]>([
  ['0.1 + 1000 is below 1000.1', 0.1, 1000.1, true],
  ['the double before 1000.1 is 1000 ms after 0.1, not quite', 0.1, neighbour(1000.1, -1n), false],
  ['0.3 is above the double 0.1 + 0.2 would need', 0.3, 1000.3, false],
])('a token in a second: %s', ([, since, now, expected]) => {
  expect(reachedExactly({ tokens: 1, everyMs: 1000 }, since, now, 1)).toBe(expected)
  expect(fillOf({ tokens: 1, everyMs: 1000 }).reached(since, now, 1)).toBe(expected)
})

test('after the wait it is reached, and no nanosecond earlier', () => {
  fc.assert(
    fc.property(options, instant, fc.double({ min: 0, max: 1, noNaN: true }), count, (given, since, part, tokens) => {
      const fill = fillOf(given)
      const from = since + part * (tokens / given.tokens) * given.everyMs
      const wait = fill.wait(since, from, tokens)
      expect(fill.reached(since, from + wait, tokens)).toBe(true)
      expect(reachedExactly(given, since, from + wait, tokens)).toBe(true)
      const slack = 1e-6 + (Math.abs(from) + wait + since) * 5e-15
      expect(wait > slack && fill.reached(since, from + wait - slack, tokens)).toBe(false)
    }),
    { numRuns: 3000 },
  )
})

test('whole milliseconds give whole waits where the rate allows', () => {
  expect(fillOf({ tokens: 100, everyMs: 60_000 }).wait(5000, 5000, 3)).toBe(1800)
  expect(fillOf({ tokens: 2, everyMs: 1000, fill: 'stepped' }).wait(0, 250, 3)).toBe(1750)
})

test('added counts the whole tokens, and no more than asked', () => {
  fc.assert(
    fc.property(options, instant, instant, count, (given, one, other, most) => {
      const [since, now] = [Math.min(one, other), Math.max(one, other)]
      const added = fillOf(given).added(since, now, most)
      expect(added).toBeGreaterThanOrEqual(0)
      expect(added).toBeLessThanOrEqual(most)
      expect(added === 0 || reachedExactly(given, since, now, added)).toBe(true)
      expect(added === most || !reachedExactly(given, since, now, added + 1)).toBe(true)
    }),
    { numRuns: 3000 },
  )
})
