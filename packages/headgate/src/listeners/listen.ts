/** A gateway on sockets of its own: every listener of its config that is bound to an address. */

import type { ListenerConfig } from '@headgate/config'
import { GatewayError } from '../errors.ts'
import type { CloseOptions, Gateway } from '../gateway.ts'
import { refuseLenientParser } from '../mounts/server-check.ts'
import { Door } from './door.ts'
import { Entrance } from './entrance.ts'
import type { BindAddress } from './entrance.ts'
import { createServers } from './serve-http.ts'

/** Longest wait for callers to read the end of their replies, once nothing is in flight any more. */
const flushMs = 1000

export interface ListenOptions {
  /** Where each listener is reached, by its name. One that is not named is not opened. Default: each at its port on all addresses. */
  readonly bind?: ReadonlyMap<string, BindAddress>
  /** Most bytes in the head of a request; above it 431. Default 16,384. */
  readonly maxHeaderBytes?: number
}

export interface Listening {
  /** Where each listener is reached, with the port that was chosen for 0. */
  readonly addresses: ReadonlyMap<string, BindAddress>
  /** Stops accepting, closes the gateway (which lets what is in flight end) and then every connection. */
  close(options?: CloseOptions): Promise<void>
}

/**
 * Opens the sockets. HTTP listeners speak HTTP/1.1 and, by prior knowledge, HTTP/2; HTTPS listeners offer both by ALPN.
 * Listeners at one address share its socket: the host, and with TLS the SNI name, picks one. Reloads are followed, but for
 * addresses. Rejects when an address is taken or a config cannot be served like this; nothing is left open then.
 */
export async function listen(gate: Gateway, options: ListenOptions = {}): Promise<Listening> {
  refuseLenientParser()
  const groups = groupByAddress(gate.config.listeners, options.bind)
  gate.port.open(new Set(groups.flatMap(({ listeners }) => listeners.map(({ name }) => name))))
  const entrances: Entrance[] = []
  const addresses = new Map<string, BindAddress>()
  try {
    for (const { address, listeners } of groups) {
      const door = new Door(
        gate,
        listeners.map(({ name }) => name),
      )
      const servers = createServers(gate, door, options.maxHeaderBytes ?? 16_384)
      const secure = listeners[0]?.protocol === 'HTTPS'
      const entrance = secure ? Entrance.secure(servers, door) : Entrance.plain(servers)
      entrances.push(entrance)
      const bound = await entrance.listen(address)
      for (const { name } of listeners) addresses.set(name, bound)
    }
  } catch (error) {
    for (const entrance of entrances) {
      entrance.stop()
      entrance.drop()
    }
    throw error
  }
  return {
    addresses,
    async close(closeOptions) {
      for (const entrance of entrances) entrance.stop()
      await gate.close(closeOptions)
      await Promise.all(entrances.map((entrance) => entrance.finish(flushMs)))
    },
  }
}

interface Group {
  readonly address: BindAddress
  readonly listeners: ListenerConfig[]
}

function groupByAddress(listeners: readonly ListenerConfig[], bind: ListenOptions['bind']): readonly Group[] {
  const groups = new Map<string, Group>()
  for (const listener of listeners) {
    const address = bind === undefined ? { host: '0.0.0.0', port: listener.port } : bind.get(listener.name)
    if (address === undefined) continue
    // Port 0 is a new port for each declared one.
    const key = `${address.host} ${address.port === 0 ? `declared ${listener.port}` : address.port}`
    const group = groups.get(key)
    if (group === undefined) {
      groups.set(key, { address, listeners: [listener] })
      continue
    }
    if (group.listeners[0]?.protocol !== listener.protocol) {
      const names = `"${group.listeners[0]?.name ?? ''}" and "${listener.name}"`
      throw new GatewayError(
        'HEADGATE_ADDRESS',
        `the listeners ${names} share an address, but one is HTTP and one HTTPS`,
      )
    }
    group.listeners.push(listener)
  }
  return [...groups.values()]
}
