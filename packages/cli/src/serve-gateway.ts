/** A gateway with its sockets: the one place that knows how headgate is started. */

import { Gateway, listen } from 'headgate'
import type { GatewayConfig } from '@headgate/config'
import type { Logger } from 'pino'
import type { Bind } from './bind.ts'
import { logEvents } from './log-events.ts'
import type { Address } from './option-values.ts'

/** What is served. It crosses from the primary to its workers, so it is plain data. */
export interface Served {
  readonly config: GatewayConfig
  readonly secrets: ReadonlyMap<string, string>
  readonly bind: Bind
}

/** A running gateway, in this process or in several. */
export interface Serving {
  /** Where listeners are reached, by name; follows updates. */
  readonly addresses: ReadonlyMap<string, Address>
  /** In effect when it resolves, addresses too; rejects, with nothing changed, where it cannot be served. */
  update(served: Served): Promise<void>
  /** Stops accepting, ends what is in flight or breaks it off after `drainMs`. */
  close(drainMs: number): Promise<void>
}

/** Starts it in this process; an address that a reload closes may end its requests for `drainMs`. Rejects when an address is taken or the config cannot be built; nothing is left open then. */
export async function serveGateway(served: Served, logger: Logger, drainMs: number): Promise<Serving> {
  const { config, secrets, bind } = served
  const gate = new Gateway(config, { secrets })
  logEvents(gate, logger)
  try {
    const listening = await listen(gate, { bind })
    return {
      addresses: listening.addresses,
      update: ({ config, secrets, bind }) => listening.update(config, { secrets, bind, drainMs }),
      close: (drainMs) => listening.close({ drainMs }),
    }
  } catch (error) {
    await gate.close({ drainMs: 0 })
    throw error
  }
}

/** Throws where the config cannot be built. Opens nothing. */
export async function tryGateway({ config, secrets }: Pick<Served, 'config' | 'secrets'>): Promise<void> {
  const gate = new Gateway(config, { secrets })
  await gate.close({ drainMs: 0 })
}
