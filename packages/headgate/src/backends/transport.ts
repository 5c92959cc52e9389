/** How the endpoints of a backend are reached, and when a new table may go on with the connections of the former. */

import type { BackendConfig, BackendTlsConfig } from '@headgate/config'
import { Endpoint } from '@headgate/proxy'
import type { EndpointOptions, EndpointTls } from '@headgate/proxy'
import { GatewayError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { readSecret } from '../table/secrets.ts'
import type { SecretTexts } from '../table/secrets.ts'
import { sameParts } from './same-parts.ts'

/** Opens nothing yet. Throws GatewayError where a certificate authority cannot be read. */
export function openEndpoint(url: string, config: BackendConfig, runtime: Runtime, secrets: SecretTexts): Endpoint {
  const { maxConnections, maxRequestsPerConnection } = config.capacity ?? {}
  return new Endpoint(url, runtime.wheel, {
    ...wayTo(config, secrets),
    ...(maxConnections === undefined ? {} : { maxConnections }),
    ...(maxRequestsPerConnection === undefined ? {} : { maxRequestsPerConnection }),
  })
}

/** Connections of its own: a check neither waits for one of the requests' nor takes one from them, and always makes a new one. */
export function openCheckEndpoint(
  url: string,
  config: BackendConfig,
  runtime: Runtime,
  secrets: SecretTexts,
): Endpoint {
  return new Endpoint(url, runtime.wheel, { ...wayTo(config, secrets), maxRequestsPerConnection: 1 })
}

/** Protocol and TLS, and how long a connection may take. */
function wayTo(config: BackendConfig, secrets: SecretTexts): EndpointOptions {
  const { connectTimeout, protocol, tls } = config
  return {
    connectTimeoutMs: connectTimeout,
    protocol,
    ...(tls === undefined ? {} : { tls: backendTls(config.name, tls, secrets) }),
  }
}

function backendTls(backend: string, { ca, servername }: BackendTlsConfig, secrets: SecretTexts): EndpointTls {
  const authorities = ca?.map((reference) => {
    const text = readSecret(reference, secrets)
    if (typeof text === 'string') return text
    throw new GatewayError('HEADGATE_SECRET', `backend "${backend}", certificate authority: ${text.problem}`)
  })
  return {
    ...(authorities === undefined ? {} : { ca: authorities }),
    ...(servername === undefined ? {} : { servername }),
  }
}

export function sameTransport(one: BackendConfig, other: BackendConfig): boolean {
  const bounds = ({ capacity }: BackendConfig): unknown => [
    capacity?.maxConnections,
    capacity?.maxRequestsPerConnection,
  ]
  return sameWay(one, other) && sameParts(bounds(one), bounds(other))
}

/** Whether what a check found out over the one holds for the other. */
export function sameWay(one: BackendConfig, other: BackendConfig): boolean {
  const way = ({ connectTimeout, protocol, tls }: BackendConfig): unknown => [connectTimeout, protocol, tls]
  return sameParts(way(one), way(other))
}
