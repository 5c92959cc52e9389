/** A gateway on sockets of its own: every listener of its config that is bound to an address. */

import type { Gateway } from '../gateway.ts'
import { refuseLenientParser } from '../mounts/server-check.ts'
import { groupByAddress } from './addresses.ts'
import type { Listening, ListenOptions } from './listening.ts'
import { OpenSockets } from './open-sockets.ts'

/**
 * Opens the sockets. HTTP listeners speak HTTP/1.1 and, by prior knowledge, HTTP/2; HTTPS listeners offer both by ALPN.
 * Listeners at one address share its socket: the host, and with TLS the SNI name, picks one. `gate.update()` is followed, but
 * for addresses: these follow `update` of what is returned. Rejects when an address is taken or a config cannot be served
 * like this; nothing is left open then.
 */
export async function listen(gate: Gateway, options: ListenOptions = {}): Promise<Listening> {
  refuseLenientParser()
  const groups = groupByAddress(gate.config.listeners, options.bind)
  gate.port.open(new Set(groups.flatMap(({ names }) => names)))
  const sockets = new OpenSockets(gate, options)
  await sockets.open(groups)
  return sockets
}
