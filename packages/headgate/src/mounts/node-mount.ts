/** The mount for node:http, and for frameworks that hand over Node's own request and response. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { gatherBytes, RequestBody } from '@headgate/proxy'
import type { Gateway } from '../gateway.ts'
import { Refusal, announcedLength, readIncoming } from '../request/incoming.ts'
import type { Incoming, IncomingHead } from '../request/incoming.ts'
import { prefixOption } from './mount-options.ts'
import type { MountOptions } from './mount-options.ts'
import { NodeReply } from './node-reply.ts'
import { refuseLenientParser, serverProblem } from './server-check.ts'
import { watchUpload } from './upload-watch.ts'

/** Handles a request; `next` is called when no route matches, without it that is a 404. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse, next?: () => void) => void

export interface NodeMountOptions extends MountOptions {
  /** Where the original target is, for frameworks that change `request.url`. Default `request.url`. */
  readonly target?: (request: IncomingMessage) => string
  /**
   * A body that something in front has already read; `undefined` when the stream is untouched. Asked once a route matched.
   * Its length becomes `Content-Length`, and `Content-Encoding` goes: what reads a body also decodes it.
   */
  readonly readBody?: (request: IncomingMessage) => Buffer | undefined
  /** What `readBody` gives is still in its `Content-Encoding`, which therefore stays. Default false. */
  readonly readBodyIsCoded?: boolean
}

/**
 * `createServer(nodeHandler(gate))`. Throws GatewayError when Node runs with its lenient HTTP parser, and RangeError for a
 * `stripPrefix` that is not made of whole segments.
 */
export function nodeHandler(gate: Gateway, options: NodeMountOptions = {}): NodeHandler {
  refuseLenientParser()
  const prefix = prefixOption(options)
  const target = options.target ?? ((request) => request.url ?? '/')
  const { readBody, readBodyIsCoded = false } = options
  return (request, response, next) => {
    const reply = new NodeReply(request, response)
    const head = nodeHead(request, target(request))
    const incoming = serverProblem(request) ?? readIncoming(head, prefix, gate.port.trustedHops)
    if (incoming instanceof Refusal) {
      gate.port.refuse(incoming.answer, undefined, reply)
      return
    }
    const plan = gate.port.match(incoming)
    if (plan === undefined) {
      if (next === undefined) gate.port.refuse({ code: 'no_route' }, incoming, reply)
      else next()
      return
    }
    const read = readBody?.(request)
    const carried =
      read === undefined
        ? incoming
        : readIncoming(headOfRead(head, read.length, readBodyIsCoded), prefix, gate.port.trustedHops)
    gate.port.carry(plan, carried as Incoming, nodeBody(gate, request, incoming, read), reply)
  }
}

/** The head of a node:http request; `target` may stand elsewhere than in `request.url`. */
export function nodeHead(request: IncomingMessage, target: string): IncomingHead {
  return {
    method: request.method ?? 'GET',
    target,
    // Only over HTTP/2 is it true: Node's parser lets a request line claim it.
    httpVersion: request.httpVersionMajor === 2 && !('stream' in request) ? 'unknown' : request.httpVersion,
    rawHeaders: request.rawHeaders,
    remoteAddress: request.socket.remoteAddress ?? '',
    protocol: 'encrypted' in request.socket ? 'https' : 'http',
  }
}

const framingFields = /^(?:content-length|transfer-encoding)$/i
const framingOrCodingFields = /^(?:content-length|transfer-encoding|content-encoding)$/i

/** What a head says of the framing (and the coding) of its body is no longer true once something in front has read it. */
export function headOfRead(head: IncomingHead, length: number, coded: boolean): IncomingHead {
  const stale = coded ? framingFields : framingOrCodingFields
  const rawHeaders: string[] = []
  for (let at = 0; at < head.rawHeaders.length; at += 2) {
    const name = head.rawHeaders[at] as string
    if (!stale.test(name)) rawHeaders.push(name, head.rawHeaders[at + 1] as string)
  }
  rawHeaders.push('content-length', String(length))
  return { ...head, rawHeaders }
}

export function nodeBody(
  gate: Gateway,
  request: IncomingMessage,
  incoming: Incoming,
  read: Buffer | undefined,
): RequestBody {
  if (read !== undefined) return RequestBody.bytes(read)
  const length = announcedLength(incoming)
  if (length === 0) return RequestBody.none()
  if (length === -1 || length > gatherBytes) watchUpload(request)
  const { keepPerRequest, budget } = gate.port.bodies
  return RequestBody.stream(request, length === -1 ? undefined : length, keepPerRequest, budget)
}
