/** The reply of a node:http server: straight onto the response, no stream objects between. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { freeBytes, isPlainResponse, longestShared, setHeader } from '@headgate/proxy'
import type { Reply, ReplyOwner } from '../reply.ts'
import { tooManyPipelined } from './pipelined.ts'

/** How long an unread upload is thrown away after an early answer, before the connection is closed. */
export const lingerMs = 900
/** An upload of at most this many bytes is read before an early answer, if it comes within this time. */
const shortUploadBytes = 64 * 1024
const shortUploadMs = 50
/** Longest wait for the last bytes of a reply that is broken off. */
export const cutMs = 1000

const ownerOf = Symbol('headgate.owner')
type OwnedResponse = ServerResponse & { [ownerOf]?: ReplyOwner }

function onClose(this: ServerResponse): void {
  ;(this as OwnedResponse)[ownerOf]?.callerGone()
}

function onDrain(this: ServerResponse): void {
  ;(this as OwnedResponse)[ownerOf]?.drained()
}

export class NodeReply implements Reply {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  #bodyStarted = false

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request
    this.#response = response
  }

  bind(owner: ReplyOwner): void {
    const response = this.#response as OwnedResponse
    response[ownerOf] = owner
    response.on('close', onClose)
    response.on('drain', onDrain)
    // What ran before this handler may have taken its time.
    if (response.closed || tooManyPipelined(this.#request.socket, response)) owner.callerGone()
  }

  head(status: number, statusText: string, headers: string[]): void {
    // The rest of an unread upload must never be taken for the next request (reliability R1.5).
    if (uploading(this.#request)) setHeader(headers, 'connection', 'close')
    // What the application has set stays, but for fields that the reply has too; cookies are no such field.
    const cookies = this.#response.getHeader('set-cookie')
    if (cookies !== undefined) for (const cookie of [cookies].flat()) headers.push('set-cookie', String(cookie))
    if (statusText === '') this.#response.writeHead(status, headers)
    else this.#response.writeHead(status, statusText, headers)
    // The head of a stream goes on at once, but joins the first bytes of the body where they came with it.
    process.nextTick(flushHead, this)
  }

  write(chunk: Buffer, free = false): boolean {
    this.#bodyStarted = true
    const response = this.#response
    // Those who compress or record replies, or stand in for a connection, may hold what they are given.
    if (!free || chunk.length <= longestShared || !isPlainResponse(response)) return response.write(chunk)
    return response.write(chunk, (error) => {
      if (!error) freeBytes(chunk)
    })
  }

  end(trailers: string[] | undefined): void {
    this.#bodyStarted = true
    const response = this.#response
    if (trailers !== undefined) response.addTrailers(pairs(trailers))
    // Closing while the caller still uploads would reset the connection under the reply: throw away what comes, for a moment.
    if (uploading(this.#request)) whenRead(this.#request, lingerMs, () => response.end())
    else response.end()
  }

  answer(status: number, headers: string[], body: Buffer): void {
    whenRead(this.#request, shortUpload(this.#request), () => {
      this.head(status, '', headers)
      this.write(body)
      this.end(undefined)
    })
  }

  cut(lastBytes: string | undefined): void {
    const response = this.#response
    if (response.destroyed || response.writableFinished) return
    if (lastBytes === undefined || !response.headersSent) {
      breakConnection(response)
      return
    }
    const timer = setTimeout(breakConnection, cutMs, response)
    response.write(lastBytes, () => {
      clearTimeout(timer)
      breakConnection(response)
    })
  }

  flush(): void {
    if (!this.#bodyStarted) this.#response.flushHeaders()
  }
}

function flushHead(reply: NodeReply): void {
  reply.flush()
}

/** A body that ends by close (HTTP/1.0) would look whole after a FIN, so there it is a reset. */
export function breakConnection(response: ServerResponse): void {
  const { socket } = response
  // A pipelined reply whose turn has not come has no socket: it breaks the connection when it gets one.
  if (socket === null) response.once('socket', breakSocket)
  else if (response.req.httpVersion === '1.0' && canReset(socket)) socket.resetAndDestroy()
  else socket.destroy()
}

function breakSocket(socket: Socket): void {
  socket.destroy()
}

/** Node resets plain TCP only. TLS shows a missing end by itself, a pipe has no reset. */
function canReset(socket: Socket): boolean {
  return !('encrypted' in socket) && socket.remoteFamily !== undefined
}

const endsChunked = /(?:^|,)[\t ]*chunked[\t ]*$/i

/** Whether bytes of an upload may still come. In its first turn Node calls no request complete, also those without a body. */
export function uploading(request: IncomingMessage): boolean {
  if (request.complete) return false
  const { headers } = request
  const coding = headers['transfer-encoding']
  // Node reads nothing behind a coding that does not end with chunked, and drops the connection in the same turn.
  return coding === undefined ? Number(headers['content-length'] ?? 0) > 0 : endsChunked.test(coding)
}

/** How long an early answer waits for the upload: a short one is on its way already, and the connection can be kept. */
export function shortUpload(request: IncomingMessage): number {
  const length = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY)
  return length <= shortUploadBytes ? shortUploadMs : 0
}

/** Throws the rest of the upload away and goes on when it has ended, or when the time is over. At once where nothing comes. */
export function whenRead(request: IncomingMessage, limitMs: number, done: () => void): void {
  if (limitMs === 0 || !uploading(request)) {
    done()
    return
  }
  let waiting = true
  const once = (): void => {
    if (!waiting) return
    waiting = false
    clearTimeout(timer)
    done()
  }
  const timer = setTimeout(once, limitMs)
  request.once('end', once)
  request.once('close', once)
  request.resume()
}

function pairs(flat: readonly string[]): [string, string][] {
  const list: [string, string][] = []
  for (let at = 0; at < flat.length; at += 2) list.push([flat[at] as string, flat[at + 1] as string])
  return list
}
