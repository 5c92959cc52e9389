/** Rules of which everything can be said, for fast-check. It knows no backends but by name. */

import type { GatewayConfigInput } from '@headgate/config'
import fc from 'fast-check'

import type { ExportDialect } from './dialects.ts'

type Rule = NonNullable<NonNullable<GatewayConfigInput['routes']>[number]['rules']>[number]
type Match = NonNullable<Rule['matches']>[number]
type Filter = NonNullable<Rule['filters']>[number]

export const seconds: fc.Arbitrary<number> = fc.integer({ min: 1, max: 800 }).map((count) => count * 1000)
const fieldName = fc.constantFrom('x-model-id', 'x-tenant-id', 'Accept', 'x-ab')
/** Words that YAML 1.1 would not read as texts among them. */
const fieldValue = fc.constantFrom(
  'gpt-4',
  'yes',
  'on',
  '012',
  '1:30',
  'null',
  '~',
  '1e3',
  'a, b',
  '# no comment',
  "it's",
  'ü',
)
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })

const values = fc.uniqueArray(
  fc.record(
    { name: fieldName, value: fieldValue, type: fc.constantFrom('Exact' as const) },
    { requiredKeys: ['name', 'value'] },
  ),
  { selector: ({ name }) => name.toLowerCase(), minLength: 1, maxLength: 3 },
)

const httpMatch = fc.record(
  {
    path: fc.record({
      type: fc.constantFrom('Exact' as const, 'PathPrefix' as const),
      value: fc.constantFrom('/', '/v1', '/v1/chat/completions', '/yes'),
    }),
    method: fc.constantFrom('GET', 'POST'),
    headers: values,
    query: values,
  },
  { requiredKeys: [] },
)

const grpcMatch = fc.record(
  {
    path: fc.constantFrom(
      { type: 'Exact' as const, value: '/inference.Chat/Complete' },
      { type: 'PathPrefix' as const, value: '/inference.Chat' },
      { type: 'RegularExpression' as const, value: '/([^/]+)/(Complete)' },
      { type: 'RegularExpression' as const, value: String.raw`/([^/]+)/(Get\.It)` },
      { type: 'RegularExpression' as const, value: String.raw`/(inference\..+)/([^/]+)` },
      { type: 'RegularExpression' as const, value: '/(a|b)/(C+)' },
    ),
    headers: values,
  },
  { requiredKeys: [] },
)

const fields = fc.uniqueArray(fc.record({ name: fc.constantFrom('x-a', 'x-b', 'X-C'), value: fieldValue }), {
  selector: ({ name }) => name,
  minLength: 1,
  maxLength: 2,
})

const headerParts = fc.record({ set: fields, remove: fc.constant(['x-gone']) }, { requiredKeys: ['set'] })

const requestHeaders: fc.Arbitrary<Filter> = headerParts.map((parts) => ({ type: 'RequestHeaderModifier', ...parts }))
const responseHeaders: fc.Arbitrary<Filter> = headerParts.map((parts) => ({ type: 'ResponseHeaderModifier', ...parts }))
const rewrite: fc.Arbitrary<Filter> = fc
  .record(
    { hostname: fc.constant('up.example.com'), path: fc.constant({ type: 'ReplaceFullPath' as const, value: '/v2' }) },
    { requiredKeys: [] },
  )
  .map((parts) => ({ type: 'URLRewrite', ...parts }))
const cors: fc.Arbitrary<Filter> = fc
  .record({
    allowOrigins: fc.constantFrom(['*'], ['https://a.example.com', 'https://*.example.com']),
    allowMethods: fc.constantFrom([], ['GET', 'POST']),
    allowCredentials: fc.boolean(),
    maxAge: fc.constantFrom(5, 60),
  })
  .map((parts) => ({ type: 'CORS', ...parts }))
const redirect: Filter = { type: 'RequestRedirect', scheme: 'https', statusCode: 301 }

function mirror(backends: readonly string[]): fc.Arbitrary<Filter> {
  const share = fc.constantFrom({}, { numerator: 5, denominator: 100 }, { numerator: 1, denominator: 3 })
  return fc
    .tuple(fc.constantFrom(...backends), share)
    .map(([backend, part]) => ({ type: 'RequestMirror', backend, ...part }))
}

/** Retries as HTTPRoute says them, and as kgateway does. */
function retryFor(dialect: ExportDialect, kind: 'HTTP' | 'GRPC'): fc.Arbitrary<Rule['retry']> {
  const codes = fc.uniqueArray(fc.constantFrom(409, 429, 500, 503), { maxLength: 3 })
  const base = fc.constantFrom(25, 100, 2000)
  const portable = fc.tuple(fc.integer({ min: 1, max: 5 }), codes, base).map(([retries, on, wait]): Rule['retry'] => {
    return {
      retries,
      on: ['connect-failure', 'refused-stream', 'reset', ...on],
      backoff: { type: 'minimum', base: wait },
    }
  })
  const names = fc.uniqueArray(fc.constantFrom('5xx', 'gateway-error', 'reset', 'retriable-4xx', 'connect-failure'), {
    minLength: 1,
  })
  const own = fc
    .tuple(fc.integer({ min: 0, max: 5 }), names, codes, optional(seconds), base)
    .map(([retries, on, more, perTry, wait]) => {
      return { retries, on: [...on, ...more], perTry, backoff: { base: wait } } as Rule['retry']
    })
  if (dialect === 'gateway-api') return kind === 'HTTP' ? portable : fc.constant(undefined)
  return kind === 'HTTP' ? fc.oneof(portable, own) : own
}

/** A name of a cookie is that of a rule: those of backends must differ within a split. */
export const unnamedSession: fc.Arbitrary<Rule['session']> = fc.oneof(
  fc.constant({}),
  seconds.map((absoluteTimeout) => ({ absoluteTimeout })),
  seconds.map((absoluteTimeout) => ({ lifetime: 'Permanent' as const, absoluteTimeout })),
)
const session: fc.Arbitrary<Rule['session']> = fc.oneof(
  unnamedSession,
  fc.constantFrom({ name: 'model-session' }, { type: 'Header' as const, name: 'Session-A', absoluteTimeout: 90_000 }),
)

function timeoutsFor(dialect: ExportDialect, kind: 'HTTP' | 'GRPC'): fc.Arbitrary<Rule['timeouts']> {
  const clock = fc.constantFrom(0, 1, 1500, 90_000)
  const idle = dialect === 'kgateway' ? fc.constantFrom(300_000, 5000) : fc.constant(300_000)
  const request = fc.constantFrom(0, 900_000, 1_000_001)
  if (kind === 'HTTP') return fc.record({ request, backend: clock, idle }, { requiredKeys: [] })
  return dialect === 'kgateway' ? fc.record({ request, idle }, { requiredKeys: [] }) : fc.constant({})
}

export function ruleFor(
  dialect: ExportDialect,
  kind: 'HTTP' | 'GRPC',
  backends: readonly string[],
): fc.Arbitrary<Rule> {
  const both = [requestHeaders, responseHeaders, mirror(backends)]
  const filters = kind === 'HTTP' ? [...both, rewrite, cors] : both
  const list = fc.uniqueArray(fc.oneof(...filters), { selector: ({ type }) => type, maxLength: 3 })
  const ref = fc.record(
    {
      backend: fc.constantFrom(...backends),
      weight: fc.constantFrom(0, 1, 90),
      filters: requestHeaders.map((filter) => [filter]),
    },
    { requiredKeys: ['backend'] },
  )
  const normal = fc.record(
    {
      matches: fc.array<Match>(kind === 'HTTP' ? httpMatch : grpcMatch, { maxLength: 3 }),
      filters: list,
      backends: fc.uniqueArray(ref, { selector: ({ backend }) => backend, maxLength: 3 }),
      retry: retryFor(dialect, kind),
      timeouts: timeoutsFor(dialect, kind),
      session,
    },
    { requiredKeys: [] },
  )
  return kind === 'HTTP' ? fc.oneof({ weight: 8, arbitrary: normal }, fc.constant({ filters: [redirect] })) : normal
}
