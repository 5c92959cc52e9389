/** The parts of an endpoint's URL, read once. */

import type { Attributes } from '@opentelemetry/api'
import { http } from './attributes.ts'

export interface EndpointFacts {
  /** Without a slash at the end. */
  readonly origin: string
  /** `server.address` and `server.port`. */
  readonly server: Attributes
}

/** Endpoints come and go with configs: those of long ago are forgotten. */
const mostEndpoints = 4096
const known = new Map<string, EndpointFacts>()

export function endpointFacts(url: string): EndpointFacts {
  const found = known.get(url)
  if (found !== undefined) return found
  if (known.size >= mostEndpoints) known.clear()
  const { origin, hostname, port, protocol } = new URL(url)
  const address = hostname.replace(/^\[|\]$/g, '')
  const facts = {
    origin,
    server: {
      [http.serverAddress]: address,
      [http.serverPort]: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    },
  }
  known.set(url, facts)
  return facts
}

/** `server.address` and `server.port` from the authority of a request. */
export function authorityFacts(authority: string | undefined, scheme: 'http' | 'https'): Attributes {
  const [, address, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(authority ?? '') ?? []
  if (address === undefined || address === '') return {}
  return {
    [http.serverAddress]: address.replace(/^\[|\]$/g, '').toLowerCase(),
    [http.serverPort]: port === undefined ? (scheme === 'https' ? 443 : 80) : Number(port),
  }
}
