import { expect, test } from 'vitest'

import { edge, load, object, resolve, route, service, told } from './manifests.case.ts'

const a = 'backendRefs: [{name: a, port: 8000}]'
const base = [edge, service('a'), route('r', `[{${a}}]`)]
const gateway = (spec: string): string =>
  object(
    'gateway.networking.k8s.io/v1',
    'Gateway',
    'g',
    `{gatewayClassName: x, listeners: [{name: l, port: 81, protocol: HTTP}], ${spec}}`,
  )

test.for([
  [gateway('addresses: [{value: 10.0.0.1}]'), 'info ignored-in-process Gateway shop/g spec.addresses'],
  [gateway('infrastructure: {labels: {a: b}}'), 'info ignored-in-process Gateway shop/g spec.infrastructure'],
  [
    gateway('tls: {frontend: {default: {validation: {caCertificateRefs: []}}}}'),
    'warning ignored-in-process Gateway shop/g spec.tls.frontend',
  ],
  [gateway('tls: {backend: {}}'), 'info ignored-in-process Gateway shop/g spec.tls.backend'],
  [
    object('gateway.kgateway.dev/v1alpha1', 'GatewayParameters', 'p', '{kube: {}}'),
    'info ignored-in-process GatewayParameters shop/p spec',
  ],
  [
    object('gateway.kgateway.dev/v1alpha1', 'Backend', 'b', '{priorityGroups: [{backendRefs: [{name: a}]}]}'),
    'warning unsupported Backend shop/b spec.priorityGroups[0].backendRefs',
  ],
  [
    service('s').replace('spec:', 'spec:\n  sessionAffinity: ClientIP'),
    'info ignored-in-process Service shop/s spec.sessionAffinity',
  ],
] as const)('a field without effect is named: %s', ([text, expected]) => {
  expect(told(load([...base, text], { resolve: resolve('a') }))).toEqual([expected])
})

test('the weight in an annotation is named, other annotations are not', () => {
  const annotated = route('c', `[{matches: [{path: {value: /c}}], ${a}}]`).replace(
    'name: c,',
    'name: c, annotations: {deployment.kubernetes.io/canary-weight: "10", other: x},',
  )
  expect(told(load([...base, annotated], { resolve: resolve('a') }))).toEqual([
    'info annotation-without-effect HTTPRoute shop/c metadata.annotations["deployment.kubernetes.io/canary-weight"]',
  ])
})

test('fields of Services that only the cluster reads are not named', () => {
  const text = service('s').replace('spec:', 'spec:\n  type: LoadBalancer\n  clusterIP: None\n  selector: {app: s}')
  expect(told(load([...base, text], { resolve: resolve('a') }))).toEqual([])
})
