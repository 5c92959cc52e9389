/** A reply as a web Response, for mounts that speak fetch. Node's own paths never touch web streams. */

import type { Reply, ReplyOwner } from '../reply.ts'

const highWaterMark = 64 * 1024
/** Longest wait until the last event of a reply that is broken off is read, and what it then has to leave the server. */
const cutMs = 900
const writtenMs = 50

export class FetchReply implements Reply {
  readonly #resolve: (response: Response) => void
  readonly #method: string
  #owner: ReplyOwner | undefined
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #over = false
  /** The head came in this turn: what follows in it may be the whole reply, which needs no stream. */
  #opening: { readonly init: ResponseInit; first: Buffer | undefined } | undefined

  constructor(method: string, resolve: (response: Response) => void) {
    this.#method = method
    this.#resolve = resolve
  }

  bind(owner: ReplyOwner): void {
    this.#owner = owner
  }

  head(status: number, statusText: string, headers: string[]): void {
    const fields = new Headers()
    for (let at = 0; at < headers.length; at += 2) fields.append(headers[at] as string, headers[at + 1] as string)
    const init = { status, statusText, headers: fields }
    const empty = this.#method === 'HEAD' || status === 204 || status === 205 || status === 304
    if (empty) return this.#resolve(new Response(null, init))
    this.#opening = { init, first: undefined }
    process.nextTick(open, this)
  }

  /** @internal The turn of the head is over. */
  open(): void {
    const opening = this.#opening
    if (opening === undefined) return
    this.#opening = undefined
    const response = new Response(this.#body(), opening.init)
    if (opening.first !== undefined) this.#controller?.enqueue(opening.first)
    this.#resolve(response)
  }

  #body(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => this.#owner?.drained(),
        cancel: () => {
          this.#over = true
          this.#owner?.callerGone()
        },
      },
      { highWaterMark, size: (chunk) => chunk.byteLength },
    )
  }

  answer(status: number, headers: string[], body: Buffer): void {
    this.head(status, '', headers)
    this.write(body)
    this.end()
  }

  write(chunk: Buffer): boolean {
    const opening = this.#opening
    if (opening !== undefined && opening.first === undefined) {
      opening.first = chunk
      return true
    }
    this.open()
    const controller = this.#controller
    if (controller === undefined || this.#over) return true
    controller.enqueue(chunk)
    return (controller.desiredSize ?? 0) > 0
  }

  end(): void {
    if (this.#over) return
    this.#over = true
    const opening = this.#opening
    if (opening !== undefined) {
      this.#opening = undefined
      return this.#resolve(
        new Response((opening.first as Uint8Array<ArrayBuffer> | undefined) ?? new Uint8Array(0), opening.init),
      )
    }
    this.#controller?.close()
  }

  /** The caller's signal: it may come before the head. */
  abort(): void {
    this.#opening = undefined
    this.#over = true
    this.#owner?.callerGone()
    this.#resolve(new Response(null, { status: 499 }))
    // A server cancels the stream in the same turn, and would report an error that came before.
    setImmediate(() => this.#controller?.error(new TypeError('the caller left')))
  }

  cut(lastBytes: string | undefined): void {
    if (this.#over) return
    this.open()
    this.#over = true
    const controller = this.#controller
    // No head yet: the request's own body broke.
    if (controller === undefined) return this.#resolve(new Response(null, { status: 400 }))
    if (lastBytes !== undefined) controller.enqueue(Buffer.from(lastBytes))
    breakWhenRead(controller, Date.now() + cutMs)
  }
}

function open(reply: FetchReply): void {
  reply.open()
}

/**
 * An error discards what is queued, and servers drop what they have not written yet: the bytes need time to leave. A server
 * that still holds the head back would even turn it into an error of its own.
 */
function breakWhenRead(controller: ReadableStreamDefaultController<Uint8Array>, until: number): void {
  const size = controller.desiredSize
  const waiting = size !== null && size < highWaterMark && Date.now() < until
  setTimeout(waiting ? breakWhenRead : breakStream, waiting ? 5 : writtenMs, controller, until)
}

function breakStream(controller: ReadableStreamDefaultController<Uint8Array>): void {
  controller.error(new TypeError('the reply was broken off'))
}
