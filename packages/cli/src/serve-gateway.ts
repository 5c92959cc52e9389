/** A gateway with its sockets: the one place that knows how headgate is started. */

import { Gateway, listen } from 'headgate'
import type { MetersOptions } from 'headgate'
import type { GatewayConfig } from '@headgate/config'
import type { MetricSnapshot } from '@headgate/prometheus'
import type { Logger } from 'pino'
import type { Bind } from './bind.ts'
import { eventsTo } from './log-events.ts'
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
  /** What each process has counted; nothing where nothing is measured. */
  collect(): Promise<readonly MetricSnapshot[]>
  /** Stops accepting, ends what is in flight or breaks it off after `drainMs`. */
  close(drainMs: number): Promise<void>
}

export interface ServeOptions {
  readonly logger: Logger
  /** An address that a reload closes may end its requests for so long. */
  readonly drainMs: number
  /** Undefined: nothing is measured. */
  readonly measured: Measured | undefined
}

/** What is measured besides requests, attempts and tokens. */
export type Measured = Pick<MetersOptions, 'exemplars' | 'prices'>

/** Starts it in this process. Rejects when an address is taken or the config cannot be built; nothing is left open then. */
export async function serveGateway(served: Served, options: ServeOptions): Promise<Serving> {
  const { logger, drainMs, measured } = options
  const { config, secrets, bind } = served
  const gate = new Gateway(config, { secrets, log: eventsTo(logger) })
  try {
    const collect = await collector(gate, measured)
    const listening = await listen(gate, { bind })
    return {
      addresses: listening.addresses,
      update: ({ config, secrets, bind }) => listening.update(config, { secrets, bind, drainMs }),
      collect,
      close: (drainMs) => listening.close({ drainMs }),
    }
  } catch (error) {
    await gate.close({ drainMs: 0 })
    throw error
  }
}

async function collector(gate: Gateway, measured: Measured | undefined): Promise<Serving['collect']> {
  if (measured === undefined) return () => Promise.resolve([])
  const { takeSnapshot } = await import('@headgate/prometheus')
  gate.meters({ ...measured, tokens: true })
  return () => Promise.resolve([takeSnapshot(gate.meters())])
}

/** Throws where the config cannot be built. Opens nothing. */
export async function tryGateway({ config, secrets }: Pick<Served, 'config' | 'secrets'>): Promise<void> {
  const gate = new Gateway(config, { secrets })
  await gate.close({ drainMs: 0 })
}
