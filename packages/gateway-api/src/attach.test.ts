import { describe, expect, test } from 'vitest'

import { load, object, only, service, told } from './manifests.case.ts'

const group = 'gateway.networking.k8s.io/v1'

const gateway = `
apiVersion: ${group}
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: x
  listeners:
    - {name: same, port: 80, protocol: HTTP, hostname: same.com}
    - {name: all, port: 81, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
    - name: team
      port: 82
      protocol: HTTP
      allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: blue}}}}
    - {name: grpc, port: 83, protocol: HTTP, allowedRoutes: {namespaces: {from: All}, kinds: [{kind: GRPCRoute}]}}
`

const route = (ref: string, namespace = 'shop', more = ''): string => `
apiVersion: ${group}
kind: HTTPRoute
metadata: {name: r, namespace: ${namespace}}
spec:
  parentRefs: [{name: edge, namespace: shop ${ref}}]
  ${more}
  rules: [{filters: [{type: RequestRedirect, requestRedirect: {hostname: x.com}}]}]
`

const blue = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: team, labels: {team: blue}}'

const listenersOf = (parts: readonly string[], trustNamespaces = false): readonly string[] => {
  const { config } = load([gateway, ...parts], { trustNamespaces })
  return (config?.routes[0]?.listeners ?? ['?']).map((name) => name.replace('shop/edge/', ''))
}

describe('a route is attached to', () => {
  test.for([
    ['every listener that takes it', '', 'shop', ['same', 'all']],
    ['the one of a section', ', sectionName: all', 'shop', ['all']],
    ['the one of a port', ', port: 80', 'shop', ['same']],
    ['none of a section with another port', ', sectionName: all, port: 80', 'shop', []],
    ['none of another section', ', sectionName: al', 'shop', []],
    ['none of another port', ', port: 8080', 'shop', []],
    ['none that wants another kind', ', sectionName: grpc', 'shop', []],
    ['those for all namespaces', '', 'other', ['all']],
    ['those for its namespace', '', 'team', ['all', 'team']],
    ['none that wants its own namespace', ', sectionName: same', 'other', []],
  ] as const)('%s', ([, ref, namespace, expected]) => {
    expect(listenersOf([route(ref, namespace), blue])).toEqual(expected)
  })

  test('none by labels of a namespace that is not in the files', () => {
    expect(listenersOf([route(', sectionName: team', 'team')])).toEqual([])
    expect(listenersOf([route(', sectionName: team', 'team')], true)).toEqual(['team'])
  })

  test('those with a host in common', () => {
    expect(listenersOf([route('', 'shop', 'hostnames: [same.com]')])).toEqual(['same', 'all'])
    expect(listenersOf([route('', 'shop', 'hostnames: [other.com]')])).toEqual(['all'])
  })

  test('each once, in the order of the listeners', () => {
    const twice = route(', sectionName: all}, {name: edge, namespace: shop')
    expect(listenersOf([twice])).toEqual(['same', 'all'])
  })

  test('kinds too when namespaces are trusted', () => {
    expect(listenersOf([route('', 'other')], true)).toEqual(['same', 'all', 'team'])
  })

  test('a listener for its kind: gRPC', () => {
    const grpc = object(group, 'GRPCRoute', 'r', '{parentRefs: [{name: edge, sectionName: grpc}], rules: [{}]}')
    expect(listenersOf([grpc])).toEqual(['grpc'])
  })
})

describe('what is said of a parent that leads nowhere', () => {
  test.for([
    [', sectionName: al', 'no-matching-parent', 'spec.parentRefs[0].sectionName', 'it has same, all, team, grpc'],
    [', port: 8080', 'no-matching-parent', 'spec.parentRefs[0].port', 'it has 80, 81, 82, 83'],
    [', sectionName: all, port: 80', 'no-matching-parent', 'spec.parentRefs[0].port', 'it has 80, 81, 82, 83'],
    [', sectionName: grpc', 'not-allowed-by-listeners', 'spec.parentRefs[0]', undefined],
    ['}, {name: egde', 'parent-not-found', 'spec.parentRefs[1]', 'did you mean shop/edge?'],
    [', kind: Ingress', 'unknown-kind', 'spec.parentRefs[0].kind', undefined],
  ] as const)('%s', ([ref, code, field, hint]) => {
    const result = load([gateway, route(ref)])
    expect(only(result, code)).toMatchObject({ severity: 'warning', object: 'HTTPRoute shop/r', field })
    expect(only(result, code).hint).toBe(hint)
    expect(result.config).toBeDefined()
  })

  test('a route without a common host', () => {
    const result = load([gateway, route(', sectionName: same', 'shop', 'hostnames: [other.com]')])
    expect(only(result, 'no-matching-hostname').message).toContain('same.com')
    expect(result.config?.routes[0]?.listeners).toEqual([])
  })

  test('a route without parents', () => {
    const text = object(group, 'HTTPRoute', 'r', '{rules: [{backendRefs: [{name: a, port: 8000}]}]}')
    expect(told(load([gateway, service('a'), text]))).toEqual(['warning no-parent HTTPRoute shop/r spec'])
  })

  test('a parent of a mesh', () => {
    const result = load([gateway, service('a'), route('}, {name: a, kind: Service, group: ""')])
    expect(told(result)).toContain('info ignored-in-process HTTPRoute shop/r spec.parentRefs[1]')
  })
})

test('a section of a ListenerSet is reached through it and not through its Gateway', () => {
  const open = gateway.replace(
    'gatewayClassName: x',
    'gatewayClassName: x\n  allowedListeners: {namespaces: {from: Same}}',
  )
  const set = object(
    group,
    'ListenerSet',
    'set',
    '{parentRef: {name: edge}, listeners: [{name: more, port: 90, protocol: HTTP}]}',
  )
  const through = (ref: string): readonly string[] | undefined =>
    load([open, set, route('').replace('{name: edge, namespace: shop }', ref)]).config?.routes[0]?.listeners
  expect(through('{name: set, kind: ListenerSet}')).toEqual(['shop/edge/more'])
  expect(through('{name: set, kind: ListenerSet, sectionName: more}')).toEqual(['shop/edge/more'])
  expect(through('{name: edge, sectionName: more}')).toEqual([])
  expect(through('{name: edge}')).toEqual(['shop/edge/same', 'shop/edge/all'])
})
