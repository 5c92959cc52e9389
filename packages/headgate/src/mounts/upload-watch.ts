/** Notices callers that reset their connection while nobody reads from it. Knows no gateway and no request of its own. */

import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** Time between two looks at all uploads and connections. */
const lookMs = 500

/** Of each connection the last upload alone: one that is over must not be held until the next look. */
const uploads = new Map<Socket, IncomingMessage>()
const connections = new Set<Socket>()
let timer: NodeJS.Timeout | undefined

/**
 * Node does not watch a socket that is not read, so the reset of a paused upload stays unseen for as long as the backend
 * does not read on. To write nothing sends nothing, but fails where the connection is gone.
 */
export function watchUpload(request: IncomingMessage): void {
  // Over HTTP/2 a stream that is reset is told at once, and its socket must not be written to.
  if (request.httpVersionMajor !== 1) return
  // What is behind an upload is parsed when that is over.
  uploads.set(request.socket, request)
  watch()
}

/** The same for a whole connection, whatever it is paused for. */
export function watchConnection(socket: Socket): void {
  connections.add(socket)
  watch()
}

function watch(): void {
  timer ??= setInterval(look, lookMs).unref()
}

function look(): void {
  for (const [socket, request] of uploads) {
    if (request.complete || request.destroyed) uploads.delete(socket)
    else if (request.isPaused()) probe(socket)
  }
  for (const socket of connections) {
    if (socket.destroyed) connections.delete(socket)
    else if (socket.isPaused()) probe(socket)
  }
  if (uploads.size > 0 || connections.size > 0) return
  clearInterval(timer)
  timer = undefined
}

function probe(socket: Socket): void {
  if (socket.writable) socket.write('')
}
