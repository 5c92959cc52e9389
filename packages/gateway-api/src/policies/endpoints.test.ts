import { describe, expect, test } from 'vitest'

import { backend, edge, load, object, only, route, service, told } from '../manifests.case.ts'
import { exportManifests } from '../export/from-config.ts'

const policy = (spec: string, kind = 'Service'): string =>
  object(
    'gateway.kgateway.dev/v1alpha1',
    'BackendConfigPolicy',
    'p',
    `{targetRefs: [{${kind === 'Service' ? '' : 'group: gateway.kgateway.dev, '}kind: ${kind}, name: a}], ${spec}}`,
  )
const base = [edge, service('a'), route('r', '[{backendRefs: [{name: a, port: 8000}]}]')]
const resolved = { resolve: new Map([['a.shop:8000', ['http://h:1', 'http://h:2']]]) }
const of = (spec: string) => {
  const result = load([...base, policy(spec)], resolved)
  return { result, backend: backend(result, 'shop/a:8000') }
}

describe('loadBalancer', () => {
  test.for<[string, object]>([
    ['{roundRobin: {}}', { type: 'round-robin' }],
    ['{leastRequest: {}}', { type: 'least-request' }],
    ['{leastRequest: {choiceCount: 2}}', { type: 'least-request' }],
    ['{random: {}}', { type: 'random' }],
    ['{ringHash: {hashPolicies: [{header: {name: x-user}}]}}', { type: 'ring-hash', by: [{ header: 'x-user' }] }],
    ['{maglev: {hashPolicies: [{sourceIP: {}}]}}', { type: 'maglev', by: ['address'] }],
    [
      '{maglev: {hashPolicies: [{cookie: {name: s}, terminal: true}, {sourceIP: {}}]}}',
      { type: 'maglev', by: [{ cookie: 's' }, 'address'] },
    ],
  ])('%s is understood without a word', ([spec, balance]) => {
    const { result, backend: found } = of(`loadBalancer: ${spec}`)
    expect(found.balance).toEqual(balance)
    expect(told(result)).toEqual([])
  })

  test('healthyPanicThreshold is the panic threshold', () => {
    expect(of('loadBalancer: {roundRobin: {}, healthyPanicThreshold: 0}').backend).toMatchObject({
      balance: { type: 'round-robin' },
      panicThreshold: 0,
    })
  })

  test.for<[string, string, object]>([
    [
      '{leastRequest: {choiceCount: 5}}',
      'info ignored-in-process … .leastRequest.choiceCount',
      { type: 'least-request' },
    ],
    ['{ringHash: {}}', 'info no-hash-key … .ringHash', { type: 'random' }],
    [
      '{ringHash: {hashPolicies: [{header: {name: a}}, {header: {name: b}}]}}',
      'info differs-from-envoy … .ringHash.hashPolicies',
      { type: 'ring-hash', by: [{ header: 'a' }, { header: 'b' }] },
    ],
    [
      '{maglev: {hashPolicies: [{cookie: {name: s, ttl: 1h}}]}}',
      'info ignored-in-process … .maglev.hashPolicies[0].cookie.ttl',
      { type: 'maglev', by: [{ cookie: 's' }] },
    ],
  ])('%s says where Envoy differs', ([spec, line, balance]) => {
    const { result, backend: found } = of(`loadBalancer: ${spec}`)
    expect(found.balance).toEqual(balance)
    expect(told(result)).toEqual([line.replace('… ', 'BackendConfigPolicy shop/p spec.loadBalancer')])
  })
})

describe('healthCheck', () => {
  const required = 'timeout: 2s, interval: 5s, unhealthyThreshold: 4, healthyThreshold: 1'

  test('over HTTP is a check, for which 200 alone is healthy', () => {
    const { result, backend: found } = of(
      `healthCheck: {${required}, http: {path: /ready, host: m.test, method: HEAD}}`,
    )
    expect(told(result)).toEqual([])
    expect(found.healthCheck).toEqual({
      path: '/ready',
      method: 'HEAD',
      host: 'm.test',
      timeout: 2000,
      interval: 5000,
      unhealthy: 4,
      healthy: 1,
      statuses: [{ from: 200, to: 200 }],
    })
  })

  test('with thresholds of 0 needs one result', () => {
    const spec =
      'healthCheck: {timeout: 0s, interval: 1s, unhealthyThreshold: 0, healthyThreshold: 0, http: {path: /h}}'
    expect(of(spec).backend.healthCheck).toMatchObject({ timeout: 1, healthy: 1, unhealthy: 1 })
  })

  test.for(['grpc: {}', 'tcp: {}', 'http: {path: /h, method: TRACE}'])('with %s is told to be none', (kind) => {
    const { result, backend: found } = of(`healthCheck: {${required}, ${kind}}`)
    expect(found.healthCheck).toBeUndefined()
    expect(only(result, 'unsupported')).toMatchObject({ severity: 'warning', field: 'spec.healthCheck' })
  })

  test.for(['path: health', 'path: "/a b"', 'path: /h, host: "a/b"'])('with %s is refused', (http) => {
    const result = load([...base, policy(`healthCheck: {${required}, http: {${http}}}`)], resolved)
    expect(only(result, 'invalid-value').field).toMatch(/^spec\.healthCheck\.http\./)
  })

  test('of a Backend is one of each of its priority groups', () => {
    const groups =
      '{priorityGroups: [{static: {hosts: [{host: 10.0.0.1, port: 1}]}}, {static: {hosts: [{host: 10.0.0.2, port: 1}]}}]}'
    const manifests = [
      edge,
      object('gateway.kgateway.dev/v1alpha1', 'Backend', 'a', groups),
      route('r', '[{backendRefs: [{group: gateway.kgateway.dev, kind: Backend, name: a}]}]'),
      policy(`healthCheck: {${required}, http: {path: /h}}`, 'Backend'),
    ]
    const result = load(manifests)
    expect(backend(result, 'Backend/shop/a')).toMatchObject({
      healthCheck: { path: '/h' },
      fallback: { backends: ['Backend/shop/a/1'] },
    })
    expect(backend(result, 'Backend/shop/a/1').healthCheck).toMatchObject({ path: '/h' })
  })
})

test('what was read is written and read again as it was', () => {
  const spec = `loadBalancer: {healthyPanicThreshold: 30, ringHash: {hashPolicies: [{header: {name: x-user}}]}},
    healthCheck: {timeout: 2s, interval: 5s, unhealthyThreshold: 4, healthyThreshold: 1, http: {path: /ready}}`
  const { result } = of(spec)
  if (result.config === undefined) throw new Error('no config')
  const once = exportManifests(result.config, 'kgateway')
  const again = load(once.yaml)
  const { origin: _, ...expected } = backend(result, 'shop/a:8000')
  expect(backend(again, 'shop/a:8000')).toMatchObject({
    balance: expected.balance,
    healthCheck: expected.healthCheck,
    panicThreshold: 30,
  })
  if (again.config === undefined) throw new Error('no config')
  expect(exportManifests(again.config, 'kgateway').yaml).toBe(once.yaml)
})
