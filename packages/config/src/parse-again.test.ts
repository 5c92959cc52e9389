/** Whatever was accepted is accepted again: a property over valid configs. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { parseConfig } from './parse.ts'
import { ConfigError } from './problems.ts'
import { conditionNames } from './types-values.ts'

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
const condition = fc.oneof(
  fc.constantFrom(...conditionNames),
  fc.integer({ min: 400, max: 599 }),
  fc.integer({ min: 400, max: 599 }).map(String),
)
const fallbackTo = (name: string) =>
  fc.record(
    { backends: fc.constant([name]), on: fc.array(condition, { minLength: 1 }) },
    { requiredKeys: ['backends'] },
  )
const origin = fc.string()
const outlierDetection = fc.record(
  { consecutive5xx: fc.nat(9), interval: duration, baseEjectionTime: duration, maxEjectionPercent: fc.nat(100) },
  sometimes,
)
const capacity = fc.record(
  {
    maxRequests: fc.integer({ min: 1 }),
    maxConnections: fc.integer({ min: 1 }),
    maxPending: fc.nat(),
    maxRetries: fc.nat(),
    maxRequestsPerConnection: fc.integer({ min: 1 }),
  },
  sometimes,
)
const session = fc.oneof(
  fc.record(
    {
      name: token,
      absoluteTimeout: duration,
      idleTimeout: fc.constant('9999h'),
      strict: fc.boolean(),
      path: fc.constant('/v1'),
    },
    sometimes,
  ),
  fc.record({ lifetime: fc.constant('Permanent'), absoluteTimeout: duration }),
  fc.record({ type: fc.constant('Header'), name: fc.constantFrom('x-session', 'X-Session') }),
)
const backend = (name: string, next: string) =>
  fc.record(
    {
      name: fc.constant(name),
      endpoints: fc.constantFrom([], ['http://a'], [{ url: 'HTTPS://b:443/' }, 'http://a:1']),
      pool: token,
      breaker,
      balance: fc.oneof(
        fc.constantFrom('round-robin', 'peak-ewma', 'ring-hash'),
        fc.record(
          {
            type: fc.constantFrom('ring-hash', 'maglev'),
            by: fc.constantFrom('address', [{ header: 'x-a' }, { cookie: 'b' }]),
          },
          { requiredKeys: ['type'] },
        ),
      ),
      healthCheck: fc.record(
        {
          interval: duration,
          statuses: fc.constantFrom([200], ['204', '300-399'], [{ from: 200, to: 499 }]),
          host: fc.constant('a:1'),
        },
        sometimes,
      ),
      panicThreshold: fc.integer({ min: 0, max: 100 }),
      capacity,
      protocol: fc.constant('http1'),
      tls: fc.record({ ca: fc.array(secret, { maxLength: 2 }), servername: fc.constant('a.example') }, sometimes),
      fallback: fallbackTo(next),
      // Backends of one split must not share a name.
      session: session.map((one) => ('name' in one ? { ...one, name: `${one.name}-${name}` } : one)),
      outlierDetection,
      origin,
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
    origin,
  },
  { requiredKeys: ['name', 'tokens', 'every'] },
)
const headerFilter = fc.record(
  {
    type: fc.constantFrom('RequestHeaderModifier', 'ResponseHeaderModifier'),
    set: fc.constant([{ name: 'x-a', value: '1' }]),
    add: fc.constant([{ name: 'X-B', value: '' }]),
    remove: fc.constant(['x-c']),
  },
  { requiredKeys: ['type'] },
)
const path = fc.record({
  type: fc.constantFrom('ReplaceFullPath', 'ReplacePrefixMatch'),
  value: fc.constantFrom('/', '/v1', '/v1/'),
})
const rewrite = fc.record(
  { type: fc.constant('URLRewrite'), hostname: fc.constant('a.example'), path },
  { requiredKeys: ['type'] },
)
const redirect = fc.record(
  {
    type: fc.constant('RequestRedirect'),
    scheme: fc.constantFrom('http', 'https'),
    hostname: fc.constant('a.example'),
    port: fc.integer({ min: 1, max: 65_535 }),
    path,
    statusCode: fc.constantFrom(301, 302, 303, 307, 308),
  },
  { requiredKeys: ['type'] },
)
const mirror = fc.record(
  {
    type: fc.constant('RequestMirror'),
    backend: fc.constantFrom('a', 'b'),
    numerator: fc.constantFrom(0, 1),
    denominator: fc.integer({ min: 1, max: 100 }),
  },
  { requiredKeys: ['type', 'backend'] },
)
const tokens = fc.oneof(fc.constant(['*']), fc.array(token, { maxLength: 2 }))
const cors = fc.record(
  {
    type: fc.constant('CORS'),
    allowOrigins: fc.constantFrom([], ['*'], ['HTTPS://A.example:443', 'https://*.b.example'], ['http://*:8080']),
    allowMethods: tokens,
    allowHeaders: tokens,
    exposeHeaders: tokens,
    allowCredentials: fc.boolean(),
    maxAge: fc.nat(),
  },
  { requiredKeys: ['type'] },
)
const unresolved = fc.record({ type: fc.constant('Unresolved'), reason: token })
const passing = fc.oneof(headerFilter, mirror)
const filters = fc
  .tuple(fc.array(fc.oneof(passing, unresolved), { maxLength: 2 }), fc.option(rewrite), fc.option(cors))
  .map((each) => each.flat().filter((filter) => filter !== null))
const weight = fc.nat(1_000_000)
const refFilters = fc.array(passing, { maxLength: 2 })
const split = fc.oneof(
  fc.constant([]),
  fc.tuple(
    fc.record({ backend: fc.constant('a'), weight, filters: refFilters }, { requiredKeys: ['backend'] }),
    fc.record({ backend: fc.constant('b'), weight, filters: refFilters }, { requiredKeys: ['backend'] }),
    fc.record({ unresolved: token, weight }, { requiredKeys: ['unresolved'] }),
  ),
)
const match = fc.record(
  {
    path: fc.constant({ type: 'PathPrefix', value: '/v1' }),
    method: fc.constantFrom('GET', 'POST'),
    headers: fc.array(
      fc.record({ name: token, value: token, type: fc.constant('Exact') }, { requiredKeys: ['name', 'value'] }),
    ),
    query: fc.array(fc.record({ name: token, value: token })),
  },
  sometimes,
)
const pattern = fc.constant({ path: { type: 'RegularExpression', value: '/v[0-9]+' } })
const policies = {
  sticky: fc.record({ header: token }),
  session,
  fallback: fallbackTo('c'),
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
  origins: fc.dictionary(token, origin, { maxKeys: 3 }),
}
const rule = fc.oneof(
  fc.record({ matches: fc.array(match, { maxLength: 2 }), filters, backends: split, ...policies }, sometimes),
  fc.record({ matches: fc.array(fc.oneof(match, pattern), { maxLength: 2 }), backends: split, ...policies }, sometimes),
  fc.record({ filters: fc.tuple(headerFilter, redirect), ...policies }, { requiredKeys: ['filters'] }),
)
const certificates = fc.array(fc.record({ certificate: secret, key: secret }), { minLength: 1, maxLength: 2 })
const listeners = fc.tuple(
  fc.record(
    { name: fc.constant('http'), port: fc.constant(80), protocol: fc.constant('HTTP'), origin },
    { requiredKeys: ['name', 'port', 'protocol'] },
  ),
  fc.record(
    {
      name: fc.constant('https'),
      port: fc.constant(443),
      protocol: fc.constant('HTTPS'),
      hostname: fc.constantFrom('a.example', '*.example'),
      certificates,
    },
    { requiredKeys: ['name', 'port', 'protocol', 'certificates'] },
  ),
)
const route = fc.record(
  {
    kind: fc.constant('HTTP'),
    name: fc.constant('r'),
    listeners: fc.constantFrom([], ['http'], ['https', 'http']),
    hostnames: fc.constantFrom([], ['a.example']),
    createdAt: fc.nat(),
    origin,
    rules: fc.array(rule, { maxLength: 3 }),
  },
  { requiredKeys: ['name'] },
)
const input = fc.record(
  {
    version: fc.constant(1),
    name: token,
    listeners,
    backends: fc.tuple(backend('a', 'b'), backend('b', 'a'), backend('c', 'a')),
    limits: fc.tuple(limit),
    routes: fc.tuple(route),
    forwarded: fc.record({ trustedHops: fc.nat(9) }, sometimes),
    sessionKey: secret,
    bodies: fc.record({ keepPerRequest: fc.nat(), keepTotal: fc.nat() }, sometimes),
  },
  { requiredKeys: ['version', 'listeners', 'backends', 'limits'] },
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
