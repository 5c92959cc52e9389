import { describe, expect, test } from 'vitest'

import { backendConfig, objectOf, paths, reload } from './exports.case.ts'
import type { Fields } from './exports.case.ts'
import { exportManifests } from './from-config.ts'

const two = ['http://10.0.0.1', 'http://10.0.0.2']

describe('kgateway', () => {
  test.for<[Fields, Fields]>([
    [{ connectTimeout: '90s' }, { connectTimeout: '90s' }],
    [
      { capacity: { maxConnections: 5, maxRetries: 0, maxRequestsPerConnection: 7 }, endpoints: two },
      {
        commonHttpProtocolOptions: { maxRequestsPerConnection: 7 },
        circuitBreakers: { maxConnections: 10, maxPendingRequests: 1024, maxRequests: 1024, maxRetries: 0 },
      },
    ],
    [
      { outlierDetection: { consecutive5xx: 3 } },
      {
        outlierDetection: { consecutive5xx: 3, interval: '10s', baseEjectionTime: '30s', maxEjectionPercent: 10 },
      },
    ],
    [
      { breaker: { failures: 3, openFor: '20s', maxOpenPercent: 50 } },
      {
        outlierDetection: { consecutive5xx: 3, interval: '10s', baseEjectionTime: '20s', maxEjectionPercent: 100 },
      },
    ],
    [
      { breaker: { maxOpenPercent: 50 }, endpoints: two },
      {
        outlierDetection: { consecutive5xx: 5, interval: '10s', baseEjectionTime: '10s', maxEjectionPercent: 50 },
      },
    ],
    [{ balance: 'least-request' }, { loadBalancer: { leastRequest: {} } }],
    [{ balance: 'peak-ewma' }, { loadBalancer: { leastRequest: {} } }],
    [{ panicThreshold: 0 }, { loadBalancer: { healthyPanicThreshold: 0, roundRobin: {} } }],
    [
      { balance: { type: 'maglev', by: [{ header: 'x-a' }, { cookie: 'b' }, 'address'] }, panicThreshold: 50 },
      {
        loadBalancer: {
          maglev: {
            hashPolicies: [
              { header: { name: 'x-a' }, terminal: true },
              { cookie: { name: 'b' }, terminal: true },
              { sourceIP: {} },
            ],
          },
        },
      },
    ],
    [
      { healthCheck: { host: 'a:1', interval: '90s', method: 'HEAD' } },
      {
        healthCheck: {
          timeout: '1s',
          interval: '90s',
          unhealthyThreshold: 3,
          healthyThreshold: 2,
          http: { path: '/health', host: 'a:1', method: 'HEAD' },
        },
      },
    ],
    [{ capacity: { maxPending: 0, maxRequests: 9 } }, { circuitBreakers: { maxPendingRequests: 1, maxRequests: 9 } }],
    [{ capacity: { maxRequests: 0 } }, { circuitBreakers: { maxPendingRequests: 1024, maxRequests: 1 } }],
  ])('%j is %j', ([backend, expected]) => {
    const { targetRefs: _, ...spec } = objectOf(backendConfig(backend), 'BackendConfigPolicy').spec
    expect(spec).toEqual(expected)
  })

  test.for<[Fields, string[]]>([
    [{ breaker: {} }, ['breaker']],
    [{ breaker: { failures: 0, ratio: { threshold: 0.5, window: '1s', minimum: 2 } } }, ['breaker.ratio', 'breaker']],
    [{ breaker: {}, outlierDetection: {} }, ['breaker']],
    [{ capacity: { maxPending: 0 } }, ['capacity.maxPending']],
    [{ capacity: { maxRequests: 0 } }, ['capacity.maxRequests']],
    [{ balance: 'peak-ewma' }, ['balance']],
    [{ healthCheck: {} }, ['healthCheck.statuses']],
    [{ healthCheck: { statuses: [200] }, balance: 'random', panicThreshold: 10 }, []],
    [{ retryBudget: false }, ['retryBudget']],
    [{ retryBudget: { percent: 30 } }, ['retryBudget']],
    [{ capacity: {}, connectTimeout: '1s', outlierDetection: {} }, []],
  ])('%j leaves unsaid %j', ([backend, expected]) => {
    expect(paths(backendConfig(backend), 'kgateway')).toEqual(expected.map((path) => `backends["stable"].${path}`))
  })
})

describe('Gateway API', () => {
  test.for<[Fields, string[]]>([
    [{ breaker: {} }, ['breaker']],
    [{ capacity: {}, connectTimeout: '1s', outlierDetection: {} }, ['connectTimeout', 'capacity', 'outlierDetection']],
    [{ balance: 'random', panicThreshold: 1, healthCheck: {} }, ['balance', 'panicThreshold', 'healthCheck']],
    [{ retryBudget: { percent: 12.5 } }, ['retryBudget']],
    [{ retryBudget: { minimum: 0 } }, ['retryBudget']],
    [{ retryBudget: { window: '500ms', minimum: 5 } }, ['retryBudget']],
    [{ fallback: { backends: ['stable-2'] } }, ['fallback']],
    [{}, []],
  ])('%j leaves unsaid %j', ([{ fallback, ...backend }, expected]) => {
    const source = backendConfig(backend)
    const [first] = source.backends
    const whole =
      fallback === undefined || first === undefined
        ? source
        : { ...source, backends: [{ ...first, fallback: { backends: ['other'], on: ['5xx' as const] } }] }
    expect(paths(whole, 'gateway-api')).toEqual(expected.map((path) => `backends["stable"].${path}`))
  })

  test.for<[Fields, Fields, Fields]>([
    [{ percent: 30 }, { percent: 30, interval: '10s' }, { count: 10, interval: '1s' }],
    [
      { minimum: 7, window: '2s' },
      { percent: 20, interval: '2s' },
      { count: 7, interval: '2s' },
    ],
  ])('has the retry budget %j', ([retryBudget, budget, minRetryRate]) => {
    const source = backendConfig({ retryBudget })
    const { spec } = objectOf(source, 'XBackendTrafficPolicy', 'gateway-api')
    expect(spec['retryConstraint']).toEqual({ budget, minRetryRate })
    const back = reload(exportManifests(source, 'gateway-api').yaml)
    expect(back.backends[0]?.retryBudget).toEqual(source.backends[0]?.retryBudget)
  })
})
