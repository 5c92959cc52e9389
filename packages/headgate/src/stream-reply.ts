/** A reply as a readable stream, for frameworks that send streams through their own hooks. */

import { Readable } from 'node:stream'
import type { Reply, ReplyOwner } from './reply.ts'

/** A head and the stream of its body, as a framework's own reply path takes them. */
export interface StreamedReply {
  readonly status: number
  readonly statusText: string
  /** Flat: name, value, … */
  readonly headers: readonly string[]
  /** Destroyed with an error when the reply is broken off. */
  readonly body: Readable
}

class ReplyBody extends Readable {
  owner: ReplyOwner | undefined

  constructor() {
    super({ highWaterMark: 64 * 1024 })
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
  readonly #send: (reply: StreamedReply) => void
  readonly #body = new ReplyBody()

  constructor(send: (reply: StreamedReply) => void) {
    this.#send = send
  }

  bind(owner: ReplyOwner): void {
    this.#body.owner = owner
  }

  head(status: number, statusText: string, headers: string[]): void {
    this.#send({ status, statusText, headers, body: this.#body })
  }

  answer(status: number, headers: string[], body: Buffer): void {
    this.head(status, '', headers)
    this.write(body)
    this.end()
  }

  write(chunk: Buffer): boolean {
    return this.#body.push(chunk)
  }

  end(): void {
    this.#body.push(null)
  }

  /** The caller's connection closed. */
  abort(): void {
    this.#body.destroy()
  }

  cut(lastBytes: string | undefined): void {
    if (this.#body.destroyed) return
    if (lastBytes === undefined) {
      this.#body.destroy(new Error('the reply was broken off'))
      return
    }
    // The event leaves with the next read; only then the stream breaks.
    this.#body.push(Buffer.from(lastBytes))
    breakWhenRead(this.#body, Date.now() + 1000)
  }
}

function breakWhenRead(body: Readable, until: number): void {
  if (body.readableLength > 0 && Date.now() < until && !body.destroyed) {
    setTimeout(breakWhenRead, 5, body, until)
    return
  }
  setImmediate(() => body.destroy(new Error('the reply was broken off')))
}
