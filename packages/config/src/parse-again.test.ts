/** Whatever was accepted is accepted again: a property over valid configs. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { parseConfig } from './parse.ts'
import { ConfigError } from './problems.ts'
import { conditionNames } from './types.ts'

const duration = fc.oneof(
  fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  fc.constantFrom('1ms', '250ms', '30s', '1h30m', '596h', '00010s' as const),
)
const clock = fc.oneof(fc.constant(0), duration)
const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/)
const sometimes = { requiredKeys: [] as [] }

const breaker = fc.record({ failures: fc.nat(9), openFor: duration, probes: fc.integer({ min: 1, max: 9 }) }, sometimes)
const prefix = fc.constantFrom('Bearer ', '')
const secret = fc.oneof(
  fc.record({ env: token, prefix }, { requiredKeys: ['env'] }),
  fc.record({ file: token }),
  fc.constant({ secret: 'a/b/c' }),
)
const backend = (name: string) =>
  fc.record(
    {
      name: fc.constant(name),
      endpoints: fc.constantFrom([], ['http://a'], [{ url: 'HTTPS://b:443/' }, 'http://a:1']),
      pool: token,
      breaker,
      capacity: fc.record({ maxRequests: fc.integer({ min: 1 }) }, sometimes),
      connectTimeout: duration,
      retryBudget: fc.oneof(fc.constant(false), fc.record({ percent: fc.constantFrom(0, 12.5, 100) }, sometimes)),
      headers: fc.array(fc.record({ name: fc.constant('authorization'), value: fc.oneof(token, secret) }), {
        maxLength: 1,
      }),
    },
    { requiredKeys: ['name'] },
  )
const limit = fc.record(
  {
    name: fc.constant('l'),
    tokens: fc.integer({ min: 1 }),
    every: duration,
    burst: fc.integer({ min: 1 }),
    per: fc.oneof(fc.constant('all'), fc.record({ header: token }), fc.record({ key: token })),
    fill: fc.constantFrom('continuous', 'stepped'),
  },
  { requiredKeys: ['name', 'tokens', 'every'] },
)
const condition = fc.oneof(
  fc.constantFrom(...conditionNames),
  fc.integer({ min: 400, max: 599 }),
  fc.integer({ min: 400, max: 599 }).map(String),
)
const filter = fc.record(
  {
    type: fc.constantFrom('RequestHeaderModifier', 'ResponseHeaderModifier'),
    set: fc.constant([{ name: 'x-a', value: '1' }]),
    add: fc.constant([{ name: 'X-B', value: '' }]),
    remove: fc.constant(['x-c']),
  },
  { requiredKeys: ['type'] },
)
const match = fc.record(
  {
    path: fc.constantFrom({ type: 'PathPrefix', value: '/v1' }, { type: 'RegularExpression', value: '/v[0-9]+' }),
    method: fc.constantFrom('GET', 'POST'),
    headers: fc.array(
      fc.record({ name: token, value: token, type: fc.constant('Exact') }, { requiredKeys: ['name', 'value'] }),
    ),
    query: fc.array(fc.record({ name: token, value: token })),
  },
  sometimes,
)
const rule = fc.record(
  {
    matches: fc.array(match, { maxLength: 2 }),
    filters: fc.array(filter, { maxLength: 2 }),
    backends: fc.constantFrom(
      [],
      [{ backend: 'a' }],
      [
        { backend: 'a', weight: 0, filters: [] },
        { backend: 'b', weight: 7 },
      ],
    ),
    sticky: fc.record({ header: token }),
    fallback: fc.record(
      { backends: fc.constant(['c']), on: fc.array(condition, { minLength: 1 }) },
      { requiredKeys: ['backends'] },
    ),
    retry: fc.record(
      {
        retries: fc.nat(9),
        on: fc.array(condition, { minLength: 1 }),
        perTry: clock,
        backoff: fc.record({ base: clock, type: fc.constantFrom('minimum', 'full-jitter') }, sometimes),
      },
      { requiredKeys: ['retries'] },
    ),
    timeouts: fc.record({ request: clock, headers: clock, idle: clock }, sometimes),
    limits: fc.constantFrom([], ['l']),
  },
  sometimes,
)
const input = fc.record(
  {
    version: fc.constant(1),
    name: token,
    backends: fc.tuple(backend('a'), backend('b'), backend('c')),
    limits: fc.tuple(limit),
    routes: fc.tuple(fc.record({ name: fc.constant('r'), rules: fc.array(rule, { maxLength: 3 }) })),
    forwarded: fc.record({ trustedHops: fc.nat(9) }, sometimes),
    bodies: fc.record({ keepPerRequest: fc.nat(), keepTotal: fc.nat() }, sometimes),
  },
  { requiredKeys: ['version', 'backends', 'limits'] },
)

describe('a config that was accepted', () => {
  test('is accepted again, unchanged, also after a journey through JSON', () => {
    fc.assert(
      fc.property(input, (value) => {
        const first = parseConfig(value)
        if (!first.ok) throw new ConfigError(first.problems)
        expect(parseConfig(first.config)).toStrictEqual(first)
        expect(parseConfig(JSON.parse(JSON.stringify(first.config)))).toStrictEqual(first)
      }),
    )
  })
})
