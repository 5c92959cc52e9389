/** The sockets of a gateway through all its configs: opened, kept, closed once nobody is served there any more. */

import { ConfigError, parseConfig } from '@headgate/config'
import type { GatewayConfigInput } from '@headgate/config'
import { GatewayError } from '../errors.ts'
import type { CloseOptions, Gateway } from '../gateway.ts'
import { groupByAddress } from './addresses.ts'
import type { AddressGroup } from './addresses.ts'
import { Door } from './door.ts'
import { Entrance } from './entrance.ts'
import type { BindAddress } from './entrance.ts'
import type { Listening, ListenOptions, ListenUpdate } from './listening.ts'
import { createServers } from './serve-http.ts'

/** Longest wait for callers to read the end of their replies, once nothing is in flight any more. */
const flushMs = 1000

/** As for `Gateway.close`. */
const defaultDrainMs = 30_000

/** One address that is open. */
interface Opened {
  readonly group: AddressGroup
  readonly door: Door
  readonly entrance: Entrance
  readonly bound: BindAddress
}

export class OpenSockets implements Listening {
  readonly addresses: Map<string, BindAddress> = new Map()
  readonly #gate: Gateway
  readonly #maxHeaderBytes: number
  readonly #opened = new Map<string, Opened>()
  /** Addresses that are closed already and have requests in flight. */
  readonly #retiring = new Set<Entrance>()
  #bind: ListenOptions['bind']
  #turn: Promise<void> = Promise.resolve()

  constructor(gate: Gateway, { bind, maxHeaderBytes = 16_384 }: ListenOptions) {
    this.#gate = gate
    this.#bind = bind
    this.#maxHeaderBytes = maxHeaderBytes
  }

  /** Opens all of these, or none: rejects then. */
  async open(groups: readonly AddressGroup[]): Promise<void> {
    this.#take(await this.#openAll(groups), groups)
  }

  update(config: GatewayConfigInput, options: ListenUpdate = {}): Promise<void> {
    const done = this.#turn.then(() => this.#update(config, options))
    this.#turn = done.catch(() => {})
    return done
  }

  async close(options?: CloseOptions): Promise<void> {
    const entrances = (): Entrance[] => [
      ...this.#retiring,
      ...[...this.#opened.values()].map(({ entrance }) => entrance),
    ]
    for (const entrance of entrances()) entrance.stop()
    await this.#gate.close(options)
    await this.#turn
    await Promise.all(entrances().map((entrance) => entrance.finish(flushMs)))
  }

  async #update(
    config: GatewayConfigInput,
    { secrets, bind = this.#bind, drainMs = defaultDrainMs }: ListenUpdate,
  ): Promise<void> {
    const parsed = parseConfig(config)
    if (!parsed.ok) throw new ConfigError(parsed.problems)
    const groups = groupByAddress(parsed.config.listeners, bind)
    for (const { key, secure, names } of groups) this.#refuseOtherProtocol(key, secure, names)
    const { port } = this.#gate
    const before = port.openListeners
    const fresh = await this.#openAll(groups.filter(({ key }) => !this.#opened.has(key)))
    try {
      port.openListeners = new Set(groups.flatMap(({ names }) => names))
      this.#gate.update(parsed.config, secrets === undefined ? {} : { secrets })
    } catch (error) {
      port.openListeners = before
      drop(fresh)
      throw error
    }
    this.#bind = bind
    this.#take(fresh, groups)
    this.#retire(groups, drainMs)
  }

  /** A server is for clear text or for TLS, and the address is not free for another one. */
  #refuseOtherProtocol(key: string, secure: boolean, names: readonly string[]): void {
    const opened = this.#opened.get(key)
    if (opened === undefined || opened.group.secure === secure) return
    const [from, to] = secure ? ['HTTP', 'HTTPS'] : ['HTTPS', 'HTTP']
    const message = `the address of "${names[0] ?? ''}" cannot change from ${from} to ${to} while it is open`
    throw new GatewayError('HEADGATE_ADDRESS', message)
  }

  async #openAll(groups: readonly AddressGroup[]): Promise<readonly Opened[]> {
    const opened: Opened[] = []
    for (const group of groups) {
      const door = new Door(this.#gate, group.names)
      const servers = createServers(this.#gate, door, this.#maxHeaderBytes)
      const entrance = group.secure ? Entrance.secure(servers, door) : Entrance.plain(servers)
      try {
        opened.push({ group, door, entrance, bound: await entrance.listen(group.address) })
      } catch (error) {
        entrance.stop()
        entrance.drop()
        drop(opened)
        throw error
      }
    }
    return opened
  }

  /** These are all addresses from now on, the fresh ones among them. */
  #take(fresh: readonly Opened[], groups: readonly AddressGroup[]): void {
    for (const opened of fresh) this.#opened.set(opened.group.key, opened)
    this.addresses.clear()
    for (const { key, names } of groups) {
      const opened = this.#opened.get(key)
      if (opened === undefined) continue
      opened.door.rename(names)
      for (const name of names) this.addresses.set(name, opened.bound)
    }
  }

  #retire(groups: readonly AddressGroup[], drainMs: number): void {
    const kept = new Set(groups.map(({ key }) => key))
    for (const [key, { entrance }] of this.#opened) {
      if (kept.has(key)) continue
      this.#opened.delete(key)
      this.#retiring.add(entrance)
      entrance.stop()
      void entrance.finish(drainMs).then(() => this.#retiring.delete(entrance))
    }
  }
}

function drop(opened: readonly Opened[]): void {
  for (const { entrance } of opened) {
    entrance.stop()
    entrance.drop()
  }
}
