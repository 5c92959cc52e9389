/** A reply as a web Response, for mounts that speak fetch. Node's own paths never touch web streams. */

import type { Reply, ReplyOwner } from './reply.ts'

const highWaterMark = 64 * 1024

export class FetchReply implements Reply {
  readonly #resolve: (response: Response) => void
  readonly #method: string
  #owner: ReplyOwner | undefined
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #over = false

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
    const empty = this.#method === 'HEAD' || status === 204 || status === 205 || status === 304
    const body = empty ? null : this.#body()
    this.#resolve(new Response(body, { status, statusText, headers: fields }))
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
    const controller = this.#controller
    if (controller === undefined || this.#over) return true
    controller.enqueue(chunk)
    return (controller.desiredSize ?? 0) > 0
  }

  end(): void {
    if (this.#over) return
    this.#over = true
    this.#controller?.close()
  }

  /** The caller's signal: it may come before the head. */
  abort(): void {
    this.#over = true
    this.#owner?.callerGone()
    this.#resolve(new Response(null, { status: 499 }))
    if (this.#controller?.desiredSize !== null) this.#controller?.error(new TypeError('the caller left'))
  }

  cut(lastBytes: string | undefined): void {
    if (this.#over) return
    this.#over = true
    const controller = this.#controller
    // No head yet: the request's own body broke.
    if (controller === undefined) return this.#resolve(new Response(null, { status: 400 }))
    if (lastBytes !== undefined) controller.enqueue(Buffer.from(lastBytes))
    // An error discards what is queued: wait until the reader has taken the event.
    breakWhenRead(controller, Date.now() + 1000)
  }
}

function breakWhenRead(controller: ReadableStreamDefaultController<Uint8Array>, until: number): void {
  const size = controller.desiredSize
  if (size !== null && size < highWaterMark && Date.now() < until) setTimeout(breakWhenRead, 5, controller, until)
  else if (size !== null) controller.error(new TypeError('the reply was broken off'))
}
