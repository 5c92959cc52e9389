/** GEP-2257 texts and milliseconds, both ways. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { formatDuration, parseDuration } from './duration.ts'

const hour = 3_600_000

describe('parsing', () => {
  test.for<[string, number]>([
    ['0s', 0],
    ['0h0m0s0ms', 0],
    ['1ms', 1],
    ['250ms', 250],
    ['30s', 30_000],
    ['2m', 120_000],
    ['1h30m', 1.5 * hour],
    ['30m1h', 1.5 * hour],
    ['1h1h', 2 * hour],
    ['1m1ms', 60_001],
    ['1s500ms', 1500],
    ['00001s', 1000],
    ['99999h99999h99999h99999h', 4 * 99_999 * hour],
  ])('%s is %i ms', ([text, expected]) => {
    expect(parseDuration(text)).toBe(expected)
  })

  test.for([
    '',
    '60',
    '1.5s',
    '-5s',
    '+5s',
    '120 s',
    ' 1s',
    '1s\n',
    '1S',
    '1d',
    '1us',
    '100000s',
    '1s1s1s1s1s',
    's',
    '1sm',
    'constructor',
    '１s',
  ])('%j is no duration', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })
})

describe('formatting', () => {
  test.for<[number, string]>([
    [0, '0s'],
    [-0, '0s'],
    [1, '1ms'],
    [999, '999ms'],
    [1000, '1s'],
    [1500, '1500ms'],
    [60_000, '1m'],
    [90_000, '90s'],
    [5_400_000, '90m'],
    [hour, '1h'],
    [24 * hour, '24h'],
    [100_001_000, '27h2801s'],
    [99_999 * hour, '99999h'],
  ])('%i ms is %s', ([ms, expected]) => {
    expect(formatDuration(ms)).toBe(expected)
  })

  test.for([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 100_000 * hour])('%d ms has no text', (ms) => {
    expect(() => formatDuration(ms)).toThrow(RangeError)
  })

  test('is undone by parsing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(200_000), fc.nat(2 ** 31 - 1), fc.nat(99_999 * hour)), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms)
      }),
    )
  })

  test('is never longer than a text with larger units first that means the same', () => {
    const count = (unit: string) =>
      fc.option(
        fc.nat(99_999).map((number) => `${number}${unit}`),
        { nil: '' },
      )
    fc.assert(
      fc.property(count('h'), count('m'), count('s'), count('ms'), (...parts) => {
        const text = parts.join('')
        const ms = parseDuration(text)
        fc.pre(ms !== undefined && ms < 100_000 * hour && isReduced(parts))
        expect(formatDuration(ms).length).toBeLessThanOrEqual(text.length)
      }),
    )
  })
})

/** No unit reaches the next larger one that is used. */
function isReduced(parts: readonly string[]): boolean {
  let larger = Number.POSITIVE_INFINITY
  for (const [index, part] of parts.entries()) {
    if (part === '') continue
    const unit = [hour, 60_000, 1000, 1][index] ?? 1
    if (Number.parseInt(part, 10) * unit >= larger) return false
    larger = unit
  }
  return true
}
