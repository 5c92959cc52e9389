import { describe, expect, test } from 'vitest'

import { backend, edge, load, object, only, route, rules, service, told } from '../manifests.case.ts'

const target = 'targetRefs: [{kind: Service, name: a}]'
const dialect = (kind: string, spec: string): string =>
  object('kgateway.dev/v1alpha1', kind, 'p', `{${target}, ${spec}}`)
const kgateway = (spec: string): string =>
  object('gateway.kgateway.dev/v1alpha1', 'BackendConfigPolicy', 'p', `{${target}, ${spec}}`)
const base = [edge, service('a'), service('b'), route('r', '[{backendRefs: [{name: a, port: 8000}]}]')]
const urls = (count: number, scheme = 'http') =>
  new Map([['a.shop:8000', Array.from({ length: count }, (_, index) => `${scheme}://h:${index + 1}`)]])
const of = (policy: string, count = 1, scheme = 'http') => {
  const result = load([...base, policy], { resolve: urls(count, scheme) })
  return { result, backend: backend(result, 'shop/a:8000') }
}

describe('the CircuitBreakerPolicy of the specification', () => {
  const full =
    'maxConnections: 1000, maxPendingRequests: 100, maxRequests: 500, consecutiveErrors: 5, interval: 10s, maxEjectionPercent: 50'

  test('is capacity and a breaker with the interval as open time', () => {
    expect(of(dialect('CircuitBreakerPolicy', full), 3).backend).toMatchObject({
      capacity: { maxConnections: 334, maxPending: 100, maxRequests: 500 },
      breaker: { failures: 5, openFor: 10_000, probes: 1, maxOpenPercent: 50 },
    })
  })

  test('without errors and interval is no breaker', () => {
    const found = of(dialect('CircuitBreakerPolicy', 'maxRequests: 5')).backend
    expect(found.capacity).toMatchObject({ maxRequests: 5, maxPending: 1024 })
    expect(found.breaker).toBeUndefined()
  })

  test.for(['maxRequests: 0', 'maxConnections: 0, maxPendingRequests: 0, maxRequests: 0'])(
    'with %s lets nothing through',
    (spec) => {
      const { result, backend: found } = of(dialect('CircuitBreakerPolicy', spec))
      expect([found.endpoints?.length, found.capacity?.maxRequests]).toEqual([1, 0])
      expect(only(result, 'nothing-admitted').severity).toBe('warning')
    },
  )

  test.for([
    [1, 'warning', 'a lone endpoint'],
    [0, 'info', 'a lone endpoint'],
  ] as const)('at 50 percent of %i endpoints says what Envoy would do', ([count, severity, text]) => {
    const { result } = of(dialect('CircuitBreakerPolicy', full), count)
    expect(only(result, 'never-ejects')).toMatchObject({ severity, hint: '100% and more ejects one' })
    expect(only(result, 'never-ejects').message).toContain(text)
  })

  test('at 50 percent of two endpoints ejects one', () => {
    expect(told(of(dialect('CircuitBreakerPolicy', full), 2).result)).toEqual([
      'info renamed-upstream CircuitBreakerPolicy shop/p -',
      'info differs-from-envoy CircuitBreakerPolicy shop/p spec.interval',
      'info differs-from-envoy CircuitBreakerPolicy shop/p spec.maxEjectionPercent',
    ])
  })

  test('that a rule refers to is for its backends', () => {
    const filter = '{type: ExtensionRef, extensionRef: {group: kgateway.dev, kind: CircuitBreakerPolicy, name: p}}'
    const referring = route('r', `[{filters: [${filter}], backendRefs: [{name: a, port: 8000}]}]`)
    const policy = object('kgateway.dev/v1alpha1', 'CircuitBreakerPolicy', 'p', '{consecutiveErrors: 7}')
    const result = load([edge, service('a'), referring, policy], { resolve: urls(1) })
    expect(backend(result, 'shop/a:8000').breaker).toMatchObject({ failures: 7, openFor: 10_000 })
    expect(told(result)).toEqual(['info renamed-upstream CircuitBreakerPolicy shop/p -'])
  })
})

describe('ConnectionPoolSettings', () => {
  const spec =
    'tcp: {maxConnections: 10, connectTimeout: 2s}, http: {h2UpgradePolicy: UPGRADE, maxRequestsPerConnection: 100, maxRetries: 3}'

  test('are bounds of connections and of retries under way', () => {
    expect(of(dialect('ConnectionPoolSettings', spec)).backend).toMatchObject({
      connectTimeout: 2000,
      capacity: { maxConnections: 10, maxRetries: 3, maxRequestsPerConnection: 100 },
    })
  })

  test.for([
    ['http', 'http1', 1],
    ['https', 'h2', 0],
  ] as const)('that upgrade make %s endpoints speak %s', ([scheme, protocol, warnings]) => {
    const { result, backend: found } = of(dialect('ConnectionPoolSettings', spec), 1, scheme)
    expect(found.protocol).toBe(protocol)
    expect(told(result).filter((line) => line.includes('no-upgrade'))).toHaveLength(warnings)
  })

  test('beside another policy for the same bound are told', () => {
    const breaker = object('kgateway.dev/v1alpha1', 'CircuitBreakerPolicy', 'q', `{${target}, maxConnections: 5}`)
    const result = load([...base, dialect('ConnectionPoolSettings', 'tcp: {maxConnections: 10}'), breaker], {
      resolve: urls(1),
    })
    expect(backend(result, 'shop/a:8000').capacity?.maxConnections).toBe(5)
    expect(told(result)).toContain('warning policy-conflict ConnectionPoolSettings shop/p spec.tcp.maxConnections')
  })
})

describe('BackendConfigPolicy', () => {
  test('is timeouts, bounds and outlier detection', () => {
    const spec = `connectTimeout: 5s, commonHttpProtocolOptions: {maxRequestsPerConnection: 7},
      circuitBreakers: {maxConnections: 10, maxPendingRequests: 11, maxRequests: 12, maxRetries: 13},
      outlierDetection: {consecutive5xx: 3, interval: 1s, baseEjectionTime: 2s, maxEjectionPercent: 50}`
    const { result, backend: found } = of(kgateway(spec), 2)
    expect(result.diagnostics).toEqual([])
    expect(found).toMatchObject({
      connectTimeout: 5000,
      capacity: { maxConnections: 5, maxPending: 11, maxRequests: 12, maxRetries: 13, maxRequestsPerConnection: 7 },
      outlierDetection: { consecutive5xx: 3, interval: 1000, baseEjectionTime: 2000, maxEjectionPercent: 50 },
    })
  })

  test('that can never eject is told once', () => {
    const { result } = of(kgateway('outlierDetection: {consecutive5xx: 3}'), 2)
    expect(told(result)).toEqual([
      'warning never-ejects BackendConfigPolicy shop/p spec.outlierDetection.maxEjectionPercent',
    ])
  })

  test.for([
    'dns: {}',
    'loadBalancer: {roundRobin: {slowStart: {window: 1s}}}',
    'loadBalancer: {random: {}, localityType: WeightedLb}',
    'commonHttpProtocolOptions: {idleTimeout: 1s}',
  ])('%s is named', (spec) => {
    expect(told(of(kgateway(spec)).result)[0]).toMatch(/^info ignored-in-process BackendConfigPolicy shop\/p spec\./)
  })

  test.for([
    ['100', 3, 0],
    ['50', 3, 1],
    ['0', 0, 0],
  ] as const)('that enforces %s%% of ejections counts to %i', ([enforced, consecutive5xx, notes]) => {
    const { result, backend: found } = of(
      kgateway(`outlierDetection: {consecutive5xx: 3, enforcingConsecutive5xx: ${enforced}, maxEjectionPercent: 100}`),
    )
    expect(found.outlierDetection?.consecutive5xx).toBe(consecutive5xx)
    expect(told(result).filter((line) => line.includes('ignored-in-process'))).toHaveLength(notes)
  })

  const authority = 'apiVersion: v1\nkind: Secret\nmetadata: {name: ca, namespace: shop}\nstringData: {ca.crt: pem}'
  test('with TLS has an authority and a name', () => {
    const result = load([...base, kgateway('tls: {secretRef: {name: ca}, sni: x.com}'), authority], {
      resolve: urls(1),
    })
    expect(backend(result, 'shop/a:8000')).toMatchObject({
      endpoints: [{ url: 'https://h:1' }],
      tls: { ca: [{ secret: 'shop/ca/ca.crt' }], servername: 'x.com' },
    })
  })

  test.for(['tls: {insecureSkipVerify: true}', 'tls: {secretRef: {name: none}}'])(
    'with %s closes its backend',
    (spec) => {
      const result = load([...base, kgateway(spec)], { resolve: urls(1) })
      expect(rules(result)[0]?.backends[0]?.unresolved).toContain('TLS policy')
      expect(result.config?.backends).toEqual([])
    },
  )
})

describe('BackendTLSPolicy', () => {
  const policy = (validation: string): string =>
    object(
      'gateway.networking.k8s.io/v1',
      'BackendTLSPolicy',
      'p',
      `{${target}, validation: {hostname: x.com, ${validation}}}`,
    )
  const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ca, namespace: shop}\ndata: {ca.crt: pem}'

  test('with an authority makes its backend speak TLS', () => {
    const text = policy('caCertificateRefs: [{group: "", kind: ConfigMap, name: ca}]')
    const result = load([...base, text, map], { resolve: urls(1) })
    expect(backend(result, 'shop/a:8000')).toMatchObject({
      endpoints: [{ url: 'https://h:1' }],
      tls: { ca: [{ secret: 'shop/configmap:ca/ca.crt' }], servername: 'x.com' },
    })
    expect(result.secrets.get('shop/configmap:ca/ca.crt')).toBe('pem')
  })

  test('with the built-in authorities needs no others', () => {
    expect(of(policy('wellKnownCACertificates: System')).backend.tls).toEqual({ servername: 'x.com' })
  })

  test.for(['caCertificateRefs: [{group: "", kind: ConfigMap, name: no}]', 'caCertificateRefs: []'])(
    'with %s closes its backend',
    (validation) => {
      const result = load([...base, policy(validation), map], { resolve: urls(1) })
      expect(rules(result)[0]?.backends[0]?.unresolved).toContain('BackendTLSPolicy')
      expect(only(result, 'no-certificate').severity).toBe('warning')
    },
  )
})

describe('BackendLBPolicy', () => {
  const policy = (name: string, of: string, to: string): string =>
    object(
      'gateway.networking.k8s.io/v1alpha2',
      'BackendLBPolicy',
      name,
      `{targetRefs: [{group: "", kind: Service, name: ${of}}], default: {backendRef: {name: ${to}, port: 8000}}}`,
    )

  test('with a default backend is a fallback, which upstream never had', () => {
    const { result, backend: found } = of(policy('p', 'a', 'b'))
    expect(found.fallback?.backends).toEqual(['shop/b:8000'])
    expect(backend(result, 'shop/b:8000').endpoints).toEqual([])
    expect(told(result)).toEqual([
      'info renamed-upstream BackendLBPolicy shop/p -',
      'warning not-upstream BackendLBPolicy shop/p spec.default',
    ])
  })

  test('of a fallback counts too, in any order', () => {
    const result = load([...base, service('c'), policy('a', 'b', 'c'), policy('z', 'a', 'b')], { resolve: urls(1) })
    expect(backend(result, 'shop/b:8000').fallback?.backends).toEqual(['shop/c:8000'])
    expect(told(result).filter((line) => line.includes('unused-target'))).toEqual([])
  })

  test('to itself is none', () => {
    const { result, backend: found } = of(policy('p', 'a', 'a'))
    expect(found.fallback).toBeUndefined()
    expect(only(result, 'fallback-to-itself').severity).toBe('warning')
  })

  test('to what is not there is none', () => {
    const { result, backend: found } = of(policy('p', 'a', 'x'))
    expect(found.fallback).toBeUndefined()
    expect(only(result, 'backend-not-found').object).toBe('BackendLBPolicy shop/p')
  })
})

describe('XBackendTrafficPolicy', () => {
  const policy = (spec: string): string =>
    object(
      'gateway.networking.x-k8s.io/v1alpha1',
      'XBackendTrafficPolicy',
      'p',
      `{${target}, retryConstraint: ${spec}}`,
    )

  test.for([
    ['{}', { percent: 20, window: 10_000, minimum: 100 }],
    ['{budget: {percent: 50, interval: 30s}}', { percent: 50, window: 30_000, minimum: 300 }],
    ['{budget: {interval: 10s}, minRetryRate: {count: 3, interval: 2s}}', { percent: 20, window: 10_000, minimum: 15 }],
  ] as const)('%s is a budget over its window', ([spec, budget]) => {
    expect(of(policy(spec)).backend.retryBudget).toEqual(budget)
  })

  test('with an interval of nothing is an error', () => {
    const result = load([...base, policy('{budget: {interval: 0s}}')], { resolve: urls(1) })
    expect(only(result, 'invalid-value').field).toBe('spec.retryConstraint.budget.interval')
  })
})

describe('GatewayClassConfig', () => {
  const gatewayClass = (config: string): string => `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: any}
spec:
  controllerName: example.com/x
  parametersRef: {group: kgateway.dev, kind: GatewayClassConfig, name: ${config}}
`
  const config = `
apiVersion: kgateway.dev/v1alpha1
kind: GatewayClassConfig
metadata: {name: c}
spec: {connectionSettings: {connectTimeout: 4s, maxConnections: 10, idleTimeout: 60s}, proxy: {replicas: 3}}
`
  test('is the default of every backend that has no policy of its own', () => {
    const parts = [...base, gatewayClass('c'), config]
    expect(backend(load(parts, { resolve: urls(1) }), 'shop/a:8000').connectTimeout).toBe(4000)
    const own = load([...parts, kgateway('connectTimeout: 1s')], { resolve: urls(1) })
    expect(backend(own, 'shop/a:8000').connectTimeout).toBe(1000)
  })

  test('names what is without effect', () => {
    expect(told(load([...base, gatewayClass('c'), config], { resolve: urls(1) })).toSorted()).toEqual([
      'info ignored-in-process GatewayClassConfig c spec.connectionSettings.idleTimeout',
      'info ignored-in-process GatewayClassConfig c spec.connectionSettings.maxConnections',
      'info ignored-in-process GatewayClassConfig c spec.proxy',
      'info renamed-upstream GatewayClassConfig c -',
    ])
  })

  test('of another class, or that is not there, changes nothing', () => {
    const other = [...base, gatewayClass('c').replace('name: any', 'name: other'), config]
    expect(backend(load(other, { resolve: urls(1) }), 'shop/a:8000').connectTimeout).toBe(10_000)
    const missing = load([...base, gatewayClass('d'), config], { resolve: urls(1) })
    expect(only(missing, 'parameters-not-found').object).toBe('GatewayClass any')
  })
})
