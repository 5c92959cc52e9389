/** What the chain makes of listeners, filters and backends: plain data that passes every check. */

import { expect, test } from 'vitest'
import type { ConfigError, FilterConfig } from '@headgate/config'
import type { GatewayBuilder, Route, RouteStart } from './builder-types.ts'
import { gateway } from './builder.ts'

type Names = 'model' | 'next'

const pools = (): GatewayBuilder<Names> => gateway('g').pool('p', { model: 'http://a:8000', next: 'http://b:8000' })

function filtersOf(describe: (route: RouteStart<Names>) => Route<Names>): readonly FilterConfig[] {
  return pools().route('r', describe).config().routes[0]?.rules[0]?.filters ?? []
}

function problemsOf(build: () => unknown): readonly string[] {
  try {
    build()
  } catch (error) {
    return (error as ConfigError).problems.map(({ at, message }) => `${at}: ${message}`)
  }
  return []
}

const prefix = (value: string): object => ({ type: 'ReplacePrefixMatch', value })
const wholePath = (value: string): object => ({ type: 'ReplaceFullPath', value })

const chains: readonly [string, (route: RouteStart<Names>) => Route<Names>, object][] = [
  ['a redirect to HTTPS', (route) => route.redirect({ scheme: 'https' }), { scheme: 'https', statusCode: 302 }],
  [
    'a redirect with everything',
    (route) => route.redirect({ scheme: 'http', host: 'b.test', port: 8080, path: '/new', status: 308 }),
    { scheme: 'http', hostname: 'b.test', port: 8080, path: wholePath('/new'), statusCode: 308 },
  ],
  [
    'a redirect of a prefix',
    (route) => route.when({ path: '/v1' }).redirect({ prefix: '/v2' }),
    { path: prefix('/v2'), statusCode: 302 },
  ],
  ['a rewritten path', (route) => route.to('model').rewrite({ path: '/v1/chat' }), { path: wholePath('/v1/chat') }],
  ['a dropped prefix', (route) => route.to('model').rewrite({ prefix: '' }), { path: prefix('') }],
  ['a rewritten host', (route) => route.to('model').rewrite({ host: 'model.test' }), { hostname: 'model.test' }],
  [
    'a mirror of everything',
    (route) => route.to('model').mirror('next'),
    { backend: 'next', numerator: 100, denominator: 100 },
  ],
  [
    'a mirror of some percent',
    (route) => route.to('model').mirror('next', { percent: 5 }),
    { backend: 'next', numerator: 5, denominator: 100 },
  ],
  [
    'a mirror of a fraction of a percent',
    (route) => route.to('model').mirror('next', { percent: 0.07 }),
    { backend: 'next', numerator: 700, denominator: 1_000_000 },
  ],
  [
    'CORS with its defaults',
    (route) => route.to('model').cors({ allowOrigins: '*' }),
    {
      allowOrigins: ['*'],
      allowMethods: [],
      allowHeaders: [],
      exposeHeaders: [],
      allowCredentials: false,
      maxAge: 5,
    },
  ],
  [
    'CORS with everything',
    (route) =>
      route.to('model').cors({
        allowOrigins: ['https://App.example.com:443', 'https://*.example.org'],
        allowMethods: ['PUT'],
        allowHeaders: '*',
        exposeHeaders: ['x-request-id'],
        allowCredentials: true,
        maxAge: '10m',
      }),
    {
      allowOrigins: ['https://app.example.com', 'https://*.example.org'],
      allowMethods: ['PUT'],
      allowHeaders: ['*'],
      exposeHeaders: ['x-request-id'],
      allowCredentials: true,
      maxAge: 600,
    },
  ],
]

test.for(chains)('%s', ([, describe, expected]) => {
  const [filter, ...more] = filtersOf(describe)
  const { type, ...rest } = filter as FilterConfig
  expect([type, rest, more]).toEqual([expect.any(String), expected, []])
})

test('filters stand in the order in which they were said, whatever comes between', () => {
  const filters = filtersOf((route) =>
    route
      .requestHeaders({ set: { a: '1' } })
      .cors({ allowOrigins: '*' })
      .to('model')
      .rewrite({ path: '/' })
      .responseHeaders({ remove: ['b'] })
      .mirror('next'),
  )
  expect(filters.map(({ type }) => type)).toEqual([
    'RequestHeaderModifier',
    'CORS',
    'URLRewrite',
    'ResponseHeaderModifier',
    'RequestMirror',
  ])
})

test('a route with a redirect has no backend, and nothing warns of that', () => {
  const config = pools()
    .route('r', (route) => route.redirect({ scheme: 'https' }))
    .config()
  expect(config.routes[0]?.rules[0]?.backends).toEqual([])
})

test('listeners: HTTPS where there are certificates, one or several', () => {
  const pair = { certificate: { file: 'one.crt' }, key: { file: 'one.key' } }
  const second = { certificate: { env: 'CERT' }, key: { secret: 'ns/tls/tls.key' } }
  const config = pools()
    .listener('http', { port: 80 })
    .listener('https', { port: 443, certificates: pair })
    .listener('more', { port: 443, hostname: '*.example.com', certificates: [pair, second] })
    .route('r', (route) => route.to('model'))
    .config()
  expect(config.listeners).toEqual([
    { name: 'http', port: 80, protocol: 'HTTP' },
    { name: 'https', port: 443, protocol: 'HTTPS', certificates: [pair] },
    { name: 'more', port: 443, protocol: 'HTTPS', hostname: '*.example.com', certificates: [pair, second] },
  ])
})

test('routes are attached to the listeners that they name, and to every one where they name none', () => {
  const { routes } = gateway('g')
    .pool('p', { model: 'http://a:8000' })
    .listener('inside', { port: 8080 })
    .listener('outside', { port: 8081 })
    .route('named', (route) => route.listeners('inside').to('model').listeners('outside'))
    .route('all', (route) => route.to('model'))
    .config()
  expect(routes.map(({ listeners }) => listeners)).toEqual([['inside', 'outside'], undefined])
})

test('protocol and TLS of a pool, and of one backend in it', () => {
  const { backends } = gateway('g')
    .pool(
      'p',
      { plain: 'https://a:8443', own: { endpoints: 'http://b:8000', protocol: 'h2c' } },
      { protocol: 'h2', tls: { servername: 'model.test', ca: [{ file: 'ca.crt' }] } },
    )
    .config()
  const tls = { servername: 'model.test', ca: [{ file: 'ca.crt' }] }
  expect(backends.map((backend) => [backend.name, backend.protocol, backend.tls])).toEqual([
    ['plain', 'h2', tls],
    ['own', 'h2c', tls],
  ])
})

test('how the endpoints of a pool are chosen and watched, and of one backend in it', () => {
  const { backends } = gateway('g')
    .pool(
      'p',
      {
        shared: ['http://a:8000', 'http://b:8000'],
        own: { endpoints: 'http://c:8000', balance: 'peak-ewma', healthCheck: { path: '/v1/models' } },
      },
      {
        balance: { type: 'ring-hash', by: { header: 'x-session' } },
        healthCheck: { interval: '5s' },
        outlierDetection: {},
        panicThreshold: 0,
      },
    )
    .config()
  expect(backends).toMatchObject([
    {
      balance: { type: 'ring-hash', by: [{ header: 'x-session' }] },
      healthCheck: { path: '/health', interval: 5000 },
      outlierDetection: { consecutive5xx: 5 },
      panicThreshold: 0,
    },
    { balance: { type: 'peak-ewma' }, healthCheck: { path: '/v1/models', interval: 10_000 }, panicThreshold: 0 },
  ])
})

const mistakes: readonly [string, (route: RouteStart<Names>) => Route<Names>, RegExp][] = [
  ['a mirror of more than everything', (route) => route.to('model').mirror('next', { percent: 101 }), /numerator/],
  ['a mirror of less than nothing', (route) => route.to('model').mirror('next', { percent: -1 }), /numerator/],
  ['a share that is no number', (route) => route.to('model').mirror('next', { percent: Number.NaN }), /numerator/],
  ['a rewrite twice', (route) => route.to('model').rewrite({ path: '/a' }).rewrite({ host: 'b.test' }), /filters\[1\]/],
  [
    'a rewrite of what is redirected',
    (route) => route.rewrite({ path: '/a' }).redirect({ host: 'b.test' }),
    /redirect/,
  ],
  [
    'a prefix to replace where an exact path matches',
    (route) => route.when({ path: { exact: '/a' } }).redirect({ prefix: '/b' }),
    /has no prefix/,
  ],
  [
    'a time that is less than a second',
    (route) => route.to('model').cors({ allowOrigins: '*', maxAge: '250ms' }),
    /maxAge/,
  ],
  [
    'a time that only looks like one',
    (route) => route.to('model').cors({ allowOrigins: '*', maxAge: '-5s' }),
    /maxAge/,
  ],
]

test.for(mistakes)('is a problem with its place: %s', ([, describe, expected]) => {
  const problems = problemsOf(() => pools().route('r', describe).config())
  expect(problems).toEqual([expect.stringMatching(expected)])
})

test('a listener with an empty list of certificates is told what it lacks', () => {
  const problems = problemsOf(() => pools().listener('https', { port: 443, certificates: [] }).config())
  expect(problems).toEqual([expect.stringContaining('cannot be opened without a certificate')])
})

// Said without the compiler, which would refuse it.
const misspelt: object = { paths: '/v1' }
const withoutEndpoints = { endpoint: 'http://c:8000' } as unknown as string

test('a match by something that is not there is a problem: it does not match everything', () => {
  const chain = pools().route('r', (route) => route.when(misspelt).to('model'))
  expect(problemsOf(() => chain.config())).toEqual(['routes["r"].rules[0].matches[0].paths: unknown key "paths"'])
})

test('a backend whose endpoints are misspelt is told the key', () => {
  const chain = gateway('g').pool('p', { model: withoutEndpoints })
  expect(problemsOf(() => chain.config())).toEqual(['backends["model"].endpoint: unknown key "endpoint"'])
})

const cookie = { type: 'Cookie', lifetime: 'Session', strict: false }

test.for<[string, Parameters<RouteStart<Names>['session']>[0], object]>([
  ['nothing', undefined, cookie],
  ['a cookie', { cookie: 'chat', path: '/v1', strict: true }, { ...cookie, name: 'chat', path: '/v1', strict: true }],
  [
    'a permanent cookie',
    { lifetime: 'Permanent', absoluteTimeout: '24h' },
    { ...cookie, lifetime: 'Permanent', absoluteTimeout: 86_400_000 },
  ],
  [
    'a header',
    { header: 'x-session', idleTimeout: '1m' },
    { ...cookie, type: 'Header', name: 'x-session', idleTimeout: 60_000 },
  ],
])('a session with %s', ([, options, session]) => {
  const { routes } = pools()
    .route('r', (route) => route.to('model').session(options))
    .config()
  expect(routes[0]?.rules[0]?.session).toEqual(session)
})

test('a session of a pool is that of each backend which has none of its own', () => {
  const own = { endpoints: 'http://c:8000', session: { header: 'x-session' } }
  const { backends } = gateway('g', { sessionKey: { env: 'KEY' } })
    .pool('p', { model: 'http://a:8000', own }, { session: {} })
    .pool('q', { plain: 'http://d:8000' })
    .config()
  expect(backends.map(({ session }) => session)).toEqual([
    cookie,
    { ...cookie, type: 'Header', name: 'x-session' },
    undefined,
  ])
})
