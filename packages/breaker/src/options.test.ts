/** Defaults and bounds of the breaker's options. */

import { expect, test } from 'vitest'
import { readOptions } from './options.ts'
import type { BreakerOptions } from './options.ts'

test('the defaults are five failures, ten seconds, ten times that, one probe', () => {
  expect(readOptions({})).toEqual({ failures: 5, openMs: 10_000, maxOpenMs: 100_000, probes: 1, ratio: undefined })
})

test('the cap follows openMs, and is never below it', () => {
  expect(readOptions({ openMs: 200 }).maxOpenMs).toBe(2_000)
  expect(readOptions({ openMs: 200, maxOpenMs: 50 }).maxOpenMs).toBe(200)
})

const ratio = { threshold: 0.5, windowMs: 1_000, minimum: 10 }

test.for<[string, BreakerOptions]>([
  ['failures is -1', { failures: -1 }],
  ['failures is 1.5', { failures: 1.5 }],
  ['openMs is 0', { openMs: 0 }],
  ['openMs is NaN', { openMs: Number.NaN }],
  ['openMs is Infinity', { openMs: Infinity }],
  ['maxOpenMs is -5', { maxOpenMs: -5 }],
  ['probes is 0', { probes: 0 }],
  ['ratio.threshold is 0', { ratio: { ...ratio, threshold: 0 } }],
  ['ratio.threshold is 50', { ratio: { ...ratio, threshold: 50 } }],
  ['ratio.windowMs is 0', { ratio: { ...ratio, windowMs: 0 } }],
  ['ratio.minimum is 0', { ratio: { ...ratio, minimum: 0 } }],
])('%s is refused by name, with what is expected', ([message, options]) => {
  expect(() => readOptions(options)).toThrow(RangeError)
  expect(() => readOptions(options)).toThrow(`breaker: ${message}, expected a`)
})
