/** Endpoints of a backend as hosts and ports, in runs that one EndpointSlice can hold. It resolves no name. */

import type { BackendConfig } from '@headgate/config'

export interface Address {
  /** Without the brackets of IPv6. */
  readonly host: string
  readonly port: number
  readonly type: 'IPv4' | 'IPv6' | 'FQDN'
  readonly isTls: boolean
}

export function addressesOf({ endpoints }: BackendConfig): readonly Address[] {
  return endpoints.map(({ url }) => addressOf(new URL(url)))
}

function addressOf({ hostname, port, protocol }: URL): Address {
  const isTls = protocol === 'https:'
  const number = port === '' ? (isTls ? 443 : 80) : Number(port)
  if (hostname.startsWith('[')) return { host: hostname.slice(1, -1), port: number, type: 'IPv6', isTls }
  // A URL writes every form of an IPv4 address in four parts.
  const type = /^\d+\.\d+\.\d+\.\d+$/.test(hostname) ? 'IPv4' : 'FQDN'
  return { host: hostname, port: number, type, isTls }
}

/** Only this machine, or only its own link, knows this address: Kubernetes refuses it in an EndpointSlice. */
export function isLocal({ host, type }: Address): boolean {
  if (type === 'IPv4') return /^(127\.|0\.0\.0\.0$|169\.254\.)/.test(host)
  if (type === 'IPv6') return host === '::1' || host === '::' || /^fe[89ab]/.test(host) || host.startsWith('::ffff:7f')
  return host === 'localhost' || host.endsWith('.localhost')
}

/** Neighbours with one port and type, so that the order of the endpoints stays what it is. */
export function runsOf(addresses: readonly Address[]): readonly (readonly Address[])[] {
  const runs: Address[][] = []
  for (const address of addresses) {
    const last = runs.at(-1)
    const [first] = last ?? []
    if (last !== undefined && first?.port === address.port && first.type === address.type) last.push(address)
    else runs.push([address])
  }
  return runs
}
