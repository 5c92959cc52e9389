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
  /** Where listeners are reached, by name. */
  readonly addresses: ReadonlyMap<string, Address>
  /** In effect when it resolves; rejects, with nothing changed, where the config cannot be served. */
  update(served: Served): Promise<void>
  /** Stops accepting, ends what is in flight or breaks it off after `drainMs`. */
  close(drainMs: number): Promise<void>
}

/** Starts it in this process. Rejects when an address is taken or the config cannot be built; nothing is left open then. */
export async function serveGateway({ config, secrets, bind }: Served, logger: Logger): Promise<Serving> {
  const gate = new Gateway(config, { secrets })
  logEvents(gate, logger)
  try {
    const listening = await listen(gate, { bind })
    return {
      addresses: listening.addresses,
      // An async function, so that what `update` throws is a rejection as it is with workers.
      async update(served) {
        gate.update(served.config, { secrets: served.secrets })
      },
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
