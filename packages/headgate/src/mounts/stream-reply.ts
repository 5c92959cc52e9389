/** A reply as a readable stream, for frameworks on Node that send streams through their own hooks. Knows no framework. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { breakConnection, cutMs, lingerMs, shortUpload, uploading, whenRead } from './node-reply.ts'
import { tooManyPipelined } from './pipelined.ts'
import type { Reply, ReplyOwner } from '../reply.ts'

/** A head and the stream of its body, as a framework's own reply path takes them. */
export interface StreamedReply {
  readonly status: number
  readonly statusText: string
  /** Flat: name, value, … */
  readonly headers: readonly string[]
  /** Destroyed with an error when the reply is broken off; `statusCode` of the error is 502. */
  readonly body: Readable
}

class ReplyBody extends Readable {
  owner: ReplyOwner | undefined

  constructor() {
    super({ highWaterMark: 64 * 1024 })
    // A hook may keep the framework from listening while the reply breaks: that must not end the process.
    this.on('error', () => {})
  }

  override _read(): void {
    this.owner?.drained()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.owner?.callerGone()
    callback(error)
  }
}

/** Calls `send` once, with the head; the framework reads the body. */
export class StreamReply implements Reply {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #send: (reply: StreamedReply) => void
  readonly #body = new ReplyBody()
  #headSent = false

  constructor(request: IncomingMessage, response: ServerResponse, send: (reply: StreamedReply) => void) {
    this.#request = request
    this.#response = response
    this.#send = send
  }

  bind(owner: ReplyOwner): void {
    this.#body.owner = owner
    // What ran before this handler may have taken its time.
    if (this.#response.closed || tooManyPipelined(this.#request.socket, this.#response)) owner.callerGone()
  }

  head(status: number, statusText: string, headers: string[]): void {
    // The rest of an unread upload must never be taken for the next request (reliability R1.5).
    if (uploading(this.#request)) headers.push('connection', 'close')
    this.#send({ status, statusText, headers, body: this.#body })
    this.#headSent = true
  }

  answer(status: number, headers: string[], body: Buffer): void {
    whenRead(this.#request, shortUpload(this.#request), () => {
      if (this.#body.destroyed) return
      this.head(status, '', headers)
      this.write(body)
      this.end()
    })
  }

  write(chunk: Buffer): boolean {
    return this.#body.push(chunk)
  }

  end(): void {
    whenRead(this.#request, lingerMs, () => this.#body.push(null))
  }

  /** The caller's connection closed. */
  abort(): void {
    this.#body.destroy()
  }

  cut(lastBytes: string | undefined): void {
    if (this.#body.destroyed) return
    // The exchange ends with this call: destroying the stream must not tell it once more.
    this.#body.owner = undefined
    if (lastBytes === undefined || !this.#headSent) {
      this.#break()
      return
    }
    // The event leaves with the next reads; only then the stream breaks.
    this.#body.push(Buffer.from(lastBytes))
    this.#breakWhenWritten(Date.now() + cutMs)
  }

  #breakWhenWritten(until: number): void {
    const waiting = this.#body.readableLength > 0 || this.#response.writableLength > 0
    if (waiting && Date.now() < until && !this.#body.destroyed) {
      setTimeout(() => this.#breakWhenWritten(until), 5)
      return
    }
    setImmediate(() => this.#break())
  }

  /** A head that has not left can still become an error of the framework; otherwise the connection tells. */
  #break(): void {
    if (this.#response.headersSent || !this.#headSent) breakConnection(this.#response)
    this.#body.destroy(Object.assign(new Error('the reply was broken off'), { statusCode: 502 }))
  }
}
