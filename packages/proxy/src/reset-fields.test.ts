import { expect, test } from 'vitest'
import { quotaResetMs } from './reset-fields.ts'

const now = Date.parse('2026-03-01T12:00:00Z')

test.for<[string, string[], number | undefined]>([
  ['nothing', [], undefined],
  ['requests used up', ['x-ratelimit-remaining-requests', '0', 'x-ratelimit-reset-requests', '6m0s'], 360_000],
  ['milliseconds', ['X-RateLimit-Remaining-Tokens', '0', 'X-RateLimit-Reset-Tokens', '17ms'], 17],
  ['a broken second', ['x-ratelimit-remaining-tokens', '0', 'x-ratelimit-reset-tokens', '1.52s'], 1520],
  ['hours', ['x-ratelimit-remaining-requests', '0', 'x-ratelimit-reset-requests', '1h2m3s'], 3_723_000],
  ['some left', ['x-ratelimit-remaining-requests', '1', 'x-ratelimit-reset-requests', '6m0s'], undefined],
  ['not said what is left', ['x-ratelimit-reset-requests', '6m0s'], undefined],
  [
    'the later of two',
    [
      ['x-ratelimit-remaining-requests', '0', 'x-ratelimit-reset-requests', '1s'],
      ['x-ratelimit-remaining-tokens', '0', 'x-ratelimit-reset-tokens', '2s'],
    ].flat(),
    2000,
  ],
  [
    'a timestamp',
    ['anthropic-ratelimit-requests-remaining', '0', 'anthropic-ratelimit-requests-reset', '2026-03-01T12:00:30Z'],
    30_000,
  ],
  [
    'a timestamp that is over',
    ['anthropic-ratelimit-tokens-remaining', '0', 'anthropic-ratelimit-tokens-reset', '2026-03-01T11:00:00Z'],
    0,
  ],
  ['no duration', ['x-ratelimit-remaining-requests', '0', 'x-ratelimit-reset-requests', 'soon'], undefined],
  ['an empty field', ['x-ratelimit-remaining-requests', '0', 'x-ratelimit-reset-requests', ''], undefined],
])('%s', ([, headers, expected]) => {
  expect(quotaResetMs(headers, now)).toBe(expected)
})
