/** Notices callers that reset their connection while nobody reads their upload. Knows no gateway and no request of its own. */

import type { IncomingMessage } from 'node:http'

/** Time between two looks at all uploads. */
const lookMs = 500

const watched = new Set<IncomingMessage>()
let timer: NodeJS.Timeout | undefined

/**
 * Node does not watch a socket that is not read, so the reset of a paused upload stays unseen for as long as the backend
 * does not read on. To write nothing sends nothing, but fails where the connection is gone.
 */
export function watchUpload(request: IncomingMessage): void {
  // Over HTTP/2 a stream that is reset is told at once, and its socket must not be written to.
  if (request.httpVersionMajor !== 1) return
  watched.add(request)
  timer ??= setInterval(look, lookMs).unref()
}

function look(): void {
  for (const request of watched) {
    if (request.complete || request.destroyed) watched.delete(request)
    else if (request.isPaused() && request.socket.writable) request.socket.write('')
  }
  if (watched.size > 0) return
  clearInterval(timer)
  timer = undefined
}
