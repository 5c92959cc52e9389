/** TLS to the endpoints of a backend: as a BackendTLSPolicy where there is a host name, else as kgateway says it. It names no objects of its own. */

import type { BackendConfig, SecretRef } from '@headgate/config'

import type { Address } from './addresses.ts'
import type { ExportDialect } from './dialects.ts'
import { slug } from './names.ts'
import { placeOf } from './unsaid.ts'
import type { UnsaidList } from './unsaid.ts'

/** How a backend is to be called, in the words of the dialect. */
export interface SaidTls {
  readonly isTls: boolean
  /** BackendTLSPolicy.spec.validation. */
  readonly validation?: Validation
  /** kgateway's BackendConfigPolicy.spec.tls. */
  readonly settings?: Readonly<Record<string, unknown>>
}

interface Validation {
  readonly hostname: string
  readonly caCertificateRefs?: readonly ConfigRef[]
  readonly wellKnownCACertificates?: 'System'
}

interface ConfigRef {
  readonly group: ''
  readonly kind: 'ConfigMap' | 'Secret'
  readonly name: string
}

export interface TlsParts {
  readonly backend: BackendConfig
  readonly addresses: readonly Address[]
  /** Of the object that the policy is for: the policy and its authorities are there too. */
  readonly namespace: string
  readonly dialect: ExportDialect
  readonly unsaid: UnsaidList
}

export function tlsOf(parts: TlsParts): SaidTls {
  const { backend, addresses, dialect, unsaid } = parts
  const place = placeOf('backends', backend.name)
  const isTls = addresses.length === 0 ? backend.tls !== undefined : addresses.some((address) => address.isTls)
  if (!isTls) {
    if (backend.tls !== undefined)
      unsaid.add(`${place}.tls`, 'no endpoint is called over TLS, so none of it is in force')
    return { isTls }
  }
  if (!addresses.every((address) => address.isTls)) {
    const reason = 'a backend speaks TLS with all of its endpoints or with none'
    unsaid.add(`${place}.endpoints`, reason, 'all are written as endpoints with TLS')
  }
  const { ca = [], servername } = backend.tls ?? {}
  const hostname = servername ?? onlyHost(addresses)
  const file = fileOf(ca)
  if (dialect === 'kgateway' && file !== undefined) {
    return { isTls, settings: { files: { rootCA: file }, ...nameCheck(hostname) } }
  }
  if (hostname !== undefined) return { isTls, validation: { hostname, ...authorities(parts, ca) } }
  return dialect === 'kgateway' ? { isTls, settings: byAddress(parts, ca) } : withoutPolicy(parts, ca)
}

function onlyHost(addresses: readonly Address[]): string | undefined {
  const [first, ...more] = new Set(addresses.map(({ host }) => host))
  return more.length === 0 && addresses[0]?.type === 'FQDN' ? first : undefined
}

function fileOf(ca: readonly SecretRef[]): string | undefined {
  const [first, ...more] = ca
  return first !== undefined && more.length === 0 && 'file' in first ? first.file : undefined
}

function nameCheck(hostname: string | undefined): Readonly<Record<string, unknown>> {
  return hostname === undefined ? {} : { sni: hostname, verifySubjectAltNames: [hostname] }
}

function authorities(parts: TlsParts, ca: readonly SecretRef[]): Omit<Validation, 'hostname'> {
  if (ca.length === 0) return { wellKnownCACertificates: 'System' }
  const { backend, unsaid } = parts
  const refs = ca.map((reference, index): ConfigRef => {
    const found = refOf(parts, reference)
    if (found !== undefined) return found
    const name = slug(`${backend.name}-ca${index === 0 ? '' : `-${index + 1}`}`, 'backend')
    const reason = 'an authority is read from ca.crt of a ConfigMap beside the backend'
    const path = `${placeOf('backends', backend.name)}.tls.ca[${index}]`
    unsaid.add(path, reason, `kubectl create configmap ${name} -n ${parts.namespace} --from-file=ca.crt=FILE`)
    return { group: '', kind: 'ConfigMap', name }
  })
  return { caCertificateRefs: refs }
}

function refOf({ namespace }: TlsParts, reference: SecretRef): ConfigRef | undefined {
  if (!('secret' in reference)) return undefined
  const [place, name = '', key] = reference.secret.split('/')
  if (place !== namespace || key !== 'ca.crt') return undefined
  const map = /^configmap:(.+)$/.exec(name)?.[1]
  return map === undefined ? { group: '', kind: 'Secret', name } : { group: '', kind: 'ConfigMap', name: map }
}

/** Without one host name kgateway holds the certificate against the authorities alone. */
function byAddress(parts: TlsParts, ca: readonly SecretRef[]): Readonly<Record<string, unknown>> {
  const { backend, unsaid } = parts
  const place = placeOf('backends', backend.name)
  const reason = 'without one host name for all endpoints the certificate is held against the authorities only'
  unsaid.add(`${place}.tls.servername`, reason, 'give tls.servername')
  if (ca.length === 0) return { wellKnownCACertificates: 'System' }
  const [first, ...more] = ca.map((reference) => refOf(parts, reference))
  if (more.length === 0 && first?.kind === 'Secret') return { secretRef: { name: first.name } }
  const name = slug(`${backend.name}-ca`, 'backend')
  const instead = `kubectl create secret generic ${name} -n ${parts.namespace} --from-file=ca.crt=FILE`
  unsaid.add(`${place}.tls.ca`, 'the authority is read from ca.crt of a Secret beside the backend', instead)
  return { secretRef: { name } }
}

function withoutPolicy({ backend, unsaid }: TlsParts, ca: readonly SecretRef[]): SaidTls {
  const place = placeOf('backends', backend.name)
  const reason = 'a BackendTLSPolicy needs one host name that the certificates of all endpoints are for'
  unsaid.add(`${place}.tls.servername`, reason, 'appProtocol: https, which not every implementation reads')
  if (ca.length > 0) unsaid.add(`${place}.tls.ca`, 'without a BackendTLSPolicy there is no place for an authority')
  return { isTls: true }
}
