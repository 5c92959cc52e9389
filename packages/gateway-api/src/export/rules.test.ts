import { describe, expect, test } from 'vitest'

import type { ExportDialect } from './dialects.ts'
import { config, objectOf, objects, paths, reload, ruleConfig, rulesOf, unsaid } from './exports.case.ts'
import type { Fields } from './exports.case.ts'
import { exportManifests } from './from-config.ts'

const dialects: readonly ExportDialect[] = ['gateway-api', 'kgateway']
const place = 'routes["chat"].rules[0]'

describe('a filter', () => {
  test.for<[Fields, Fields]>([
    [
      { type: 'RequestHeaderModifier', add: [{ name: 'a', value: 'b' }], remove: ['c'] },
      { requestHeaderModifier: { add: [{ name: 'a', value: 'b' }], remove: ['c'] } },
    ],
    [{ type: 'ResponseHeaderModifier', set: [] }, { responseHeaderModifier: { set: [] } }],
    [
      { type: 'URLRewrite', hostname: 'a.b', path: { type: 'ReplacePrefixMatch', value: '' } },
      { urlRewrite: { hostname: 'a.b', path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '' } } },
    ],
    [{ type: 'RequestMirror', backend: 'stable' }, { requestMirror: { backendRef: { name: 'stable', port: 8000 } } }],
    [
      { type: 'RequestMirror', backend: 'stable', numerator: 10, denominator: 100 },
      { requestMirror: { backendRef: { name: 'stable', port: 8000 }, percent: 10 } },
    ],
    [
      { type: 'RequestMirror', backend: 'stable', numerator: 1, denominator: 3 },
      { requestMirror: { backendRef: { name: 'stable', port: 8000 }, fraction: { numerator: 1, denominator: 3 } } },
    ],
    [{ type: 'CORS' }, { cors: {} }],
    [
      { type: 'CORS', allowOrigins: ['*'], allowCredentials: true, maxAge: 60 },
      { cors: { allowOrigins: ['*'], allowCredentials: true, maxAge: 60 } },
    ],
  ])('%j is %j, and comes back', ([filter, body]) => {
    const source = ruleConfig({ filters: [filter] })
    expect(rulesOf(source, 'gateway-api')[0]?.['filters']).toEqual([{ type: filter['type'], ...body }])
    expect(reload(exportManifests(source, 'gateway-api').yaml).routes[0]?.rules[0]?.filters).toEqual(
      source.routes[0]?.rules[0]?.filters,
    )
  })

  test('that redirects stands in a rule without backends', () => {
    const filters = [{ type: 'RequestRedirect', scheme: 'https', port: 8443, statusCode: 308 }]
    const source = ruleConfig({ filters, backends: [] })
    expect(rulesOf(source)).toEqual([
      { filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', port: 8443, statusCode: 308 } }] },
    ])
  })

  test('for headers stands once in a list', () => {
    const set = (name: string) => ({ type: 'RequestHeaderModifier', set: [{ name, value: '1' }] })
    const source = ruleConfig({ filters: [set('a'), { type: 'URLRewrite', hostname: 'a.b' }, set('b')] })
    const [first] = rulesOf(source)
    expect(first?.['filters']).toMatchObject([{ type: 'RequestHeaderModifier' }, { type: 'URLRewrite' }])
  })

  test.for(dialects)('that is not known keeps failing closed in %s', (dialect) => {
    const source = ruleConfig({ filters: [{ type: 'Unresolved', reason: 'no such policy' }] })
    expect(unsaid(source, dialect)).toEqual([`${place}.filters: a filter fails closed: no such policy`])
    expect(reload(exportManifests(source, dialect).yaml).routes[0]?.rules[0]?.filters).toMatchObject([
      { type: 'Unresolved' },
    ])
  })

  test.for<[Fields, string[], string[]]>([
    [{ type: 'CORS', maxAge: 0 }, [`${place}.filters.maxAge`], [`${place}.filters.maxAge`]],
  ])('%j is told', ([filter, portable, own]) => {
    const source = ruleConfig({ filters: [filter] })
    expect([paths(source, 'gateway-api'), paths(source, 'kgateway')]).toEqual([portable, own])
  })

  test('that a GRPCRoute lacks is a policy in kgateway, or told', () => {
    const grpc = (filter: Fields) =>
      config({
        backends: [{ name: 'a', endpoints: ['http://10.0.0.1'], protocol: 'h2c' }],
        routes: [
          {
            kind: 'GRPC',
            name: 'chat',
            rules: [{ filters: [filter as { type: 'CORS' }], backends: [{ backend: 'a' }] }],
          },
        ],
      })
    const cors = grpc({ type: 'CORS', allowOrigins: ['*'] })
    expect(objectOf(cors, 'TrafficPolicy').spec['cors']).toEqual({ allowOrigins: ['*'] })
    expect(reload(exportManifests(cors, 'kgateway').yaml).routes[0]?.rules[0]?.filters).toEqual(
      cors.routes[0]?.rules[0]?.filters,
    )
    expect([paths(cors, 'kgateway'), paths(cors, 'gateway-api')]).toEqual([[], [`${place}.filters`]])
    expect(paths(grpc({ type: 'URLRewrite', hostname: 'a.b' }), 'kgateway')).toEqual([`${place}.filters`])
  })
})

describe('a rule', () => {
  test('whose match cannot be said does not become wider', () => {
    const odd = { method: 'PROPFIND' }
    const one = ruleConfig({ matches: [odd, { method: 'GET' }] })
    expect(rulesOf(one)[0]?.['matches']).toEqual([{ method: 'GET' }])
    expect(paths(one, 'kgateway')).toEqual([`${place}.matches[0]`])
    const none = ruleConfig({ matches: [odd] })
    expect(objects(none).filter(({ kind }) => kind === 'HTTPRoute')).toEqual([])
    expect(paths(none, 'kgateway')).toEqual([`${place}.matches[0]`, place, 'routes["chat"]'])
  })

  test('is not there for a route without rules, which would take every path', () => {
    const source = config({ routes: [{ name: 'chat' }] })
    expect(objects(source).map(({ kind }) => kind)).toEqual(['Gateway'])
    expect(paths(source, 'kgateway')).toEqual(['routes["chat"]'])
  })

  test('keeps the shares of references that lead nowhere', () => {
    const backends = [
      { backend: 'stable', weight: 9 },
      { unresolved: 'not there', weight: 1 },
    ]
    const source = ruleConfig({ backends })
    expect(rulesOf(source, 'gateway-api')[0]?.['backendRefs']).toEqual([
      { name: 'stable', port: 8000, weight: 9 },
      { group: 'headgate.dev', kind: 'Unresolved', name: 'unresolved', weight: 1 },
    ])
    expect(unsaid(source, 'gateway-api')).toEqual([`${place}.backends[1]: the reference leads nowhere: not there`])
    const [, second] = reload(exportManifests(source, 'gateway-api').yaml).routes[0]?.rules[0]?.backends ?? []
    expect(second).toMatchObject({ weight: 1, unresolved: expect.any(String) as string })
  })

  test('has clocks in the route, and silence in a policy', () => {
    const timeouts = { request: '2m', backend: '0s', idle: '5s', headers: '1s' }
    const source = ruleConfig({ timeouts })
    for (const dialect of dialects) {
      expect(rulesOf(source, dialect)[0]?.['timeouts']).toEqual({ request: '2m', backendRequest: '0s' })
    }
    expect(objectOf(source, 'TrafficPolicy').spec['timeouts']).toEqual({ streamIdle: '5s' })
    expect(paths(source, 'kgateway')).toEqual([`${place}.timeouts.headers`])
    expect(paths(source, 'gateway-api')).toEqual([`${place}.timeouts.headers`, `${place}.timeouts.idle`])
  })

  test('of a GRPCRoute has clocks and retries in a policy', () => {
    const source = config({
      backends: [{ name: 'a', endpoints: ['http://10.0.0.1'], protocol: 'h2c' }],
      routes: [
        {
          kind: 'GRPC',
          name: 'chat',
          rules: [
            {
              backends: [{ backend: 'a' }],
              timeouts: { request: '9s', backend: '8s' },
              retry: { retries: 2, perTry: '9s' },
            },
          ],
        },
      ],
    })
    expect(objectOf(source, 'TrafficPolicy').spec).toEqual({
      targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'GRPCRoute', name: 'chat' }],
      timeouts: { request: '9s' },
      retry: { attempts: 2, retryOn: ['connect-failure', 'refused-stream', 'reset'] },
    })
    expect(paths(source, 'kgateway').toSorted()).toEqual([`${place}.retry.perTry`, `${place}.timeouts.backend`])
    expect(paths(source, 'gateway-api').toSorted()).toEqual([
      `${place}.retry`,
      `${place}.timeouts.backend`,
      `${place}.timeouts.request`,
    ])
  })

  test.for(dialects)('has no fallback and no sticky split in %s', (dialect) => {
    const source = config({
      backends: [
        { name: 'stable', endpoints: ['http://10.0.0.1'] },
        { name: 'spare', endpoints: ['http://10.0.0.2'] },
      ],
      routes: [
        {
          name: 'chat',
          rules: [{ backends: [{ backend: 'stable' }], fallback: { backends: ['spare'] }, sticky: { header: 'x' } }],
        },
      ],
    })
    expect(paths(source, dialect)).toEqual([`${place}.sticky`, `${place}.fallback`, 'backends["spare"]'])
  })
})

test('references across namespaces are granted one by one', () => {
  const source = config({
    backends: ['models/a:80', 'models/b:80', 'shop/c:80'].map((name) => ({ name, endpoints: ['http://10.0.0.1'] })),
    routes: [
      {
        name: 'chat',
        namespace: 'shop',
        rules: [
          {
            filters: [{ type: 'RequestMirror', backend: 'models/b:80' }],
            backends: [{ backend: 'models/a:80' }, { backend: 'shop/c:80' }],
          },
        ],
      },
    ],
  })
  expect(objectOf(source, 'ReferenceGrant')).toMatchObject({
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    metadata: { name: 'httproute-from-shop', namespace: 'models' },
    spec: {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop' }],
      to: [
        { group: '', kind: 'Service', name: 'a' },
        { group: '', kind: 'Service', name: 'b' },
      ],
    },
  })
  const [rule] = reload(exportManifests(source, 'kgateway').yaml).routes[0]?.rules ?? []
  expect(rule?.backends.map(({ backend }) => backend)).toEqual(['models/a:80', 'shop/c:80'])
})

test('a config that was not checked is refused', () => {
  const source = ruleConfig({})
  const broken = { ...source, backends: [] }
  expect(() => exportManifests(broken, 'kgateway')).toThrow('no backend is named "stable"')
})
