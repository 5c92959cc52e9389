/** The `appProtocol` that says what a backend speaks (GEP-1911). It knows no policies. */

import type { BackendConfig } from '@headgate/config'

import type { SaidTls } from './backend-tls.ts'
import { placeOf } from './unsaid.ts'
import type { UnsaidList } from './unsaid.ts'

export interface ProtocolParts {
  readonly backend: BackendConfig
  readonly kind: 'Service' | 'Backend'
  readonly tls: SaidTls
  /** A GRPCRoute refers to it: then HTTP/2 is meant where nothing is written. */
  readonly isGrpc: boolean
  readonly unsaid: UnsaidList
}

/** `undefined`: none need be written. */
export function appProtocolOf({ backend, kind, tls, isGrpc, unsaid }: ProtocolParts): string | undefined {
  const place = `${placeOf('backends', backend.name)}.protocol`
  const hasPolicy = tls.validation !== undefined || tls.settings !== undefined
  if (backend.protocol !== 'http1') {
    if (!tls.isTls || hasPolicy) return 'kubernetes.io/h2c'
    unsaid.add(place, 'without a BackendTLSPolicy TLS and HTTP/2 cannot be said together', 'appProtocol: https')
    return 'https'
  }
  if (kind === 'Backend') {
    if (isGrpc) unsaid.add(place, 'HTTP/2 is spoken to a backend of a GRPCRoute', 'HTTP/2')
    return undefined
  }
  if (isGrpc) return tls.isTls ? 'https' : 'http'
  return tls.isTls && !hasPolicy ? 'https' : undefined
}
