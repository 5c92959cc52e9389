import fc from 'fast-check'
import { expect, test } from 'vitest'
import { retryAfterMs } from './retry-after.ts'

const now = Date.UTC(2026, 10, 20, 12, 0, 0)

test.for([
  ['Retry-After', '0', 0],
  ['retry-after', ' 7 ', 7_000],
  ['Retry-After', '300', 300_000],
  ['Retry-After', '301', 300_000],
  ['Retry-After', '99999999999999999999999', 300_000],
  ['Retry-After', 'Fri, 20 Nov 2026 12:00:30 GMT', 30_000],
  ['Retry-After', 'Friday, 20-Nov-26 12:00:30 GMT', 30_000],
  ['Retry-After', 'Fri Nov 20 12:00:30 2026', 30_000],
  ['Retry-After', 'Fri Nov  6 12:00:30 2026', 0],
  ['Retry-After', 'Sunday, 06-Nov-94 08:49:37 GMT', 0],
  ['Retry-After', 'Sat, 20 Nov 2027 12:00:00 GMT', 300_000],
  ['retry-after-ms', '1500', 1_500],
  ['Retry-After-Ms', '12.5', 13],
  ['retry-after-ms', '999999999', 300_000],
] as const)('%s: %s is %d ms', ([name, value, expected]) => {
  expect(retryAfterMs(['x', 'y', name, value], now)).toBe(expected)
})

test.for([
  '',
  '-1',
  '+1',
  '1.5',
  '1e3',
  '0x10',
  '1, 2',
  'soon',
  'Infinity',
  '2026-11-20T12:00:30Z',
  'Fri, 31 Feb 2026 12:00:30 GMT',
  'Fri, 20 Nov 2026 24:00:30 GMT',
  'Fri, 20 Foo 2026 12:00:30 GMT',
  'Fri, 20 Nov 2026 12:00:30 CET',
  'Fri, 00 Nov 2026 12:00:30 GMT',
  '20 Nov 2026 12:00:30 GMT',
])('Retry-After: %j says nothing', (value) => {
  expect(retryAfterMs(['retry-after', value], now)).toBeUndefined()
})

test('without the field nothing is said, and a repeated one is not certain', () => {
  expect(retryAfterMs([], now)).toBeUndefined()
  expect(retryAfterMs(['retry-after', '1', 'Retry-After', '2'], now)).toBeUndefined()
})

test('milliseconds come first, unless they are malformed', () => {
  expect(retryAfterMs(['retry-after', '9', 'retry-after-ms', '5'], now)).toBe(5)
  expect(retryAfterMs(['retry-after-ms', 'x', 'retry-after', '9'], now)).toBe(9_000)
})

test('whatever a backend writes, the wait is undefined or between 0 and 300 s', () => {
  fc.assert(
    fc.property(fc.constantFrom('retry-after', 'retry-after-ms'), fc.string(), (name, value) => {
      const wait = retryAfterMs([name, value], now)
      expect(wait === undefined || (wait >= 0 && wait <= 300_000)).toBe(true)
    }),
  )
})
