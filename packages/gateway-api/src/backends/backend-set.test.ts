import { describe, expect, test } from 'vitest'

import { backend, edge, load, object, only, resolve, route, rules, service, told } from '../manifests.case.ts'

const to = (ref: string): string => route('r', `[{backendRefs: [${ref}]}]`)
const entry = (parts: readonly string[], urls: Readonly<Record<string, readonly string[]>> = {}) => {
  return rules(load([edge, ...parts], { resolve: new Map(Object.entries(urls)) }))[0]?.backends[0]
}

describe('a Service', () => {
  const reference = to('{name: a, port: 8000}')

  test('is a backend by namespace, name and port', () => {
    const result = load([edge, service('a'), reference], { resolve: resolve('a') })
    expect(backend(result, 'shop/a:8000')).toMatchObject({
      endpoints: [{ url: 'http://127.0.0.1:9000' }],
      protocol: 'http1',
      origin: 'a.yaml:16',
    })
    expect(result.diagnostics).toEqual([])
  })

  test('that is only resolved is a backend too', () => {
    expect(entry([reference], { 'a.shop:8000': ['http://h:1'] })).toMatchObject({ backend: 'shop/a:8000' })
  })

  test('that is nowhere answers 500', () => {
    const result = load([edge, service('ab'), reference])
    expect(rules(result)[0]?.backends[0]?.unresolved).toContain('shop/a is not in the files')
    expect(only(result, 'backend-not-found')).toMatchObject({
      severity: 'warning',
      field: 'spec.rules[0].backendRefs[0].name',
    })
  })

  test('of the same name in another namespace is the hint', () => {
    const there = service('model').replace('namespace: shop', 'namespace: ai')
    const result = load([edge, there, to('{name: model, port: 8000}')])
    expect(only(result, 'backend-not-found').hint).toBe('did you mean ai/model?')
  })

  test('without the port answers 500, also where it is resolved', () => {
    const parts = [service('a'), to('{name: a, port: 1}')]
    expect(entry(parts, { 'a.shop:1': ['http://h:1'] })).toMatchObject({
      unresolved: 'the Service shop/a has no port 1',
    })
    expect(only(load([edge, ...parts]), 'port-not-found').hint).toBe('it has 8000')
  })

  test('needs a port in the reference', () => {
    expect(only(load([edge, service('a'), to('{name: a}')]), 'missing-port').severity).toBe('warning')
  })

  test('in the files without endpoints answers 503, and says how to give some', () => {
    const result = load([edge, service('a'), reference])
    expect(backend(result, 'shop/a:8000').endpoints).toEqual([])
    expect(only(result, 'no-endpoints').hint).toBe('give its endpoints: a.shop:8000=URL')
  })

  test('has several endpoints when several are given, each once', () => {
    const urls = ['http://h:1', 'http://h:2', 'http://h:1']
    const result = load([edge, service('a'), reference], { resolve: new Map([['a.shop:8000', urls]]) })
    expect(backend(result, 'shop/a:8000').endpoints.map(({ url }) => url)).toEqual(['http://h:1', 'http://h:2'])
  })

  test('of type ExternalName is its host', () => {
    const external = service('a').replace('spec:', 'spec:\n  type: ExternalName\n  externalName: api.example.com')
    expect(backend(load([edge, external, reference]), 'shop/a:8000').endpoints).toEqual([
      { url: 'http://api.example.com:8000' },
    ])
  })

  test.for([
    ['kubernetes.io/h2c', 'http://h:1', 'http://h:1', 'h2c'],
    ['https', 'http://h:1', 'https://h:1', 'http1'],
    ['http', 'https://h:1', 'http://h:1', 'http1'],
    ['kubernetes.io/ws', 'http://h:1', 'http://h:1', 'http1'],
  ] as const)('of appProtocol %s at %s is %s with %s', ([appProtocol, given, url, protocol]) => {
    const parts = [edge, service('a', `, appProtocol: ${appProtocol}`), reference]
    const result = load(parts, { resolve: new Map([['a.shop:8000', [given]]]) })
    expect(backend(result, 'shop/a:8000')).toMatchObject({ endpoints: [{ url }], protocol })
  })

  test('without appProtocol keeps the scheme of its URLs', () => {
    const result = load([edge, service('a'), reference], { resolve: new Map([['a.shop:8000', ['https://h:1']]]) })
    expect(backend(result, 'shop/a:8000').endpoints).toEqual([{ url: 'https://h:1' }])
  })

  test('of an appProtocol that is not known speaks HTTP/1.1, with a warning', () => {
    const result = load([edge, service('a', ', appProtocol: mysql'), reference], { resolve: resolve('a') })
    expect(only(result, 'unknown-app-protocol')).toMatchObject({
      object: 'Service shop/a',
      field: 'spec.ports[0].appProtocol',
    })
    expect(backend(result, 'shop/a:8000').protocol).toBe('http1')
  })

  test('that serves gRPC without appProtocol is called over HTTP/2, beside its other face', () => {
    const group = 'gateway.networking.k8s.io/v1'
    const grpc = object(
      group,
      'GRPCRoute',
      'g',
      '{parentRefs: [{name: edge}], rules: [{backendRefs: [{name: a, port: 8000}]}]}',
    )
    const result = load([edge, service('a'), reference, grpc], { resolve: resolve('a') })
    expect(backend(result, 'shop/a:8000').protocol).toBe('http1')
    expect(backend(result, 'shop/a:8000/grpc').protocol).toBe('h2c')
  })
})

describe('EndpointSlices', () => {
  const slice = (endpoints: string, ports = '[{name: main, port: 3000}]', label = 'a'): string => `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: s-${label}, namespace: shop, labels: {kubernetes.io/service-name: ${label}}}
addressType: IPv4
endpoints: ${endpoints}
ports: ${ports}
`
  const urls = (...slices: readonly string[]): readonly string[] =>
    backend(load([edge, service('a'), to('{name: a, port: 8000}'), ...slices]), 'shop/a:8000').endpoints.map(
      ({ url }) => url,
    )

  test('give the addresses that are ready, with the port of the slice', () => {
    const endpoints =
      '[{addresses: [10.0.0.1], conditions: {ready: true}}, {addresses: [10.0.0.2]}, {addresses: [10.0.0.3], conditions: {ready: false}}]'
    expect(urls(slice(endpoints))).toEqual(['http://10.0.0.1:3000', 'http://10.0.0.2:3000'])
  })

  test('give IPv6 addresses in brackets', () => {
    expect(urls(slice('[{addresses: ["fd00::1"]}]'))).toEqual(['http://[fd00::1]:3000'])
  })

  test('of another Service, or of a port of another name, give none', () => {
    expect(urls(slice('[{addresses: [10.0.0.1]}]', '[{name: main, port: 3000}]', 'b'))).toEqual([])
    expect(urls(slice('[{addresses: [10.0.0.1]}]', '[{name: other, port: 3000}]'))).toEqual([])
  })

  test('give way to what is resolved', () => {
    const parts = [edge, service('a'), to('{name: a, port: 8000}'), slice('[{addresses: [10.0.0.1]}]')]
    expect(backend(load(parts, { resolve: resolve('a') }), 'shop/a:8000').endpoints).toEqual([
      { url: 'http://127.0.0.1:9000' },
    ])
  })
})

describe('an InferencePool', () => {
  const pool = (more = ''): string =>
    object(
      'inference.networking.k8s.io/v1',
      'InferencePool',
      'p',
      `{targetPorts: [{number: 3000}, {number: 3001}] ${more}}`,
    )
  const ref = '{group: inference.networking.k8s.io, kind: InferencePool, name: p'

  test.for(['', ', port: 3000', ', port: 9'])(
    'is reached by its target ports, whatever the reference has: "%s"',
    (port) => {
      const given = new Map([
        ['p.shop:3000', ['http://h:1', 'http://h:2']],
        ['p.shop:3001', ['http://h:3']],
        ['p.shop:9', ['http://h:4']],
      ])
      const result = load([edge, pool(), to(`${ref}${port}}`)], { resolve: given })
      expect(backend(result, 'InferencePool/shop/p').endpoints).toHaveLength(3)
      expect(result.config?.backends).toHaveLength(1)
    },
  )

  test('speaks its appProtocol', () => {
    const parts = [edge, pool(', appProtocol: kubernetes.io/h2c'), to(`${ref}}`)]
    const given = new Map([['p.shop:3000', ['http://h:1']]])
    expect(backend(load(parts, { resolve: given }), 'InferencePool/shop/p').protocol).toBe('h2c')
  })

  test('that is nowhere answers 500, one without endpoints 503', () => {
    expect(entry([to(`${ref}}`)])?.unresolved).toContain('InferencePool shop/p is not in the files')
    expect(entry([pool(), to(`${ref}}`)])?.backend).toBe('InferencePool/shop/p')
  })

  test('has no endpoint picker here', () => {
    const text = pool(', endpointPickerRef: {name: x, port: {number: 9002}}, selector: {matchLabels: {a: b}}')
    expect(told(load([edge, text]))).toEqual(['info ignored-in-process InferencePool shop/p spec.endpointPickerRef'])
  })
})

describe('a Backend of kgateway', () => {
  const ref = '{group: gateway.kgateway.dev, kind: Backend, name: b}'
  const of = (spec: string): string => object('gateway.kgateway.dev/v1alpha1', 'Backend', 'b', spec)

  test('with static hosts has them as endpoints', () => {
    const text = of('{type: Static, static: {hosts: [{host: a.example.com, port: 80}, {host: 10.0.0.1, port: 8080}]}}')
    expect(backend(load([edge, text, to(ref)]), 'Backend/shop/b').endpoints.map(({ url }) => url)).toEqual([
      'http://a.example.com',
      'http://10.0.0.1:8080',
    ])
  })

  test('with priority groups falls back from one to the next', () => {
    const groups =
      '[{hosts: [{host: a, port: 1}]}, {hosts: [{host: b, port: 1}]}, {static: {hosts: [{host: c, port: 1}]}}]'
    const result = load([edge, of(`{priorityGroups: ${groups}}`), to(ref)])
    expect(backend(result, 'Backend/shop/b')).toMatchObject({
      endpoints: [{ url: 'http://a:1' }],
      fallback: { backends: ['Backend/shop/b/1', 'Backend/shop/b/2'] },
    })
    expect(backend(result, 'Backend/shop/b/2').endpoints).toEqual([{ url: 'http://c:1' }])
  })

  test('of a cloud answers 500', () => {
    const result = load([edge, of('{type: AWS, aws: {accountId: "1"}}'), to(ref)])
    expect(rules(result)[0]?.backends[0]?.unresolved).toContain('no static hosts')
    expect(only(result, 'unsupported-backend').severity).toBe('warning')
  })

  test('of the old group is the same', () => {
    const text = of('{static: {hosts: [{host: a, port: 1}]}}').replace('gateway.kgateway.dev', 'kgateway.dev')
    const result = load([edge, text, to(ref.replace('gateway.kgateway.dev', 'kgateway.dev'))])
    expect(told(result)).toEqual(['info renamed-upstream Backend shop/b apiVersion'])
  })
})

test.for(['{kind: Pod, name: a, port: 1}', '{group: x.example.com, kind: Service, name: a, port: 1}'])(
  'a backend of an unknown kind answers 500: %s',
  (ref) => {
    const result = load([edge, to(ref)])
    expect(only(result, 'unknown-backend-kind')).toMatchObject({
      severity: 'warning',
      field: 'spec.rules[0].backendRefs[0].kind',
    })
    expect(rules(result)[0]?.backends[0]?.unresolved).toBeDefined()
  },
)
