import { defineConfig } from '@headgate/config'
import { expect, test } from 'vitest'
import { policiesInForce } from './policies-in-force.ts'

const config = defineConfig({
  version: 1,
  name: 'g',
  backends: [
    {
      name: 'stable',
      endpoints: ['http://a'],
      breaker: { failures: 3, openFor: '20s', ratio: { threshold: 0.5, window: '30s', minimum: 10 } },
      capacity: { maxRequests: 10, maxConnections: 2 },
      outlierDetection: { maxEjectionPercent: 50 },
      balance: { type: 'maglev', by: [{ header: 'x-session' }, { cookie: 'session' }, 'address'] },
      healthCheck: { interval: '5s' },
      origin: 'backends.yaml:3',
    },
    { name: 'spare', endpoints: ['http://b'], capacity: { maxRequests: 1 } },
  ],
  limits: [{ name: 'tenant', per: { header: 'x-tenant' }, tokens: 100, every: '1m', origin: 'limits.yaml:1' }],
  routes: [
    {
      name: 'chat',
      rules: [
        {
          filters: [
            { type: 'RequestHeaderModifier', set: [{ name: 'x-key', value: 'sk-value' }], remove: ['x-old'] },
            { type: 'RequestMirror', backend: 'spare', numerator: 1, denominator: 4 },
          ],
          backends: [{ backend: 'stable' }],
          fallback: { backends: ['spare'], on: ['5xx'] },
          retry: { retries: 2, on: [503, 'reset'], perTry: '5s' },
          timeouts: { request: '90s', idle: 0 },
          limits: ['tenant'],
          origins: { rule: 'chat.yaml:10', retry: 'retry.yaml:7' },
        },
      ],
    },
  ],
})

test('each policy is said in words, in the order in which a request meets them, with its place', () => {
  const [rule] = config.routes[0]?.rules ?? []
  if (rule === undefined) throw new Error('the config has a rule')
  const lines = policiesInForce(rule, config).map(({ policy, text, origin }) => `${policy}: ${text} [${origin}]`)
  expect(lines).toEqual([
    'filter: RequestHeaderModifier sets x-key, removes x-old [chat.yaml:10]',
    'filter: RequestMirror of 1 in 4 to spare [chat.yaml:10]',
    'limit tenant: 100 tokens in 1m for each x-tenant, a burst of 100 [limits.yaml:1]',
    'retry: 2 more tries on 503, reset, waiting 25ms to 250ms, each try up to 5s [retry.yaml:7]',
    'fallback: spare on 5xx or without an endpoint [chat.yaml:10]',
    'timeouts: request 90s [chat.yaml:10]',
    "balance of stable: an endpoint by maglev of x-session, else the cookie session, else the caller's address [backends.yaml:3]",
    'health check of stable: GET /health at each endpoint every 5s, up to 1s [backends.yaml:3]',
    'capacity of stable: at most 10 requests, 1024 pending, 2 connections an endpoint [backends.yaml:3]',
    'breaker of stable: opens after 3 failures in a row or 50% failures over 30s, for 20s [backends.yaml:3]',
    'outlier detection of stable: ejects after 5 failures in a row, for 30s, at most 50% of the endpoints [backends.yaml:3]',
    'retry budget of stable: repeats up to 20% of the requests over 10s, 100 in any case [backends.yaml:3]',
  ])
})

test('the session of a rule is said, and those of its backends where it has none', () => {
  const sessions = defineConfig({
    version: 1,
    backends: [{ name: 'a', session: { name: 'model', absoluteTimeout: '1h' }, origin: 'a.yaml:1' }],
    routes: [
      {
        name: 'r',
        rules: [
          { backends: [{ backend: 'a' }], origins: { rule: 'r.yaml:1' } },
          {
            matches: [{ method: 'GET' }],
            backends: [{ backend: 'a' }],
            session: { type: 'Header', name: 'x-session', idleTimeout: '5m', strict: true },
            origins: { rule: 'r.yaml:4', session: 'r.yaml:7' },
          },
          { backends: [{ backend: 'a' }], session: { lifetime: 'Permanent', absoluteTimeout: '24h' } },
        ],
      },
    ],
  })
  const lines = sessions.routes[0]?.rules.map((rule) =>
    policiesInForce(rule, sessions)
      .filter(({ policy }) => policy.startsWith('session'))
      .map(({ policy, text, origin }) => `${policy}: ${text} [${origin}]`),
  )
  expect(lines).toEqual([
    ['session of a: the cookie model brings callers back to their endpoint, for 1h [a.yaml:1]'],
    [
      'session: the header x-session brings callers back to their endpoint, until 5m without a request, 503 where that does not serve [r.yaml:7]',
    ],
    ['session: a cookie of its own brings callers back to their endpoint, kept by the client, for 24h [undefined]'],
  ])
})
