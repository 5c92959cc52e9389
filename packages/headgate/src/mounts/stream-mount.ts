/** The mount for frameworks on Node that send a stream through their own reply path, with all their hooks. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Gateway } from '../gateway.ts'
import { Refusal, readIncoming } from '../request/incoming.ts'
import type { Incoming } from '../request/incoming.ts'
import { prefixOption } from './mount-options.ts'
import { headOfRead, nodeBody, nodeHead } from './node-mount.ts'
import type { NodeMountOptions } from './node-mount.ts'
import { refuseLenientParser, serverProblem } from './server-check.ts'
import { StreamReply } from './stream-reply.ts'
import type { StreamedReply } from './stream-reply.ts'

export type StreamMountOptions = Omit<NodeMountOptions, 'readBody' | 'readBodyIsCoded'>

/**
 * Handles a request and calls `send` once with the head and the stream of the reply. `body` is what something in front has
 * read and decoded already. False when no route matches: nothing was touched then.
 */
export type StreamHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  send: (reply: StreamedReply) => void,
  body?: Buffer,
) => boolean

/** Throws as `nodeHandler`. The stream must be read or destroyed; destroying it tells the gateway that the caller left. */
export function streamHandler(gate: Gateway, options: StreamMountOptions = {}): StreamHandler {
  refuseLenientParser()
  const prefix = prefixOption(options)
  const target = options.target ?? ((request) => request.url ?? '/')
  return (request, response, send, body) => {
    const reply = new StreamReply(request, response, send)
    const head = nodeHead(request, target(request))
    const incoming = serverProblem(request) ?? readIncoming(head, prefix, gate.port.trustedHops)
    if (incoming instanceof Refusal) {
      gate.port.refuse(incoming.answer, undefined, reply)
      return true
    }
    const plan = gate.port.match(incoming)
    if (plan === undefined) return false
    // Before the head there is no stream that could be destroyed: the response itself tells that the caller left.
    response.once('close', () => reply.abort())
    const carried =
      body === undefined ? incoming : readIncoming(headOfRead(head, body.length, false), prefix, gate.port.trustedHops)
    gate.port.carry(plan, carried as Incoming, nodeBody(gate, request, incoming, body), reply)
    return true
  }
}
