import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { edge, load, object, route, service } from '../manifests.case.ts'
import { bare, config, objects, paths, reload } from './exports.case.ts'
import { exportManifests } from './from-config.ts'
import { sayable } from './generated.case.ts'

const dialects = ['gateway-api', 'kgateway'] as const

test.for(dialects)(
  'in %s all that can be said comes back as it was, and is then written in the same words',
  { timeout: 60_000 },
  (dialect) => {
    fc.assert(
      fc.property(sayable(dialect), (before) => {
        const { yaml } = exportManifests(before, dialect)
        const after = reload(yaml)
        expect(bare(after)).toEqual(bare(before))
        expect(exportManifests(after, dialect).yaml).toBe(yaml)
      }),
      { numRuns: 60 },
    )
  },
)

const slice = `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: a-1, namespace: shop, labels: {kubernetes.io/service-name: a}}
addressType: IPv4
ports: [{name: main, port: 9000}]
endpoints: [{addresses: [10.0.0.1]}, {addresses: [10.0.0.2]}]
`
const a = 'backendRefs: [{name: a, port: 8000}]'
const target = (kind: string, name: string): string =>
  `targetRefs: [{group: ${kind === 'Service' ? "''" : 'gateway.networking.k8s.io'}, kind: ${kind}, name: ${name}}]`
const kgateway = 'gateway.kgateway.dev/v1alpha1'

const grpcRoute = `
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: g, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{matches: [{method: {service: a.Chat}}], ${a}}]
`

describe('manifests that are read, written and read again give one config', () => {
  test.for<[string, string[]]>([
    [
      'a split with filters',
      [
        route(
          'r',
          '[{matches: [{path: {value: /x}}], backendRefs: [{name: a, port: 8000, weight: 9}, {name: b, port: 8000}]}]',
        ),
      ],
    ],
    ['routes of both kinds', [route('r', `[{${a}}]`), grpcRoute]],
    [
      'retries and timeouts of a route',
      [
        route(
          'r',
          `[{${a}, timeouts: {request: 9s, backendRequest: 3s}, retry: {codes: [503], attempts: 2, backoff: 50ms}}]`,
        ),
      ],
    ],
    [
      'named rules and ages',
      [
        route('r', `[{name: one, ${a}}, {name: two, matches: [{method: GET}], ${a}}]`).replace(
          'namespace: shop}',
          'namespace: shop, creationTimestamp: 2026-01-02T03:04:05Z}',
        ),
      ],
    ],
    ['hosts', [route('r', `[{${a}}]`, 'hostnames: [a.example.com, "*.example.com"]')]],
    [
      'a TrafficPolicy for a route',
      [
        route('r', `[{${a}}]`),
        object(
          kgateway,
          'TrafficPolicy',
          'p',
          `{${target('HTTPRoute', 'r')}, retry: {retryOn: [5xx], attempts: 2, statusCodes: [429]}, timeouts: {streamIdle: 20s}}`,
        ),
      ],
    ],
    [
      'a local limit for a Gateway',
      [
        route('r', `[{${a}}]`),
        route('s', `[{matches: [{path: {value: /s}}], ${a}}]`),
        object(
          kgateway,
          'TrafficPolicy',
          'p',
          `{${target('Gateway', 'edge')}, rateLimit: {local: {tokenBucket: {maxTokens: 5, fillInterval: 1s}}}}`,
        ),
      ],
    ],
    [
      'a BackendConfigPolicy',
      [
        route('r', `[{${a}}]`),
        object(
          kgateway,
          'BackendConfigPolicy',
          'p',
          `{${target('Service', 'a')}, connectTimeout: 3s, circuitBreakers: {maxConnections: 9}, outlierDetection: {consecutive5xx: 2, maxEjectionPercent: 60}}`,
        ),
      ],
    ],
    [
      'TLS to a backend',
      [
        route('r', `[{${a}}]`),
        object(
          'gateway.networking.k8s.io/v1',
          'BackendTLSPolicy',
          'p',
          `{${target('Service', 'a')}, validation: {hostname: a.example.com, wellKnownCACertificates: System}}`,
        ),
      ],
    ],
    [
      'a Backend',
      [
        object(
          kgateway,
          'Backend',
          'x',
          '{static: {hosts: [{host: x.example.com, port: 81}], appProtocol: kubernetes.io/h2c}}',
        ),
        route('r', '[{backendRefs: [{group: gateway.kgateway.dev, kind: Backend, name: x}]}]'),
      ],
    ],
  ])('%s', ([_, parts]) => {
    const first = load([edge, service('a'), service('b'), slice, ...parts]).config
    if (first === undefined) throw new Error('not read')
    const { yaml, unsaid } = exportManifests(first, 'kgateway')
    expect(unsaid).toEqual([])
    expect(bare(reload(yaml))).toEqual(bare(first))
  })

  test('what only the specification has is written in the words of today', () => {
    const dialect = 'kgateway.dev/v1alpha1'
    const first = load([
      edge,
      service('a'),
      service('b'),
      slice,
      route(
        'r',
        `[{${a}, filters: [{type: ExtensionRef, extensionRef: {group: kgateway.dev, kind: RetryPolicy, name: p}}]}]`,
      ),
      object(
        dialect,
        'RetryPolicy',
        'p',
        '{numRetries: 3, retryOn: [5xx, reset], perTryTimeout: 30s, retryBackOff: {baseInterval: 100ms, maxInterval: 1s}}',
      ),
      object(
        dialect,
        'CircuitBreakerPolicy',
        'p',
        `{${target('Service', 'a')}, maxRequests: 9, consecutiveErrors: 4, interval: 20s, maxEjectionPercent: 50}`,
      ),
      object(
        dialect,
        'RateLimitPolicy',
        'p',
        `{${target('HTTPRoute', 'r')}, descriptors: [{entries: [{key: x-tenant-id}], limit: {requestsPerUnit: 100, unit: MINUTE}}]}`,
      ),
      object(
        'gateway.networking.k8s.io/v1alpha2',
        'BackendLBPolicy',
        'p',
        `{${target('Service', 'a')}, default: {backendRef: {name: b, port: 8000}}}`,
      ),
    ]).config
    if (first === undefined) throw new Error('not read')
    expect(objects(first).map(({ kind }) => kind)).toEqual([
      'Gateway',
      'HTTPRoute',
      'TrafficPolicy',
      'Service',
      'EndpointSlice',
      'BackendConfigPolicy',
    ])
    expect(paths(first, 'kgateway')).toEqual([
      'backends["shop/b:8000"]',
      'backends["shop/a:8000"].breaker',
      'backends["shop/a:8000"].fallback',
      'limits["shop/p/HTTPRoute/r/descriptor-0"].per',
    ])
    const second = reload(exportManifests(first, 'kgateway').yaml)
    const third = reload(exportManifests(second, 'kgateway').yaml)
    expect(bare(third)).toEqual(bare(second))
    expect(second.routes[0]?.rules[0]?.retry).toEqual(first.routes[0]?.rules[0]?.retry)
  })
})

test('what stands beside the routes of a config is told', () => {
  const source = config({
    forwarded: { trustedHops: 2 },
    bodies: { keepTotal: 1 },
    routes: [
      { name: 'b', rules: [{}] },
      { name: 'a', rules: [{}] },
    ],
  })
  expect(paths(source, 'kgateway')).toEqual(['routes["b"]', 'forwarded.trustedHops', 'bodies'])
})

test('GRPCRoutes come after HTTPRoutes, policies after routes, grants last', () => {
  const source = config({
    backends: [{ name: 's/a:80' }, { name: 's/b:80', protocol: 'h2c', connectTimeout: '1s' }],
    routes: [
      { kind: 'GRPC', name: 'g', rules: [{ backends: [{ backend: 's/b:80' }] }] },
      { name: 'h', rules: [{ backends: [{ backend: 's/a:80' }], retry: { retries: 1 } }] },
    ],
  })
  expect(objects(source).map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'Gateway headgate',
    'HTTPRoute h',
    'GRPCRoute g',
    'TrafficPolicy h',
    'Service a',
    'Service b',
    'BackendConfigPolicy b',
    'ReferenceGrant grpcroute-from-default',
    'ReferenceGrant httproute-from-default',
  ])
})
