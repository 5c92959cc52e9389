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
    'capacity of stable: at most 10 requests, 1024 pending, 2 connections an endpoint [backends.yaml:3]',
    'breaker of stable: opens after 3 failures in a row or 50% failures over 30s, for 20s [backends.yaml:3]',
    'outlier detection of stable: ejects after 5 failures in a row, for 30s, at most 50% of the endpoints [backends.yaml:3]',
    'retry budget of stable: repeats up to 20% of the requests over 10s, 100 in any case [backends.yaml:3]',
  ])
})
