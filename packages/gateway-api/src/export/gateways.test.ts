import { expect, test } from 'vitest'

import { config, objectOf, objects, paths, reload, ruleConfig } from './exports.case.ts'
import { exportManifests } from './from-config.ts'

const plain = { port: 80, protocol: 'HTTP' as const }
const chat = { name: 'chat', rules: [{}] }

test('a config without listeners gets one for every host, and this is told', () => {
  const source = ruleConfig({}, { name: 'inference' })
  expect(objectOf(source, 'Gateway')).toMatchObject({
    metadata: { name: 'inference', namespace: 'default', annotations: { 'headgate.dev/name': 'inference' } },
    spec: { gatewayClassName: 'kgateway', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
  })
  expect(exportManifests(source, 'kgateway').unsaid.map(({ path }) => path)).toEqual(['listeners'])
  const back = reload(exportManifests(source, 'kgateway').yaml)
  expect([back.name, back.listeners[0]?.name, back.routes[0]?.listeners]).toEqual([
    'inference',
    'default/inference/http',
    ['default/inference/http'],
  ])
})

test('listeners of one socket are one Gateway, under names that Kubernetes accepts', () => {
  const names = ['public', 'Public', 'shop/edge/http', 'shop/edge/In side', 'Shop/edge/http', 'a/b/c@s/set']
  const source = config({
    listeners: names.map((name, index) => ({ name, port: 80 + index, protocol: 'HTTP' })),
    routes: [chat],
  })
  const gateways = objects(source).filter(({ kind }) => kind === 'Gateway')
  expect(
    gateways.map(({ metadata, spec }) => [
      `${metadata.namespace}/${metadata.name}`,
      (spec['listeners'] as { name: string }[]).map(({ name }) => name),
    ]),
  ).toEqual([
    ['default/headgate', ['public', 'public-2']],
    ['shop/edge', ['http', 'in-side']],
    ['default/shop-edge', ['http']],
    ['a/b', ['c']],
  ])
  expect(reload(exportManifests(source, 'kgateway').yaml).listeners.map(({ name }) => name)).toEqual([
    'public',
    'Public',
    'shop/edge/http',
    'shop/edge/In side',
    'Shop/edge/http',
    'a/b/c@s/set',
  ])
})

test('a route names the Gateway, or the listeners where it is not attached to all of them', () => {
  const listeners = ['s/a/1', 's/a/2', 's/b/1'].map((name, index) => ({ ...plain, name, port: 80 + index }))
  const routes = [['s/a/1', 's/a/2'], ['s/a/2', 's/b/1'], undefined, []].map((attached, index) => {
    return { name: `r${index}`, namespace: 's', rules: [{}], ...(attached && { listeners: attached }) }
  })
  const source = config({ listeners, routes })
  const parents = objects(source).filter(({ kind }) => kind === 'HTTPRoute')
  expect(parents.map(({ spec }) => spec['parentRefs'])).toEqual([
    [{ name: 'a' }],
    [{ name: 'a', sectionName: '2' }, { name: 'b' }],
    [{ name: 'a' }, { name: 'b' }],
    undefined,
  ])
  const back = reload(exportManifests(source, 'kgateway').yaml)
  expect(back.routes.map((route) => route.listeners)).toEqual([
    ['s/a/1', 's/a/2'],
    ['s/a/2', 's/b/1'],
    ['s/a/1', 's/a/2', 's/b/1'],
    [],
  ])
})

test('a listener takes routes of the namespaces that it has routes of, and of no other', () => {
  const source = config({
    listeners: [
      { ...plain, name: 's/g/a' },
      { ...plain, name: 's/g/b', port: 81 },
    ],
    routes: [
      { ...chat, namespace: 'x' },
      { ...chat, namespace: 's', listeners: ['s/g/b'] },
      { ...chat, namespace: 's', name: 'only', listeners: ['s/g/a'] },
    ],
  })
  const expression = { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['s', 'x'] }
  const allowed = { namespaces: { from: 'Selector', selector: { matchExpressions: [expression] } } }
  expect(objectOf(source, 'Gateway').spec['listeners']).toMatchObject([
    { allowedRoutes: allowed },
    { allowedRoutes: allowed },
  ])
  const own = config({ listeners: [{ ...plain, name: 's/g/a' }], routes: [{ ...chat, namespace: 's' }] })
  expect(objectOf(own, 'Gateway').spec['listeners']).toEqual([{ name: 'a', port: 80, protocol: 'HTTP' }])
  expect(reload(exportManifests(source, 'kgateway').yaml).routes.map(({ listeners }) => listeners?.length)).toEqual([
    2, 1, 1,
  ])
})

test('certificates are references to Secrets, with a grant where they are elsewhere, and never texts', () => {
  const pair = (id: string) => ({ certificate: { secret: `${id}/tls.crt` }, key: { secret: `${id}/tls.key` } })
  const source = config({
    listeners: [
      {
        name: 's/g/https',
        hostname: 'a.example.com',
        port: 443,
        protocol: 'HTTPS',
        certificates: [
          pair('s/own'),
          pair('other/shared'),
          { certificate: { file: '/etc/tls.crt' }, key: { env: 'KEY' } },
          { certificate: { secret: 's/own/tls.crt' }, key: { secret: 's/else/tls.key' } },
        ],
      },
    ],
    routes: [{ ...chat, namespace: 's' }],
  })
  expect(objectOf(source, 'Gateway').spec['listeners']).toEqual([
    {
      name: 'https',
      hostname: 'a.example.com',
      port: 443,
      protocol: 'HTTPS',
      tls: {
        mode: 'Terminate',
        certificateRefs: [
          { name: 'own' },
          { name: 'shared', namespace: 'other' },
          { name: 'https-tls-3' },
          { name: 'https-tls-4' },
        ],
      },
    },
  ])
  expect(objectOf(source, 'ReferenceGrant')).toMatchObject({
    metadata: { name: 'gateway-from-s', namespace: 'other' },
    spec: {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 's' }],
      to: [{ group: '', kind: 'Secret', name: 'shared' }],
    },
  })
  expect(paths(source, 'kgateway')).toEqual([
    'listeners["s/g/https"].certificates[2]',
    'listeners["s/g/https"].certificates[3]',
  ])
})

test('Gateway API leaves the class to the cluster', () => {
  expect(objectOf(ruleConfig({}), 'Gateway', 'gateway-api').spec['gatewayClassName']).toBe('headgate')
})
