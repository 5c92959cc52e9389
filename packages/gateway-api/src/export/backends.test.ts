import { describe, expect, test } from 'vitest'

import { edge, load, route, service } from '../manifests.case.ts'
import type { ExportDialect } from './dialects.ts'
import { bare, backendConfig, config, objectOf, objects, paths, reload, rulesOf, unsaid } from './exports.case.ts'
import type { Fields } from './exports.case.ts'
import { exportManifests } from './from-config.ts'

/** `Kind namespace/name` of everything but Gateways and routes. */
function kinds(backend: Fields, dialect: ExportDialect): readonly string[] {
  return objects(backendConfig(backend), dialect)
    .filter(({ kind }) => kind !== 'Gateway' && !kind.endsWith('Route'))
    .map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)
}

describe('an object for a backend', () => {
  const names = { http: 'http://vllm:8000', address: 'http://10.0.0.1:8000' }
  test.for<[string, Fields, ExportDialect, string[]]>([
    [
      'addresses',
      { endpoints: [names.address] },
      'gateway-api',
      ['Service default/stable', 'EndpointSlice default/stable-8000'],
    ],
    ['addresses', { endpoints: [names.address] }, 'kgateway', ['Backend default/stable']],
    [
      'host names',
      { endpoints: [names.http] },
      'gateway-api',
      ['Service default/stable', 'EndpointSlice default/stable-8000'],
    ],
    ['no endpoints', { endpoints: [] }, 'kgateway', ['Service default/stable']],
    [
      'TLS',
      { endpoints: ['https://api.example.com'] },
      'kgateway',
      ['Backend default/stable', 'BackendTLSPolicy default/stable'],
    ],
    [
      'every setting',
      { capacity: {}, retryBudget: { percent: 30 } },
      'kgateway',
      ['Backend default/stable', 'BackendConfigPolicy default/stable', 'XBackendTrafficPolicy default/stable'],
    ],
  ])('with %s, %j, in %s', ([_, backend, dialect, expected]) => {
    expect(kinds(backend, dialect)).toEqual(expected)
  })

  test.for<[string, string, ExportDialect, string]>([
    ['shop/vllm:8000', 'http://10.0.0.1:8000', 'kgateway', 'Service shop/vllm'],
    ['shop/vllm:8000', 'http://vllm:8000', 'kgateway', 'Backend shop/vllm-8000'],
    ['shop/vllm:8000', 'http://vllm:8000', 'gateway-api', 'Service shop/vllm'],
    ['Backend/shop/vllm', 'http://vllm:8000', 'kgateway', 'Backend shop/vllm'],
    ['Backend/shop/vllm', 'http://vllm:8000', 'gateway-api', 'Service shop/vllm'],
    ['InferencePool/shop/vllm', 'http://10.0.0.1:8000', 'kgateway', 'Backend shop/vllm'],
    ['shop/vllm:99999', 'http://10.0.0.1:8000', 'kgateway', 'Backend default/shop-vllm-99999'],
    ['Shop/vllm:1', 'http://10.0.0.1:8000', 'kgateway', 'Backend default/shop-vllm-1'],
  ])('that is called %s, with %s, in %s: %s', ([name, url, dialect, expected]) => {
    const source = config({
      backends: [{ name, endpoints: [url] }],
      routes: [{ name: 'chat', rules: [{ backends: [{ backend: name }] }] }],
    })
    const made = objects(source, dialect).filter(({ kind }) => kind === 'Service' || kind === 'Backend')
    expect(made.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).toEqual([expected])
    expect(reload(exportManifests(source, dialect).yaml).backends.map((backend) => backend.name)).toEqual([name])
  })

  test('has the name that it had in an annotation, and no other backend has its own', () => {
    const source = config({
      backends: ['GPT 4', 'gpt-4', 'gpt_4'].map((name, index) => ({ name, endpoints: [`http://10.0.0.${index + 1}`] })),
      routes: [{ name: 'r', rules: [{ backends: ['gpt_4', 'GPT 4', 'gpt-4'].map((backend) => ({ backend })) }] }],
    })
    const made = objects(source).filter(({ kind }) => kind === 'Backend')
    expect(made.map(({ metadata }) => [metadata.name, metadata.annotations])).toEqual([
      ['gpt-4', { 'headgate.dev/name': 'gpt_4' }],
      ['gpt-4-2', { 'headgate.dev/name': 'GPT 4' }],
      ['gpt-4-3', { 'headgate.dev/name': 'gpt-4' }],
    ])
  })
})

test.for<[string, Fields, string]>([
  ['the first route that uses it', {}, 'shop'],
  ['its authority', { tls: { ca: [{ secret: 'trust/configmap:roots/ca.crt' }] } }, 'trust'],
  ['no authority that is a file', { tls: { ca: [{ file: '/ca.pem' }] } }, 'shop'],
])('an object without a namespace of its own is in that of %s', ([_, backend, expected]) => {
  const rules = [{ backends: [{ backend: 'a' }] }]
  const source = config({
    backends: [{ name: 'a', endpoints: ['https://a.example.com'], ...backend }],
    routes: [
      { name: 'r', namespace: 'shop', rules },
      { name: 's', namespace: 'other', rules },
    ],
  })
  expect(objectOf(source, 'Backend').metadata.namespace).toBe(expected)
})

/** Backends of one Service, as they are read from manifests, each with a rule. */
function serviceConfig(backends: readonly (Fields & { readonly name: string })[]): ReturnType<typeof config> {
  return config({
    backends: backends.map(({ isGrpc: _, ...backend }) => ({ endpoints: ['http://10.0.0.1:9'], ...backend })),
    routes: backends.map(({ name, isGrpc }, index) => ({
      kind: isGrpc === true ? ('GRPC' as const) : ('HTTP' as const),
      name: `r${index}`,
      namespace: 'shop',
      rules: [{ backends: [{ backend: name }] }],
    })),
  })
}

describe('ports of one Service', () => {
  const ports = (backends: Parameters<typeof serviceConfig>[0]): readonly unknown[] =>
    objects(serviceConfig(backends))
      .filter(({ kind }) => kind === 'Service')
      .map(({ metadata, spec }) => [metadata.name, spec['ports']])

  test('stand in one object, each with slices of its own', () => {
    const backends = [{ name: 'shop/a:80' }, { name: 'shop/a:81', protocol: 'h2c' }]
    expect(ports(backends)).toEqual([
      [
        'a',
        [
          { name: 'http-80', port: 80 },
          { name: 'http-81', port: 81, appProtocol: 'kubernetes.io/h2c' },
        ],
      ],
    ])
    const slices = objects(serviceConfig(backends)).filter(({ kind }) => kind === 'EndpointSlice')
    expect(slices.flatMap((slice) => slice['ports'])).toEqual([
      { name: 'http-80', port: 9 },
      { name: 'http-81', port: 9 },
    ])
  })

  test('are one port for HTTP and for gRPC without an appProtocol', () => {
    expect(ports([{ name: 'shop/a:80' }, { name: 'shop/a:80/grpc', protocol: 'h2c', isGrpc: true }])).toEqual([
      ['a', [{ name: 'http', port: 80 }]],
    ])
  })

  test('of which a GRPCRoute uses one over HTTP/1.1 say so', () => {
    expect(ports([{ name: 'shop/a:80', isGrpc: true }])).toEqual([
      ['a', [{ name: 'http', port: 80, appProtocol: 'http' }]],
    ])
  })

  test('with settings of their own are Services of their own, as a policy is for all ports', () => {
    const backends = [{ name: 'shop/a:80' }, { name: 'shop/a:81', connectTimeout: '1s' }]
    expect(ports(backends)).toEqual([
      ['a', [{ name: 'http', port: 80 }]],
      ['a-81', [{ name: 'http', port: 81 }]],
    ])
    const back = reload(exportManifests(serviceConfig(backends), 'kgateway').yaml)
    expect(back.backends.map(({ name, connectTimeout }) => [name, connectTimeout])).toEqual([
      ['shop/a:80', 10_000],
      ['shop/a:81', 1000],
    ])
  })

  test('with TLS of their own have a policy with a section', () => {
    const source = serviceConfig([
      { name: 'shop/a:80' },
      { name: 'shop/a:443', endpoints: ['https://10.0.0.1:9'], tls: { servername: 'a.example.com' } },
    ])
    expect(objectOf(source, 'BackendTLSPolicy').spec).toEqual({
      targetRefs: [{ group: '', kind: 'Service', name: 'a', sectionName: 'http-443' }],
      validation: { hostname: 'a.example.com', wellKnownCACertificates: 'System' },
    })
    const back = reload(exportManifests(source, 'kgateway').yaml)
    expect(back.backends.map(({ endpoints }) => endpoints[0]?.url)).toEqual(['http://10.0.0.1:9', 'https://10.0.0.1:9'])
  })
})

describe('priority groups', () => {
  const source = config({
    backends: [
      {
        name: 'Backend/shop/a',
        endpoints: ['http://a:1'],
        fallback: { backends: ['Backend/shop/a/1', 'Backend/shop/a/2'] },
      },
      { name: 'Backend/shop/a/1', endpoints: ['http://b:1'] },
      { name: 'Backend/shop/a/2', endpoints: ['http://c:1'] },
    ],
    routes: [{ name: 'r', namespace: 'shop', rules: [{ backends: [{ backend: 'Backend/shop/a' }] }] }],
  })

  test('that were read from one Backend go back into it', () => {
    expect(objectOf(source, 'Backend').spec).toEqual({
      priorityGroups: ['a', 'b', 'c'].map((host) => ({ static: { hosts: [{ host, port: 1 }] } })),
    })
    expect(
      reload(exportManifests(source, 'kgateway').yaml)
        .backends.map(({ name }) => name)
        .toSorted(),
    ).toEqual(source.backends.map(({ name }) => name))
    expect(paths(source, 'kgateway')).toEqual(['backends["Backend/shop/a"].fallback.on'])
  })

  test('cannot be said without kgateway', () => {
    expect(paths(source, 'gateway-api')).toEqual([
      'backends["Backend/shop/a/1"]',
      'backends["Backend/shop/a/2"]',
      'backends["Backend/shop/a"].fallback',
      'backends["Backend/shop/a"].endpoints',
    ])
  })
})

test('text that a backend sets in every request is set by its references, and no value of a reference is written', () => {
  const source = config({
    backends: [
      {
        name: 'stable',
        endpoints: ['http://10.0.0.1'],
        headers: [
          { name: 'x-key', value: 'text' },
          { name: 'authorization', value: { env: 'API_KEY', prefix: 'Bearer ' } },
        ],
      },
    ],
    routes: [
      {
        name: 'chat',
        rules: [
          {
            backends: [
              {
                backend: 'stable',
                filters: [{ type: 'RequestHeaderModifier', set: [{ name: 'X-Key', value: 'other' }] }],
              },
            ],
          },
        ],
      },
    ],
  })
  expect(rulesOf(source)[0]).toMatchObject({
    backendRefs: [{ filters: [{ requestHeaderModifier: { set: [{ name: 'x-key', value: 'text' }] } }] }],
  })
  for (const dialect of ['gateway-api', 'kgateway'] as const) {
    expect(paths(source, dialect)).toEqual(['backends["stable"].headers[1]'])
    expect(exportManifests(source, dialect).yaml).not.toMatch(/authorization|API_KEY|Bearer/)
  }
})

test.for<[ExportDialect, string]>([
  ['gateway-api', 'an address of this machine is refused in an EndpointSlice'],
  ['kgateway', 'an address of this machine means the pod of the proxy there'],
])('addresses of this machine are told in %s', ([dialect, reason]) => {
  const source = backendConfig({ endpoints: ['http://127.0.0.1:8000'] })
  expect(unsaid(source, dialect)).toEqual([`backends["stable"].endpoints: ${reason}`])
  expect(reload(exportManifests(source, dialect).yaml).backends[0]?.endpoints).toEqual([
    { url: 'http://127.0.0.1:8000' },
  ])
})

test('a Service without endpoints says above it what it needs', () => {
  const { yaml } = exportManifests(backendConfig({ endpoints: [] }), 'gateway-api')
  expect(yaml).toContain('---\n# No endpoints are known: give it the selector of its pods')
})

test('the order of endpoints stays over slices of several ports', () => {
  const urls = ['http://10.0.0.1:1', 'http://10.0.0.2:2', 'http://10.0.0.3:1', 'http://[fd00::1]:1', 'http://a:1']
  const back = reload(exportManifests(backendConfig({ endpoints: urls }), 'gateway-api').yaml)
  expect(back.backends[0]?.endpoints.map(({ url }) => url)).toEqual(urls)
})

test('two backends with the endpoints of one Service, for references with other filters, come back as they were', () => {
  const tag = (value: string): string =>
    `filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-arm, value: ${value}}]}}]`
  const refs = ['one', 'two'].map((value) => `{name: a, port: 8000, ${tag(value)}}`)
  const { config: read } = load([edge, service('a'), route('r', `[{backendRefs: [${refs.join(', ')}]}]`)], {
    resolve: new Map([['a.shop:8000', ['http://127.0.0.1:9000']]]),
  })
  if (read === undefined) throw new Error('the manifests are sound')
  for (const dialect of ['gateway-api', 'kgateway'] as const) {
    expect(bare(reload(exportManifests(read, dialect).yaml))).toEqual(bare(read))
  }
})
