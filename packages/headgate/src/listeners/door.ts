/** What comes in by one address: which of its listeners takes a request, and with which certificate. Follows reloads. */

import type { TLSSocket } from 'node:tls'
import type { ListenerConfig } from '@headgate/config'
import type { Gateway } from '../gateway.ts'
import type { Incoming } from '../request/incoming.ts'
import { pickCertificate } from '../table/certificates.ts'
import type { ListenerCertificate } from '../table/certificates.ts'
import type { Table } from '../table/table.ts'
import { chooseSecureListener, findConnectionListener, findListener, indexListeners } from './choose.ts'
import type { ListenerIndex } from './choose.ts'

export class Door {
  readonly #gate: Gateway
  #names: ReadonlySet<string>
  #table: Table | undefined
  #index: ListenerIndex<ListenerConfig> = indexListeners([])

  /** `names`: the listeners that are reached by this address. */
  constructor(gate: Gateway, names: Iterable<string>) {
    this.#gate = gate
    this.#names = new Set(names)
  }

  /** From now on these are reached by it. */
  rename(names: Iterable<string>): void {
    this.#names = new Set(names)
    this.#table = undefined
  }

  /** The listener of a request; undefined where none has its host. */
  choose(incoming: Incoming, socket: object): ListenerConfig | 'misdirected' | undefined {
    // Not `in`: the socket of an HTTP/2 session stands for the session, which has the property in any case.
    const { encrypted, servername } = socket as Partial<TLSSocket>
    if (encrypted !== true) return findListener(this.#current(), incoming.host)?.listener
    const choice = chooseSecureListener(this.#current(), incoming.host, servername)
    return choice === 'misdirected' ? choice : choice?.listener
  }

  /** What is shown to a caller that asks for this name, or for none. */
  certificate(serverName: string): ListenerCertificate | undefined {
    const index = this.#current()
    const listener = findConnectionListener(index, serverName)?.listener
    if (listener !== undefined) return pickCertificate(this.#certificates(listener.name), serverName)
    return this.#anyCertificate()
  }

  #anyCertificate(): ListenerCertificate | undefined {
    for (const name of this.#names) {
      const [first] = this.#certificates(name)
      if (first !== undefined) return first
    }
    return undefined
  }

  #certificates(name: string): readonly ListenerCertificate[] {
    return this.#gate.port.table.certificates.get(name) ?? []
  }

  #current(): ListenerIndex<ListenerConfig> {
    const { table } = this.#gate.port
    if (table !== this.#table) {
      this.#table = table
      this.#index = indexListeners(table.config.listeners.filter(({ name }) => this.#names.has(name)))
    }
    return this.#index
  }
}
