import { expect, test } from 'vitest'

import { edge, load, object, only, told } from './manifests.case.ts'

const dialect = (kind: string, spec: string): string => object('kgateway.dev/v1alpha1', kind, 'p', spec)
const renamed = (text: string): readonly string[] =>
  load([edge, text])
    .diagnostics.filter(({ code }) => code === 'renamed-upstream')
    .map(({ severity, message }) => `${severity}: ${message}`)

test.for([
  [dialect('RetryPolicy', '{}'), 'TrafficPolicy.spec.retry'],
  [dialect('CircuitBreakerPolicy', '{}'), 'BackendConfigPolicy.spec.circuitBreakers and .outlierDetection'],
  [dialect('ConnectionPoolSettings', '{}'), 'BackendConfigPolicy'],
  [dialect('RateLimitPolicy', '{}'), 'TrafficPolicy.spec.rateLimit'],
  [dialect('TrafficPolicy', '{}'), 'gateway.kgateway.dev'],
  [object('gateway.networking.k8s.io/v1alpha2', 'BackendLBPolicy', 'p', '{}'), 'XBackendTrafficPolicy'],
] as const)('%s has a real name', ([text, name]) => {
  const found = renamed(text)
  expect(found).toHaveLength(1)
  expect(found[0]).toMatch(/^info: /)
  expect(found[0]).toContain(name)
})

test('a kind of today has no other name', () => {
  expect(renamed(object('gateway.kgateway.dev/v1alpha1', 'TrafficPolicy', 'p', '{}'))).toEqual([])
})

test('fields of a session that moved are named', () => {
  const text = object(
    'gateway.networking.x-k8s.io/v1alpha1',
    'XBackendTrafficPolicy',
    'p',
    '{targetRefs: [], sessionPersistence: {sessionName: s, idleTimeout: 1s, cookieConfig: {lifetimeType: Session}}}',
  )
  const fields = told(load([edge, text])).filter((line) => line.includes('renamed-upstream'))
  expect(fields.map((line) => line.split('.').at(-1) ?? '').toSorted()).toEqual([
    'cookieConfig',
    'idleTimeout',
    'sessionName',
  ])
})

test('a Gateway of any class is served, whatever its controller', () => {
  const text = (controller: string): string =>
    `apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: any}\nspec: {controllerName: ${controller}}`
  const foreign = load([edge, text('example.com/other')])
  expect([foreign.listeners.length, foreign.diagnostics]).toEqual([1, []])
  expect(only(load([edge, text('kgateway.dev/kgateway-controller')]), 'renamed-upstream').message).toContain(
    'kgateway.dev/kgateway',
  )
})
