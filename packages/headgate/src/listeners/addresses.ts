/** Which listeners share an address. It opens nothing. */

import type { ListenerConfig } from '@headgate/config'
import { GatewayError } from '../errors.ts'
import type { BindAddress } from './entrance.ts'

/** The listeners of one socket. */
export interface AddressGroup {
  /** Equal for the same address before and after an update. */
  readonly key: string
  readonly address: BindAddress
  readonly secure: boolean
  readonly names: string[]
}

/** One group for each address. Throws GatewayError where one is for HTTP and for HTTPS. */
export function groupByAddress(
  listeners: readonly ListenerConfig[],
  bind: ReadonlyMap<string, BindAddress> | undefined,
): readonly AddressGroup[] {
  const groups = new Map<string, AddressGroup>()
  for (const { name, port, protocol } of listeners) {
    const address = bind === undefined ? { host: '0.0.0.0', port } : bind.get(name)
    if (address === undefined) continue
    const secure = protocol === 'HTTPS'
    // Port 0 is a new port for each declared one.
    const key = `${address.host} ${address.port === 0 ? `declared ${port}` : address.port}`
    const group = groups.get(key)
    if (group === undefined) {
      groups.set(key, { key, address, secure, names: [name] })
      continue
    }
    if (group.secure !== secure) {
      const names = `"${group.names[0] ?? ''}" and "${name}"`
      throw new GatewayError(
        'HEADGATE_ADDRESS',
        `the listeners ${names} share an address, but one is HTTP and one HTTPS`,
      )
    }
    group.names.push(name)
  }
  return [...groups.values()]
}
