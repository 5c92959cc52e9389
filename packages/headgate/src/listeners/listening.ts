/** What an application says when it opens sockets, and what it gets. It opens nothing. */

import type { GatewayConfigInput } from '@headgate/config'
import type { CloseOptions, GatewayOptions } from '../gateway.ts'
import type { BindAddress } from './entrance.ts'

export interface ListenOptions {
  /** Where each listener is reached, by its name. One that is not named is not opened. Default: each at its port on all addresses. */
  readonly bind?: ReadonlyMap<string, BindAddress>
  /** Most bytes in the head of a request; above it 431. Default 16,384. */
  readonly maxHeaderBytes?: number
}

/** What comes with a new config; `drainMs` is for the addresses that go. */
export interface ListenUpdate extends Pick<GatewayOptions, 'secrets'>, Pick<ListenOptions, 'bind'>, CloseOptions {}

export interface Listening {
  /** Where each listener is reached, with the port that was chosen for 0. Follows `update`. */
  readonly addresses: ReadonlyMap<string, BindAddress>
  /**
   * `gate.update()` with its addresses. Opens those that are new, swaps the config, and closes those that no listener has any
   * more once what is in flight there has ended, at the latest after `drainMs`. `bind` is as for `listen`, and by default
   * what it was last. Rejects, with nothing changed, like `gate.update()`, when an address is taken, and when one would change
   * between HTTP and HTTPS.
   */
  update(config: GatewayConfigInput, options?: ListenUpdate): Promise<void>
  /** Stops accepting, closes the gateway (which lets what is in flight end) and then every connection. */
  close(options?: CloseOptions): Promise<void>
}
