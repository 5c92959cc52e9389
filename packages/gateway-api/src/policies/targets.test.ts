import { describe, expect, test } from 'vitest'

import { backend, edge, load, object, only, resolve, route, service, told } from '../manifests.case.ts'

const config = (targets: string): string =>
  object('gateway.kgateway.dev/v1alpha1', 'BackendConfigPolicy', 'p', `{${targets}, connectTimeout: 3s}`)
const base = [edge, service('a'), route('r', '[{backendRefs: [{name: a, port: 8000}]}]')]
const timeout = (...parts: readonly string[]): number =>
  backend(load([...base, ...parts], { resolve: resolve('a') }), 'shop/a:8000').connectTimeout

describe('a policy is for', () => {
  test.for([
    ['an object by name', 'targetRefs: [{group: "", kind: Service, name: a}]', 3000],
    ['an object without a group', 'targetRefs: [{kind: Service, name: a}]', 3000],
    ['an object in the old form', 'targetRef: {kind: Service, name: a}', 3000],
    ['a port by its name', 'targetRefs: [{kind: Service, name: a, sectionName: main}]', 3000],
    ['no port of another name', 'targetRefs: [{kind: Service, name: a, sectionName: other}]', 10_000],
    ['no object of another name', 'targetRefs: [{kind: Service, name: b}]', 10_000],
    ['no object of another kind', 'targetRefs: [{kind: InferencePool, name: a}]', 10_000],
    ['no object of another group', 'targetRefs: [{group: x.io, kind: Service, name: a}]', 10_000],
    ['no object of another namespace', 'targetRefs: [{kind: Service, name: a, namespace: other}]', 10_000],
    ['objects by labels', 'targetSelectors: [{group: "", kind: Service, matchLabels: {app: a}}]', 3000],
    ['no objects with other labels', 'targetSelectors: [{kind: Service, matchLabels: {app: b}}]', 10_000],
  ] as const)('%s', ([, targets, expected]) => {
    const labelled = service('a').replace('namespace: shop', 'namespace: shop, labels: {app: a}')
    const result = load([edge, labelled, base[2] ?? '', config(targets)], { resolve: resolve('a') })
    expect(backend(result, 'shop/a:8000').connectTimeout).toBe(expected)
    expect(told(result)).toHaveLength(expected === 3000 ? 0 : 1)
  })

  test('a Service that is resolved and not in the files', () => {
    const result = load([edge, base[2] ?? '', config('targetRefs: [{kind: Service, name: a}]')], {
      resolve: resolve('a'),
    })
    expect(backend(result, 'shop/a:8000').connectTimeout).toBe(3000)
  })
})

describe('what is said of a policy', () => {
  test.for([
    [
      'targetRefs: [{kind: Service, name: aa}]',
      'policy-target-not-found',
      'spec.targetRefs[0]',
      'did you mean shop/a?',
    ],
    [
      'targetRefs: [{kind: HTTPRoute, name: r}]',
      'policy-target-kind',
      'spec.targetRefs[0].kind',
      'it may be for Service, InferencePool, Backend',
    ],
    ['targetSelectors: []', 'policy-without-target', 'spec', undefined],
  ] as const)('with %s', ([targets, code, field, hint]) => {
    const result = load([...base, config(targets)], { resolve: resolve('a') })
    expect(only(result, code)).toMatchObject({ severity: 'warning', object: 'BackendConfigPolicy shop/p', field })
    expect(only(result, code).hint).toBe(hint)
  })

  test('for a Service that no rule uses', () => {
    const result = load([...base, service('idle'), config('targetRefs: [{kind: Service, name: idle}]')], {
      resolve: resolve('a'),
    })
    expect(told(result)).toEqual(['info unused-target BackendConfigPolicy shop/p spec.targetRefs[0]'])
  })
})

describe('a policy without a namespace', () => {
  const bare = config('targetRefs: [{kind: Service, name: a}]').replace(', namespace: shop', '')

  test('is in default, where its target is not', () => {
    const result = load([...base, bare], { resolve: resolve('a') })
    expect(only(result, 'policy-target-not-found')).toMatchObject({ hint: 'did you mean shop/a?' })
    expect(only(result, 'policy-target-not-found').message).toContain('the policy names no namespace')
    expect(timeout(bare)).toBe(10_000)
  })

  test('finds the only target of that name when namespaces are trusted', () => {
    const trusting = { resolve: resolve('a'), trustNamespaces: true }
    const result = load([...base, bare], trusting)
    expect(backend(result, 'shop/a:8000').connectTimeout).toBe(3000)
    expect(told(result)).toEqual(['info policy-namespace-taken BackendConfigPolicy default/p spec.targetRefs[0]'])
    const twice = load([...base, bare, service('a').replace('namespace: shop', 'namespace: other')], trusting)
    expect(backend(twice, 'shop/a:8000').connectTimeout).toBe(10_000)
  })
})

test('of two policies that set the same the older counts, then the one with the first name', () => {
  const target = 'targetRefs: [{kind: Service, name: a}]'
  const other = config(target).replace('name: p', 'name: b').replace('3s', '4s')
  const result = load([...base, config(target), other], { resolve: resolve('a') })
  expect(backend(result, 'shop/a:8000').connectTimeout).toBe(4000)
  expect(told(result)).toEqual(['warning policy-conflict BackendConfigPolicy shop/p spec.connectTimeout'])
  const old = config(target).replace('name: p', "name: p, creationTimestamp: '2020-01-01T00:00:00Z'")
  expect(timeout(old, other)).toBe(3000)
})
