import { describe, expect, test } from 'vitest'

import { edge, load, object, only, resolve, route, service, told } from '../manifests.case.ts'

const options = { resolve: resolve('a') }
const a = 'backendRefs: [{name: a, port: 8000}]'
const base = [edge, service('a')]
const match = (...conditions: readonly string[]): string =>
  `{matches: [${conditions.map((one) => `{${one}}`).join(', ')}], ${a}}`
const path = (value: string, type = 'PathPrefix'): string => `path: {type: ${type}, value: ${value}}`
const header = (name: string, value: string): string => `headers: [{name: ${name}, value: ${value}}]`
const diagnostics = (code: string, ...parts: readonly string[]): readonly string[] =>
  told(load([...base, ...parts], options)).filter((line) => line.includes(code))

describe('a rule that cannot be reached', () => {
  test.for([
    ['the same match', match(path('/x')), match(path('/x')), 1],
    ['the same prefix with a slash', match(path('/x')), match(path('/x/')), 1],
    ['no match twice', `{${a}}`, `{${a}}`, 1],
    ['no match and the prefix /', `{${a}}`, match(path('/')), 1],
    ['the same header in another case', match(header('A', 'x')), match(header('a', 'x')), 1],
    ['another value', match(header('a', 'x')), match(header('a', 'y')), 0],
    ['another method', match(`${path('/x')}, method: GET`), match(`${path('/x')}, method: POST`), 0],
    ['a longer prefix', match(path('/x')), match(path('/x/y')), 0],
    ['an exact path', match(path('/x')), match(path('/x', 'Exact')), 0],
    [
      'any prefix after a pattern of everything',
      match(path('/.*', 'RegularExpression')),
      match(`${path('/x')}, ${header('a', 'x')}`),
      1,
    ],
    [
      'an exact path after a pattern of everything',
      match(path('/.*', 'RegularExpression')),
      match(path('/x', 'Exact')),
      0,
    ],
  ] as const)('%s', ([, first, second, count]) => {
    expect(diagnostics('unreachable-rule', route('r', `[${first}, ${second}]`))).toHaveLength(count)
  })

  test('is told with the rule that takes its requests', () => {
    const result = load(
      [...base, route('b', `[${match(path('/x'))}]`), route('c', `[${match(path('/y'))}, ${match(path('/x'))}]`)],
      options,
    )
    expect(only(result, 'unreachable-rule')).toMatchObject({
      severity: 'warning',
      object: 'HTTPRoute shop/c',
      field: 'spec.rules[1]',
    })
    expect(only(result, 'unreachable-rule').message).toMatch(/shop\/b rules\[0\] \(a\.yaml:\d+\)/)
  })

  test('loses to the older route, where both have an age', () => {
    const old = route('z', `[${match(path('/x'))}]`).replace(
      'name: z',
      "name: z, creationTimestamp: '2020-01-01T00:00:00Z'",
    )
    const young = route('b', `[${match(path('/x'))}]`).replace(
      'name: b',
      "name: b, creationTimestamp: '2021-01-01T00:00:00Z'",
    )
    expect(diagnostics('unreachable-rule', old, young)).toEqual([
      'warning unreachable-rule HTTPRoute shop/b spec.rules[0]',
    ])
    const ageless = route('b', `[${match(path('/x'))}]`)
    expect(diagnostics('unreachable-rule', old, ageless)).toEqual([
      'warning unreachable-rule HTTPRoute shop/z spec.rules[0]',
    ])
  })

  test('by one match of two is told at the match', () => {
    const rules = `[${match(path('/x'))}, ${match(path('/x'), path('/y'))}]`
    expect(diagnostics('unreachable-rule', route('r', rules))).toEqual([
      'warning unreachable-rule HTTPRoute shop/r spec.rules[1].matches[0]',
    ])
  })

  test('on one host of two is none', () => {
    const one = route('b', `[${match(path('/x'))}]`, 'hostnames: [a.com]')
    expect(diagnostics('unreachable-rule', one, route('c', `[${match(path('/x'))}]`))).toEqual([])
  })

  test('on one listener of two is none', () => {
    const other = edge.replace('name: edge', 'name: other').replace('port: 80', 'port: 81')
    const both = route('c', `[${match(path('/x'))}]`).replace('[{name: edge}]', '[{name: edge}, {name: other}]')
    expect(diagnostics('unreachable-rule', other, route('b', `[${match(path('/x'))}]`), both)).toEqual([])
  })
})

describe('a hole behind two values of a header', () => {
  const control = match(`${path('/v1')}, ${header('x-group', 'control')}`)
  const experiment = match(`${path('/v1')}, ${header('x-group', 'experiment')}`)
  const pair = `${control}, ${experiment}`

  test('is told at the first rule', () => {
    const result = load([...base, route('r', `[${pair}]`)], options)
    expect(only(result, 'ab-hole')).toMatchObject({
      severity: 'warning',
      field: 'spec.rules[0]',
      hint: 'add a rule for /v1 without x-group',
    })
    expect(only(result, 'ab-hole').message).toContain('control, experiment')
  })

  test.for([
    ['a rule for the rest', match(path('/v1')), 0],
    ['a rule for everything', `{${a}}`, 0],
    ['a rule for a shorter prefix', match(path('/')), 0],
    ['a rule for a longer prefix', match(path('/v1/x')), 1],
    ['a rule for another path', match(path('/v2')), 1],
    ['a rule for one method of the rest', match(`${path('/v1')}, method: POST`), 1],
    ['a rule for another header', match(`${path('/v1')}, ${header('x-other', 'y')}`), 1],
  ] as const)('beside %s', ([, more, count]) => {
    expect(diagnostics('ab-hole', route('r', `[${pair}, ${more}]`))).toHaveLength(count)
  })

  test('is closed by another route for all of its hosts', () => {
    const rest = (spec: string): string => route('s', `[${match(path('/v1'))}]`, spec)
    const own = route('r', `[${pair}]`, 'hostnames: [a.com]')
    expect(diagnostics('ab-hole', own, rest(''))).toEqual([])
    expect(diagnostics('ab-hole', own, rest('hostnames: ["*.com"]'))).toEqual([])
    expect(diagnostics('ab-hole', own, rest('hostnames: [b.com]'))).toHaveLength(1)
    const two = route('r', `[${pair}]`, 'hostnames: [a.com, b.com]')
    expect(diagnostics('ab-hole', two, rest('hostnames: [b.com]'))).toHaveLength(1)
    expect(diagnostics('ab-hole', two, rest('hostnames: [b.com, c.com, a.com]'))).toEqual([])
  })

  test('behind more values is worth knowing only', () => {
    const third = match(`${path('/v1')}, ${header('x-group', 'third')}`)
    expect(diagnostics('ab-hole', route('r', `[${pair}, ${third}]`))).toEqual([
      'info ab-hole HTTPRoute shop/r spec.rules[0]',
    ])
  })

  test('behind one value is none', () => {
    expect(diagnostics('ab-hole', route('r', `[${control}]`))).toEqual([])
  })
})

describe('clocks', () => {
  const of = (spec: string): ReturnType<typeof load> => load([...base, route('r', `[{${a}, ${spec}}]`)], options)

  test.for([
    ['retry: {attempts: 2}, timeouts: {request: 3s, backendRequest: 1s}', undefined],
    ['retry: {attempts: 3}, timeouts: {request: 3s, backendRequest: 1s}', 'at most 750ms for each try'],
    ['retry: {attempts: 9}, timeouts: {backendRequest: 1s}', undefined],
    ['retry: {attempts: 9}, timeouts: {request: 0s, backendRequest: 1s}', undefined],
  ] as const)('%s', ([spec, hint]) => {
    const found = of(spec).diagnostics.filter(({ code }) => code === 'retry-exceeds-timeout')
    expect(found.map((diagnostic) => diagnostic.hint)).toEqual(hint === undefined ? [] : [hint])
  })

  test('of one try cut streams', () => {
    expect(only(of('timeouts: {backendRequest: 60s}'), 'cuts-streams').field).toBe(
      'spec.rules[0].timeouts.backendRequest',
    )
    expect(told(of('timeouts: {backendRequest: 0s, request: 1s}'))).toEqual([])
  })
})

describe('listeners', () => {
  const gateway = (listeners: string): string =>
    object('gateway.networking.k8s.io/v1', 'Gateway', 'edge', `{gatewayClassName: x, listeners: [${listeners}]}`)
  const secret =
    'apiVersion: v1\nkind: Secret\nmetadata: {name: c, namespace: shop}\nstringData: {tls.crt: a, tls.key: b}'
  const https = '{name: https, port: 443, protocol: HTTPS, hostname: a.com, tls: {certificateRefs: [{name: c}]}}'
  const http = '{name: http, port: 80, protocol: HTTP, hostname: a.com}'
  const codes = (...parts: readonly string[]): readonly string[] =>
    told(load([service('a'), secret, ...parts], options))

  test('with and without TLS serve one route, and nothing redirects', () => {
    const text = route('r', `[{${a}}]`)
    expect(codes(gateway(`${https}, ${http}`), text)).toEqual([
      'info served-in-cleartext HTTPRoute shop/r spec.parentRefs',
    ])
    expect(
      codes(gateway(`${https}, ${http}`), text.replace('{name: edge}', '{name: edge, sectionName: https}')),
    ).toEqual([])
    const redirect = route('r', '[{filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]}]')
    expect(codes(gateway(`${https}, ${http}`), redirect)).toEqual([])
  })

  test('that are more specific take all hosts of a route', () => {
    const wide = '{name: wide, port: 80, protocol: HTTP}'
    const near = '{name: near, port: 80, protocol: HTTP, hostname: "*.a.com"}'
    const on = (spec: string): string =>
      route('r', `[{${a}}]`, spec).replace('{name: edge}', '{name: edge, sectionName: wide}')
    expect(codes(gateway(`${wide}, ${near}`), on('hostnames: [x.a.com]'))).toEqual([
      'warning unreachable-route HTTPRoute shop/r spec.hostnames',
    ])
    expect(codes(gateway(`${wide}, ${near}`), on('hostnames: [x.a.com, b.com]'))).toEqual([])
    expect(codes(gateway(`${wide}, ${near}`), on(''))).toEqual([])
    expect(codes(gateway(`${wide}, ${near.replace('80', '81')}`), on('hostnames: [x.a.com]'))).toEqual([])
  })
})
