import { describe, expect, test } from 'vitest'

import type { ExportDialect } from './dialects.ts'
import { backendConfig, config, objects, paths, reload } from './exports.case.ts'
import type { Fields } from './exports.case.ts'
import { exportManifests } from './from-config.ts'

function policies(backend: Fields, dialect: ExportDialect): readonly unknown[] {
  return objects(backendConfig(backend), dialect).flatMap(({ kind, spec }) => {
    if (kind === 'BackendTLSPolicy') return [spec['validation']]
    return kind === 'BackendConfigPolicy' ? [spec['tls']] : []
  })
}

const host = 'https://api.example.com'
const address = 'https://10.0.0.1'
const ca = (...refs: readonly Fields[]): Fields => ({ tls: { ca: refs } })

test.for<[string, ExportDialect, Fields, unknown[], string[]]>([
  [
    'one host',
    'gateway-api',
    { endpoints: [host] },
    [{ hostname: 'api.example.com', wellKnownCACertificates: 'System' }],
    ['endpoints'],
  ],
  [
    'one host',
    'kgateway',
    { endpoints: [host] },
    [{ hostname: 'api.example.com', wellKnownCACertificates: 'System' }],
    [],
  ],
  [
    'a name for an address',
    'kgateway',
    { endpoints: [address], tls: { servername: 'a.example.com' } },
    [{ hostname: 'a.example.com', wellKnownCACertificates: 'System' }],
    [],
  ],
  [
    'an address alone',
    'kgateway',
    { endpoints: [address] },
    [{ wellKnownCACertificates: 'System' }],
    ['tls.servername'],
  ],
  ['an address alone', 'gateway-api', { endpoints: [address] }, [], ['tls.servername']],
  [
    'several hosts',
    'kgateway',
    { endpoints: [host, 'https://b.example.com'] },
    [{ wellKnownCACertificates: 'System' }],
    ['tls.servername'],
  ],
  [
    'a ConfigMap beside it',
    'gateway-api',
    { endpoints: [address], tls: { servername: 'a.b', ca: [{ secret: 'default/configmap:roots/ca.crt' }] } },
    [{ hostname: 'a.b', caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'roots' }] }],
    [],
  ],
  [
    'an authority elsewhere',
    'kgateway',
    { endpoints: [host], ...ca({ secret: 'default/roots/ca.crt' }, { secret: 'other/roots/ca.crt' }, { env: 'CA' }) },
    [
      {
        hostname: 'api.example.com',
        caCertificateRefs: [
          { group: '', kind: 'Secret', name: 'roots' },
          { group: '', kind: 'ConfigMap', name: 'stable-ca-2' },
          { group: '', kind: 'ConfigMap', name: 'stable-ca-3' },
        ],
      },
    ],
    ['tls.ca[1]', 'tls.ca[2]'],
  ],
  [
    'a file',
    'kgateway',
    { endpoints: [host], ...ca({ file: '/roots.pem' }) },
    [{ files: { rootCA: '/roots.pem' }, sni: 'api.example.com', verifySubjectAltNames: ['api.example.com'] }],
    [],
  ],
  [
    'a Secret and an address',
    'kgateway',
    { endpoints: [address], ...ca({ secret: 'default/roots/ca.crt' }) },
    [{ secretRef: { name: 'roots' } }],
    ['tls.servername'],
  ],
  [
    'a ConfigMap and an address',
    'kgateway',
    { endpoints: [address], ...ca({ secret: 'default/configmap:roots/ca.crt' }) },
    [{ secretRef: { name: 'stable-ca' } }],
    ['tls.servername', 'tls.ca'],
  ],
  [
    'an authority and an address',
    'gateway-api',
    { endpoints: [address], ...ca({ secret: 'default/roots/ca.crt' }) },
    [],
    ['tls.servername', 'tls.ca'],
  ],
  ['no TLS after all', 'kgateway', { endpoints: ['http://10.0.0.1'], tls: { servername: 'a.b' } }, [], ['tls']],
  [
    'endpoints of both sorts',
    'kgateway',
    { endpoints: [host, 'http://api.example.com'] },
    [{ hostname: 'api.example.com', wellKnownCACertificates: 'System' }],
    ['endpoints'],
  ],
])('%s, in %s', ([_, dialect, backend, expected, unsaid]) => {
  expect(policies(backend, dialect)).toEqual(expected)
  expect(paths(backendConfig(backend), dialect)).toEqual(unsaid.map((path) => `backends["stable"].${path}`))
})

describe('what is spoken', () => {
  const of = (backend: Fields, dialect: ExportDialect, kind: 'HTTP' | 'GRPC' = 'HTTP'): unknown => {
    const source = config({
      backends: [{ name: 'stable', ...backend }],
      routes: [{ kind, name: 'chat', rules: [{ backends: [{ backend: 'stable' }] }] }],
    })
    const [back] = reload(exportManifests(source, dialect).yaml).backends
    return [back?.protocol, back?.endpoints[0]?.url.split(':')[0]]
  }

  test.for<[Fields, 'HTTP' | 'GRPC', ExportDialect]>([
    [{ endpoints: ['http://10.0.0.1'], protocol: 'h2c' }, 'HTTP', 'gateway-api'],
    [{ endpoints: ['http://10.0.0.1'], protocol: 'h2c' }, 'GRPC', 'gateway-api'],
    [{ endpoints: ['http://10.0.0.1'], protocol: 'h2c' }, 'GRPC', 'kgateway'],
    [{ endpoints: ['http://10.0.0.1'], protocol: 'http1' }, 'GRPC', 'gateway-api'],
    [{ endpoints: [host], protocol: 'h2' }, 'HTTP', 'gateway-api'],
    [{ endpoints: [host], protocol: 'h2' }, 'GRPC', 'kgateway'],
    [{ endpoints: [address], protocol: 'h2' }, 'HTTP', 'kgateway'],
    [{ endpoints: [address], protocol: 'http1' }, 'HTTP', 'gateway-api'],
    [{ endpoints: [host], protocol: 'http1' }, 'GRPC', 'gateway-api'],
  ])('comes back: %j for %s in %s', ([backend, kind, dialect]) => {
    const [url] = backend['endpoints'] as readonly string[]
    expect(of(backend, dialect, kind)).toEqual([backend['protocol'], url?.split(':')[0]])
  })

  test('TLS with HTTP/2 needs a host name in Gateway API', () => {
    expect(paths(backendConfig({ endpoints: [address], protocol: 'h2' }), 'gateway-api')).toContain(
      'backends["stable"].protocol',
    )
    expect(of({ endpoints: [address], protocol: 'h2' }, 'gateway-api')).toEqual(['http1', 'https'])
  })

  test('a Backend that a GRPCRoute uses is called over HTTP/2', () => {
    const source = config({
      backends: [{ name: 'stable', endpoints: ['http://10.0.0.1'] }],
      routes: [{ kind: 'GRPC', name: 'chat', rules: [{ backends: [{ backend: 'stable' }] }] }],
    })
    expect(paths(source, 'kgateway')).toEqual(['backends["stable"].protocol'])
  })
})
