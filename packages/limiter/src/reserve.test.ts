/** An estimate, and what it comes to. */

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeyedLimiter } from './keyed.ts'
import { reserve } from './reserve.ts'
import type { Refusal } from './take-all.ts'
import { TokenBucket } from './token-bucket.ts'

const perMinute = { tokens: 1000, everyMs: 60_000 }

test.for<[string, number, number, number]>([
  ['less than reserved: the rest comes back', 600, 150, 850],
  ['as much as reserved', 600, 600, 400],
  ['more than reserved: charged as well', 600, 900, 100],
  ['more than there was: a debt', 600, 1300, 0],
  ['nothing at all', 600, 0, 1000],
])('%s', ([, estimate, actual, remaining]) => {
  const limiter = new KeyedLimiter(perMinute)
  const reservation = reserve([limiter], ['acme'], 0, estimate)
  expect(limiter.remaining('acme', 0)).toBe(1000 - estimate)
  expect(reservation?.settle(0, actual)).toBe(true)
  expect(limiter.remaining('acme', 0)).toBe(remaining)
})

test('a debt is paid by later tokens before anybody is admitted again', () => {
  const bucket = new TokenBucket(perMinute)
  reserve([bucket], [], 0, 100)?.settle(0, 1600)
  expect(bucket.waitMs(0, 400)).toBe(60_000)
})

test('what does not fit is refused, named, and nothing is taken', () => {
  const [requests, tokens] = [new TokenBucket({ tokens: 60, everyMs: 60_000 }), new KeyedLimiter(perMinute)]
  const refusal: Refusal = { index: -1, waitMs: 0 }
  const keys = [undefined, 'acme']
  expect(reserve([requests, tokens], keys, 0, [1, 700], refusal)?.state).toBe('held')
  expect(reserve([requests, tokens], keys, 0, [1, 700], refusal)).toBeUndefined()
  expect(refusal).toEqual({ index: 1, waitMs: 24_000 })
  expect(reserve([requests, tokens], keys, 0, [1, 1001], refusal)).toBeUndefined()
  expect(refusal).toEqual({ index: 1, waitMs: Infinity })
  expect([requests.remaining(0), tokens.remaining('acme', 0)]).toEqual([59, 300])
})

test('only the first settlement counts', () => {
  const bucket = new TokenBucket(perMinute)
  const reservation = reserve([bucket], [], 0, 500)
  expect([reservation?.settle(0, 200), reservation?.settle(0, 0), reservation?.cancel(0)]).toEqual([true, false, false])
  expect(reservation?.state).toBe('settled')
  expect(bucket.remaining(0)).toBe(800)
})

test('cancel brings everything back, of every limit its own', () => {
  const [requests, tokens] = [new TokenBucket({ tokens: 60, everyMs: 60_000 }), new TokenBucket(perMinute)]
  reserve([requests, tokens], [], 0, [1, 700])?.cancel(0)
  expect([requests.remaining(0), tokens.remaining(0)]).toEqual([60, 1000])
})

test('tokens that came in the meantime are not counted twice', () => {
  const bucket = new TokenBucket(perMinute)
  const reservation = reserve([bucket], [], 0, 900)
  reservation?.settle(60_000, 100)
  expect(bucket.remaining(60_000)).toBe(1000)
  expect(bucket.take(60_000, 1000)).toBe(true)
  expect(bucket.take(60_000)).toBe(false)
})

test('in the end the bucket stands where paying the true counts at once would have put it', () => {
  const calls = fc.array(fc.record({ estimate: fc.integer({ min: 1, max: 200 }), actual: fc.nat(300) }), {
    maxLength: 30,
  })
  fc.assert(
    fc.property(calls, (list) => {
      const [reserved, charged] = [new TokenBucket(perMinute), new TokenBucket(perMinute)]
      for (const { estimate, actual } of list) {
        if (reserve([reserved], [], 0, estimate)?.settle(0, actual) === true) charged.charge(0, actual)
      }
      expect(reserved.resetMs(0)).toBe(charged.resetMs(0))
      expect(reserved.remaining(0)).toBe(charged.remaining(0))
    }),
  )
})
