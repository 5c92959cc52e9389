/** Notices callers that reset their connection while nobody reads from it. Knows no gateway and no request of its own. */

import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** Time between two looks at all uploads and connections. */
const lookMs = 500

const uploadOf = Symbol('headgate.upload')

interface UploadSocket extends Socket {
  /** The last upload, while it may be watched: one that is over must not be held until the next look. */
  [uploadOf]?: IncomingMessage | undefined
}

/** Each comes once a connection, not once an upload. */
const uploading = new Set<UploadSocket>()
const connections = new Set<Socket>()
let timer: NodeJS.Timeout | undefined

/**
 * Node does not watch a socket that is not read, so the reset of a paused upload stays unseen for as long as the backend
 * does not read on. To write nothing sends nothing, but fails where the connection is gone.
 */
export function watchUpload(request: IncomingMessage): void {
  // Over HTTP/2 a stream that is reset is told at once, and its socket must not be written to.
  if (request.httpVersionMajor !== 1) return
  const socket: UploadSocket = request.socket
  // Of a connection only the last upload is unfinished: what is behind an upload is parsed when that is over.
  socket[uploadOf] = request
  uploading.add(socket)
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
  for (const socket of uploading) {
    const request = socket[uploadOf]
    if (request === undefined || request.complete || request.destroyed) {
      socket[uploadOf] = undefined
      uploading.delete(socket)
    } else if (request.isPaused()) probe(socket)
  }
  for (const socket of connections) {
    if (socket.destroyed) connections.delete(socket)
    else if (socket.isPaused()) probe(socket)
  }
  if (uploading.size > 0 || connections.size > 0) return
  clearInterval(timer)
  timer = undefined
}

function probe(socket: Socket): void {
  if (socket.writable) socket.write('')
}
