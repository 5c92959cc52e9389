/** The mount for upgrades: WebSocket connections under the same routes, limits and filters as any request. */

import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ListenerConfig } from '@headgate/config'
import { RequestBody, requestedUpgrade } from '@headgate/proxy'
import type { Answer } from '../answers.ts'
import type { Gateway } from '../gateway.ts'
import { Refusal, announcedLength, readIncoming } from '../request/incoming.ts'
import type { Incoming } from '../request/incoming.ts'
import { prefixOption } from './mount-options.ts'
import type { MountOptions } from './mount-options.ts'
import { nodeHead } from './node-mount.ts'
import { refuseLenientParser, serverProblem } from './server-check.ts'
import { UpgradeReply } from './upgrade-reply.ts'

/** Handles the `upgrade` event of a server; false when no route matches, and nothing was touched then. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean

/** `server.on('upgrade', upgradeHandler(gate))`. Only WebSocket is upgraded; anything else is refused. Throws as `nodeHandler`. */
export function upgradeHandler(gate: Gateway, options: MountOptions = {}): UpgradeHandler {
  refuseLenientParser()
  const prefix = prefixOption(options)
  return (request, socket, head) => serveUpgrade(gate, request, socket, head, prefix, undefined)
}

/** `choose` is the door of a listener; without it every route of the gateway is looked at, and `false` is an answer. */
export function serveUpgrade(
  gate: Gateway,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  prefix: string,
  choose: ((incoming: Incoming) => ListenerConfig | 'misdirected' | undefined) | undefined,
): boolean {
  const { port } = gate
  if (!(socket instanceof Socket)) return false
  const asked = nodeHead(request, request.url ?? '/')
  const incoming = serverProblem(request) ?? readIncoming(asked, prefix, port.trustedHops)
  const refuse = (answer: Answer): boolean => {
    const known = incoming instanceof Refusal ? undefined : incoming
    port.refuse(answer, known, UpgradeReply.on(request, socket, head))
    return true
  }
  if (incoming instanceof Refusal) return refuse(incoming.answer)
  if (requestedUpgrade(incoming.rawHeaders) !== 'websocket' || announcedLength(incoming) !== 0) {
    return refuse({ code: 'bad_framing', status: 501, message: 'Only an upgrade to WebSocket is served.' })
  }
  const listener = choose?.(incoming)
  if (listener === 'misdirected') return refuse({ code: 'misdirected' })
  const unserved = choose !== undefined && listener === undefined
  const matched = unserved ? undefined : port.match(incoming, listener)
  if (matched === undefined) return choose === undefined ? false : refuse({ code: 'no_route' })
  port.carry(matched, incoming, RequestBody.none(), UpgradeReply.on(request, socket, head))
  return true
}
