/** Requests of a listener's sockets to the gateway: HTTP/1.1 and HTTP/2 alike, by the listener that the door chooses. */

import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { constants, createServer as createHttp2Server } from 'node:http2'
import type { Http2Server, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { RequestBody, requestedUpgrade } from '@headgate/proxy'
import type { Gateway } from '../gateway.ts'
import { nodeBody, nodeHead } from '../mounts/node-mount.ts'
import { NodeReply } from '../mounts/node-reply.ts'
import { serveUpgrade } from '../mounts/upgrade-mount.ts'
import type { Reply } from '../reply.ts'
import { Refusal, readIncoming } from '../request/incoming.ts'
import type { Incoming, IncomingHead } from '../request/incoming.ts'
import type { Door } from './door.ts'
import { http2Head } from './http2-head.ts'
import { Http2Reply } from './http2-reply.ts'

/** A head must be there within 60 s (reliability R6), of which telling the protocols apart and the interval between two looks take some. */
const headMs = 50_000
const lookMs = 5000
/** A connection on which nothing happens is closed after this time: HTTP/2 lets its streams end first. */
const idleMs = 60_000
/** As in Envoy; Node's own default is no bound. */
const maxConcurrentStreams = 1024

export interface HttpServers {
  readonly http1: Server
  readonly http2: Http2Server
  /** HTTP/1.1 connections that have not sent a whole head yet: Node does not call them idle. */
  readonly unasked: Set<Socket>
}

/** Two servers that get their connections from elsewhere. */
export function createServers(gate: Gateway, door: Door, maxHeaderBytes: number): HttpServers {
  const unasked = new Set<Socket>()
  const asked = (socket: Socket): void => {
    if (unasked.size > 0) unasked.delete(socket)
  }
  const http1 = createServer(
    {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: headMs,
      connectionsCheckingInterval: lookMs,
      // An upload may take its time; the idle and request clocks bound it.
      requestTimeout: 0,
      keepAliveTimeout: idleMs,
      insecureHTTPParser: false,
      // Another upgrade, h2c among them, is ignored: the request is served over HTTP/1.1.
      shouldUpgradeCallback: (request: IncomingMessage) => requestedUpgrade(request.rawHeaders) === 'websocket',
      noDelay: true,
    },
    (request, response) => {
      asked(request.socket)
      serveHttp1(gate, door, request, response)
    },
  )
  http1.on('connection', (socket: Socket) => {
    unasked.add(socket)
    socket.once('close', () => unasked.delete(socket))
  })
  http1.on('upgrade', (request, socket, head) => {
    asked(request.socket)
    serveUpgrade(gate, request, socket, head, '', (incoming) => door.choose(incoming, socket))
  })
  // Node drops what is above the count in silence: the size of the head bounds it instead.
  http1.maxHeadersCount = 0
  // It never listens by itself; this starts its watch over slow heads.
  http1.emit('listening')
  const settings = { maxHeaderListSize: maxHeaderBytes, maxConcurrentStreams }
  const http2 = createHttp2Server({ maxHeaderListPairs: 2000, settings })
  http2.on('stream', (stream, _headers, flags, rawHeaders) => serveHttp2(gate, door, stream, flags, rawHeaders))
  http2.on('session', (session) => session.setTimeout(idleMs, () => session.close()))
  http2.on('sessionError', () => {})
  return { http1, http2, unasked }
}

function serveHttp1(gate: Gateway, door: Door, request: IncomingMessage, response: ServerResponse): void {
  const reply = new NodeReply(request, response)
  const head = nodeHead(request, request.url ?? '/')
  serve(gate, door, head, request.socket, reply, (incoming) => nodeBody(gate, request, incoming, undefined))
}

function serveHttp2(
  gate: Gateway,
  door: Door,
  stream: ServerHttp2Stream,
  flags: number,
  rawHeaders: readonly string[],
): void {
  const reply = new Http2Reply(stream)
  const socket = stream.session?.socket
  const head = http2Head(rawHeaders, socket?.remoteAddress ?? '', stream.session?.encrypted === true ? 'https' : 'http')
  if (head === undefined || socket === undefined) {
    stream.close(constants.NGHTTP2_PROTOCOL_ERROR)
    return
  }
  serve(gate, door, head, socket, reply, (incoming) => {
    if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) return RequestBody.none()
    const length = incoming.header('content-length')
    const { keepPerRequest, budget } = gate.port.bodies
    return RequestBody.stream(stream, length === undefined ? undefined : Number(length), keepPerRequest, budget)
  })
}

function serve(
  gate: Gateway,
  door: Door,
  head: IncomingHead,
  socket: object,
  reply: Reply,
  body: (incoming: Incoming) => RequestBody,
): void {
  const { port } = gate
  const incoming = readIncoming(head, '', port.trustedHops)
  if (incoming instanceof Refusal) return port.refuse(incoming.answer, undefined, reply)
  const listener = door.choose(incoming, socket)
  if (listener === 'misdirected') return port.refuse({ code: 'misdirected' }, incoming, reply)
  const matched = listener === undefined ? undefined : port.match(incoming, listener)
  if (matched === undefined) return port.refuse({ code: 'no_route' }, incoming, reply)
  port.carry(matched, incoming, body(incoming), reply)
}
