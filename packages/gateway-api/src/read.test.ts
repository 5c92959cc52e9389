import { describe, expect, test } from 'vitest'

import { backend, edge, load, object, only, resolve, route, rules, service, told } from './manifests.case.ts'

const one = route('r', '[{backendRefs: [{name: a, port: 8000}]}]')

describe('kinds', () => {
  test('an object of another kind is passed over', () => {
    const result = load([edge, object('apps/v1', 'Deployment', 'd', '{replicas: 1}')])
    expect(told(result)).toEqual(['info unknown-kind Deployment shop/d kind'])
    expect(result.config).toBeDefined()
  })

  test('a kind that is misspelt is a warning with the right name', () => {
    const result = load([edge, object('gateway.networking.k8s.io/v1', 'HttpRoute', 'r', '{}')])
    expect(only(result, 'unknown-kind')).toMatchObject({ severity: 'warning', hint: 'did you mean HTTPRoute?' })
  })

  test('a known kind of another group is another kind', () => {
    const result = load([edge, object('networking.istio.io/v1', 'Gateway', 'g', '{servers: []}')])
    expect(told(result)).toEqual(['info unknown-kind Gateway shop/g kind'])
  })

  test('the items of a List are objects, at their lines', () => {
    const result = load(`
apiVersion: v1
kind: List
items:
  - apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: g}
    spec:
      gatewayClassName: x
      listeners:
        - {name: http, port: 80, protocol: HTTP, colour: red}
`)
    expect(result.listeners).toEqual([
      { name: 'default/g/http', gateway: 'default/g', listener: 'http', port: 80, protocol: 'HTTP' },
    ])
    expect(only(result, 'unknown-field')).toMatchObject({ line: 11, field: 'spec.listeners[0].colour' })
  })

  test('a document that is no object is passed over, half an object is an error', () => {
    expect(told(load([edge, 'replicaCount: 2']))).toEqual(['warning not-an-object - -'])
    expect(load([edge, 'kind: Service']).config).toBeUndefined()
    expect(told(load([edge, 'apiVersion: v1']))).toEqual(['error missing-field - kind'])
    expect(told(load([edge, '- a']))).toEqual(['error not-an-object - -'])
  })

  test('of two objects with one name the later counts', () => {
    const result = load([edge, service('a', ', appProtocol: https'), service('a'), one], { resolve: resolve('a') })
    expect(told(result)).toEqual(['warning duplicate-object Service shop/a -'])
    expect(backend(result, 'shop/a:8000').endpoints).toEqual([{ url: 'http://127.0.0.1:9000' }])
  })
})

describe('metadata', () => {
  test.for([
    ['no metadata', 'apiVersion: v1\nkind: Service\nspec: {}', 'error missing-field Service metadata'],
    ['no name', 'apiVersion: v1\nkind: Service\nmetadata: {}\nspec: {}', 'error missing-field Service metadata.name'],
    [
      'a name that is none',
      'apiVersion: v1\nkind: Service\nmetadata: {name: A_b}\nspec: {}',
      'error invalid-value Service metadata.name',
    ],
    [
      'a namespace that is none',
      'apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: 7}\nspec: {}',
      'error invalid-value Service metadata.namespace',
    ],
    [
      'a label that is a number',
      'apiVersion: v1\nkind: Service\nmetadata: {name: a, labels: {x: 1}}\nspec: {}',
      'error invalid-value Service metadata.labels.x',
    ],
    [
      'an age that is no time',
      'apiVersion: v1\nkind: Service\nmetadata: {name: a, creationTimestamp: soon}\nspec: {}',
      'warning invalid-value Service metadata.creationTimestamp',
    ],
  ] as const)('%s is told', ([, text, expected]) => {
    expect(told(load([edge, text]))).toEqual([expected])
  })

  test('an object without a namespace is in default', () => {
    const text =
      'apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g}\nspec:\n  gatewayClassName: x\n  listeners: [{name: l, port: 1, protocol: HTTP}]'
    expect(load(text).listeners[0]?.gateway).toBe('default/g')
  })

  test('the age of a route is in the config', () => {
    const aged = one.replace('name: r,', "name: r, creationTimestamp: '2026-01-02T03:04:05Z',")
    expect(load([edge, service('a'), aged]).config?.routes[0]?.createdAt).toBe(Date.UTC(2026, 0, 2, 3, 4, 5))
  })
})

describe('fields', () => {
  test('an unknown one is without effect and told with the nearest name', () => {
    const result = load([edge, service('a'), route('r', '[{backendRef: [], backendRefs: [{name: a, port: 8000}]}]')])
    expect(only(result, 'unknown-field')).toMatchObject({
      severity: 'warning',
      field: 'spec.rules[0].backendRef',
      hint: 'did you mean backendRefs?',
    })
    expect(rules(result)[0]?.backends).toHaveLength(1)
  })

  test('several unknown ones are all told', () => {
    const result = load([
      edge,
      service('a'),
      route('r', '[{x: 1, backendRefs: [{name: a, port: 8000, y: 2}]}]', 'z: 3'),
    ])
    expect(told(result).filter((line) => line.startsWith('warning unknown-field'))).toHaveLength(3)
    expect(result.config).toBeDefined()
  })

  test.for([
    ['a text for a number', 'port: 8000', "port: '8000'", 'spec.rules[0].backendRefs[0].port'],
    ['a number for a text', 'value: one', 'value: 1', 'spec.rules[0].matches[0].headers[0].value'],
    ['a weight out of range', 'weight: 1', 'weight: 1000001', 'spec.rules[0].backendRefs[0].weight'],
    ['an unknown word', 'type: Exact', 'type: Equals', 'spec.rules[0].matches[0].path.type'],
    ['a map for a list', 'matches: [', 'matches: {a: [', 'spec.rules[0].matches'],
    ['a duration without unit', 'request: 5s', 'request: 5', 'spec.rules[0].timeouts.request'],
    ['a fraction of a second', 'request: 5s', 'request: 1.5s', 'spec.rules[0].timeouts.request'],
    ['a path without slash', 'value: /a', 'value: a', 'spec.rules[0].matches[0].path.value'],
    ['a host name with a port', 'b.com', 'b.com:80', 'spec.hostnames[0]'],
    ['a method in lower case', 'method: GET', 'method: get', 'spec.rules[0].matches[0].method'],
    ['a field name with a blank', 'name: version', 'name: a version', 'spec.rules[0].matches[0].headers[0].name'],
  ] as const)('%s is an error at its line', ([, before, after, field]) => {
    const text = route(
      'r',
      `
    - matches: [{path: {type: Exact, value: /a}, method: GET, headers: [{name: version, value: one}]}]
      backendRefs: [{name: a, port: 8000, weight: 1}]
      timeouts: {request: 5s}`,
      'hostnames: [b.com]',
    )
    expect(text).toContain(before)
    const wrong = text
      .replace(before, after)
      .replace('{a: [', '{a: [')
      .replace(/(\{a: \[.*)\]$/m, '$1]}')
    expect(load([edge, service('a'), text]).config).toBeDefined()
    const result = load([edge, service('a'), wrong])
    expect(result.config).toBeUndefined()
    const found = result.diagnostics.filter(({ severity }) => severity === 'error')
    expect(found.map((diagnostic) => diagnostic.field)).toEqual([field])
    expect(found[0]).toMatchObject({ code: 'invalid-value', object: 'HTTPRoute shop/r', file: 'a.yaml' })
  })

  test('a missing one is an error that says what was expected', () => {
    const result = load([edge, route('r', '[{backendRefs: [{port: 80}]}]')])
    expect(only(result, 'missing-field')).toMatchObject({
      field: 'spec.rules[0].backendRefs[0].name',
      message: 'the field is missing; expected a name',
    })
  })

  test('a number that should be a text comes with the cure', () => {
    const result = load([edge, route('r', '[{matches: [{headers: [{name: v, value: 1}]}]}]')])
    expect(only(result, 'invalid-value').hint).toBe('put it into quotes')
  })

  test('null counts as left out', () => {
    const result = load([edge, service('a'), route('r', '[{matches: null, backendRefs: [{name: a, port: 8000}]}]')])
    expect(rules(result)[0]?.matches).toEqual([])
  })

  test('a regular expression without a bound on its time is refused', () => {
    const text = route('r', '[{matches: [{path: {type: RegularExpression, value: "/(a)\\\\1"}}]}]')
    expect(load([edge, text]).config).toBeUndefined()
  })
})
