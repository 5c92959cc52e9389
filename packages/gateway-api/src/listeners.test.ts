import { describe, expect, test } from 'vitest'

import { load, object, only, told } from './manifests.case.ts'

const group = 'gateway.networking.k8s.io/v1'
const tls = (name: string): string => `
apiVersion: v1
kind: Secret
metadata: {name: ${name}, namespace: shop}
type: kubernetes.io/tls
stringData: {tls.crt: certificate, tls.key: key}
`
const gateway = (listeners: string, more = ''): string => {
  return object(group, 'Gateway', 'edge', `{gatewayClassName: x, listeners: ${listeners} ${more}}`)
}

test('a listener has the name of its Gateway, its declared port and its line', () => {
  const { config, listeners } = load(gateway('[{name: http, port: 80, protocol: HTTP, hostname: "*.example.com"}]'))
  expect(config?.listeners).toEqual([
    { name: 'shop/edge/http', port: 80, protocol: 'HTTP', hostname: '*.example.com', origin: 'a.yaml:5' },
  ])
  expect(listeners).toEqual([
    { name: 'shop/edge/http', gateway: 'shop/edge', listener: 'http', port: 80, protocol: 'HTTP' },
  ])
})

test('a Gateway without listeners serves nothing, and says so', () => {
  expect(told(load(object(group, 'Gateway', 'edge', '{gatewayClassName: x}')))).toEqual([
    'warning no-listeners Gateway shop/edge spec',
  ])
})

test('two listeners of one name are an error', () => {
  const text = gateway('[{name: a, port: 80, protocol: HTTP}, {name: a, port: 81, protocol: HTTP}]')
  expect(only(load(text), 'duplicate-name')).toMatchObject({ severity: 'error', field: 'spec.listeners[1].name' })
})

describe('protocols', () => {
  test.for(['TCP', 'TLS', 'UDP', 'example.com/x'])('a listener of the protocol %s is not opened', (protocol) => {
    const result = load(gateway(`[{name: a, port: 80, protocol: ${protocol}}]`))
    expect(only(result, 'unsupported-protocol').field).toBe('spec.listeners[0].protocol')
    expect(result.config?.listeners).toEqual([])
  })

  test('TLS that is passed through is not opened', () => {
    const result = load(gateway('[{name: a, port: 443, protocol: HTTPS, tls: {mode: Passthrough}}]'))
    expect(told(result)).toEqual(['warning unsupported-protocol Gateway shop/edge spec.listeners[0].tls'])
  })

  test('tls of an HTTP listener is without effect', () => {
    const result = load(gateway('[{name: a, port: 80, protocol: HTTP, tls: {certificateRefs: [{name: c}]}}]'))
    expect(told(result)).toEqual(['warning ignored-tls Gateway shop/edge spec.listeners[0].tls'])
    expect(result.config?.listeners).toHaveLength(1)
  })
})

describe('two listeners with one port', () => {
  test.for([
    ['one host name', 'HTTP', 'hostname: a.com', 'HTTP', 'hostname: a.com', 1],
    ['no host name', 'HTTP', '', 'HTTP', '', 1],
    ['two host names', 'HTTP', 'hostname: a.com', 'HTTP', 'hostname: b.com', 2],
    ['two protocols', 'HTTP', 'hostname: a.com', 'HTTPS', 'tls: {certificateRefs: [{name: c}]}', 1],
  ] as const)('and %s', ([, first, firstMore, second, secondMore, opened]) => {
    const one = `{name: a, port: 80, protocol: ${first}, ${firstMore}}`
    const two = `{name: b, port: 80, protocol: ${second}, ${secondMore}}`
    const result = load([gateway(`[${one}, ${two}]`), tls('c')])
    expect(result.config?.listeners).toHaveLength(opened)
    expect(told(result).filter((line) => line.includes('listener-conflict'))).toHaveLength(2 - opened)
  })
})

describe('certificates', () => {
  const https = (refs: string): string =>
    gateway(`[{name: s, port: 443, protocol: HTTPS, tls: {certificateRefs: ${refs}}}]`)

  test('are references to the two keys of a Secret', () => {
    const { config, secrets, diagnostics } = load([https('[{name: c}]'), tls('c')])
    expect(diagnostics).toEqual([])
    expect(config?.listeners[0]?.certificates).toEqual([
      { certificate: { secret: 'shop/c/tls.crt' }, key: { secret: 'shop/c/tls.key' } },
    ])
    expect(secrets.get('shop/c/tls.key')).toBe('key')
  })

  test('of a Secret that is not in the files stay references, with a warning', () => {
    const result = load([https('[{name: cert}]'), tls('certs')])
    expect(only(result, 'secret-not-found')).toMatchObject({ severity: 'warning', hint: 'did you mean shop/certs?' })
    expect(result.config?.listeners[0]?.certificates).toHaveLength(1)
  })

  test('may be known beside the files', () => {
    const readSecret = (reference: string): string | undefined => (reference.startsWith('shop/c/') ? 'text' : undefined)
    expect(load(https('[{name: c}]'), { readSecret }).diagnostics).toEqual([])
  })

  test('of a Secret without a key are told', () => {
    const result = load([https('[{name: c}]'), tls('c').replace('tls.key: key', 'other: key')])
    expect(only(result, 'secret-not-found').message).toContain('has no tls.key')
  })

  test('of another namespace need a grant to the Gateway', () => {
    const there = tls('c').replace('namespace: shop', 'namespace: vault')
    const grant = (kind: string): string => `
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: g, namespace: vault}
spec:
  from: [{group: gateway.networking.k8s.io, kind: ${kind}, namespace: shop}]
  to: [{group: '', kind: Secret}]
`
    const files = [https('[{name: c, namespace: vault}]'), there]
    const refused = load(files)
    expect(refused.config?.listeners).toEqual([])
    expect(told(refused)).toEqual([
      'warning ref-not-permitted Gateway shop/edge spec.listeners[0].tls.certificateRefs[0]',
      'warning no-certificate Gateway shop/edge spec.listeners[0].tls.certificateRefs',
    ])
    expect(load([...files, grant('Gateway')]).config?.listeners).toHaveLength(1)
    expect(load([...files, grant('HTTPRoute')]).config?.listeners).toHaveLength(0)
    expect(load(files, { trustNamespaces: true }).config?.listeners).toHaveLength(1)
  })

  test('are needed for HTTPS', () => {
    const result = load(gateway('[{name: s, port: 443, protocol: HTTPS}]'))
    expect(only(result, 'no-certificate').field).toBe('spec.listeners[0]')
    expect(result.config?.listeners).toEqual([])
  })

  test('are no ConfigMaps', () => {
    const result = load(https('[{name: c, kind: ConfigMap}]'))
    expect(told(result)[0]).toBe('warning unknown-kind Gateway shop/edge spec.listeners[0].tls.certificateRefs[0]')
  })
})

describe('a ListenerSet', () => {
  const set = (name: string, listeners: string, more = ''): string => `
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: ${name}, namespace: team ${more}}
spec:
  parentRef: {name: edge, namespace: shop}
  listeners: ${listeners}
`
  const open = 'allowedListeners: {namespaces: {from: All}}'
  const plain = '[{name: http, port: 80, protocol: HTTP, hostname: a.com}]'

  test('adds listeners to its Gateway, under names that are free', () => {
    const sets = [
      set('s', '[{name: http, port: 80, protocol: HTTP, hostname: b.com}, {name: x, port: 81, protocol: HTTP}]'),
    ]
    const { listeners, diagnostics } = load([gateway(plain, `, ${open}`), ...sets])
    expect(diagnostics).toEqual([])
    expect(listeners.map(({ name, gateway: id, listener }) => [name, id, listener])).toEqual([
      ['shop/edge/http', 'shop/edge', 'http'],
      ['shop/edge/http@team:s', 'shop/edge', 'http'],
      ['shop/edge/x', 'shop/edge', 'x'],
    ])
  })

  test.for([
    ['', 0],
    [', allowedListeners: {namespaces: {from: Same}}', 0],
    [', allowedListeners: {namespaces: {from: None}}', 0],
    [`, ${open}`, 1],
    [
      ', allowedListeners: {namespaces: {from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: team}}}}',
      1,
    ],
  ] as const)('needs the leave of the Gateway: "%s"', ([more, added]) => {
    const result = load([gateway(plain, more), set('s', '[{name: x, port: 81, protocol: HTTP}]')])
    expect(result.listeners).toHaveLength(1 + added)
    expect(told(result)).toEqual(
      added === 1 ? [] : ['warning not-allowed-by-gateway ListenerSet team/s spec.parentRef'],
    )
  })

  test('that wants what the Gateway has goes without, and the older of two has it', () => {
    const wanted = '[{name: x, port: 80, protocol: HTTP, hostname: b.com}]'
    const young = set('a-young', wanted, ", creationTimestamp: '2026-02-01T00:00:00Z'")
    const old = set('b-old', wanted, ", creationTimestamp: '2026-01-01T00:00:00Z'")
    const greedy = set('c-greedy', plain)
    const result = load([gateway(plain, `, ${open}`), young, old, greedy])
    expect(told(result)).toEqual([
      'warning listener-conflict ListenerSet team/a-young spec.listeners[0]',
      'warning listener-conflict ListenerSet team/c-greedy spec.listeners[0]',
    ])
  })

  test('without its Gateway is told', () => {
    const result = load([gateway(plain), set('s', plain).replace('name: edge', 'name: egde')])
    expect(only(result, 'parent-not-found').hint).toBe('did you mean shop/edge?')
  })
})
