import { expect, test } from 'vitest'

import { edge, load, only, route, rules } from './manifests.case.ts'

const there = 'apiVersion: v1\nkind: Service\nmetadata: {name: model, namespace: ai}\nspec: {ports: [{port: 8000}]}'
const reference = route('r', '[{backendRefs: [{name: model, namespace: ai, port: 8000}]}]')

const grant = (from: string, to: string, namespace = 'ai'): string => `
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: g, namespace: ${namespace}}
spec:
  from: [${from}]
  to: [${to}]
`
const from = '{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}'
const to = '{group: "", kind: Service}'

test.for([
  ['that fits', grant(from, to), true],
  ['for the object by name', grant(from, '{group: "", kind: Service, name: model}'), true],
  ['of several, one of which fits', grant(`{group: x, kind: y, namespace: z}, ${from}`, to), true],
  ['for another object', grant(from, '{group: "", kind: Service, name: other}'), false],
  ['for another kind', grant(from, '{group: "", kind: Secret}'), false],
  ['for another group', grant(from, '{group: x, kind: Service}'), false],
  ['from another kind', grant(from.replace('HTTPRoute', 'GRPCRoute'), to), false],
  ['from another group', grant(from.replace('gateway.networking.k8s.io', 'x'), to), false],
  ['from another namespace', grant(from.replace('shop', 'other'), to), false],
  ['in the namespace of the route', grant(from, to, 'shop'), false],
  ['that is not there', 'null', false],
] as const)('a backend of another namespace with a grant %s', ([, text, isGranted]) => {
  const result = load([edge, there, reference, text])
  const [entry] = rules(result)[0]?.backends ?? []
  expect(entry?.backend).toBe(isGranted ? 'ai/model:8000' : undefined)
  expect(entry?.unresolved === undefined).toBe(isGranted)
})

test('the diagnostic has the grant to write', () => {
  const { severity, field, hint } = only(load([edge, there, reference]), 'ref-not-permitted')
  expect([severity, field]).toEqual(['warning', 'spec.rules[0].backendRefs[0]'])
  expect(hint).toContain("to {group: '', kind: Service, name: model}")
})

test('with trust no grant is needed', () => {
  const result = load([edge, there, reference], { trustNamespaces: true })
  expect(rules(result)[0]?.backends[0]?.backend).toBe('ai/model:8000')
})
