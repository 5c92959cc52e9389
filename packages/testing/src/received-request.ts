/** Turns the bytes of one connection into requests, strictly. Knows no sockets and answers nothing. */

import { BodyReader, type BodyState } from './http-body.ts'
import {
  type Field,
  fieldValues,
  type MessageHead,
  parseRequestLine,
  type RequestLine,
  requestFraming,
  takeHead,
} from './http-head.ts'

/** One request as it arrived. It is there from its head on; the body fills up afterwards. */
export class ReceivedRequest {
  /** Which connection of the upstream it came on, counted from 1. */
  readonly connection: number
  readonly #head: MessageHead
  readonly #line: RequestLine
  readonly #body: BodyReader
  readonly #settling: PromiseWithResolvers<BodyState> = Promise.withResolvers<BodyState>()

  constructor(connection: number, head: MessageHead) {
    this.connection = connection
    this.#head = head
    this.#line = parseRequestLine(head.startLine)
    this.#body = new BodyReader(requestFraming(head.fields))
  }

  get method(): string {
    return this.#line.method
  }

  /** The request target, byte for byte (latin1). */
  get target(): string {
    return this.#line.target
  }

  /** Field lines in order and in their original case. */
  get headers(): readonly Field[] {
    return this.#head.fields
  }

  /** Bytes of the head, up to and with its empty line. */
  get head(): Buffer {
    return this.#head.bytes
  }

  /** Bytes of the body that have arrived, without the framing. */
  get body(): Buffer {
    return this.#body.bytes
  }

  get trailers(): readonly Field[] {
    return this.#body.trailers
  }

  get state(): BodyState {
    return this.#body.state
  }

  /** Resolves with `whole` or `cut` once the body has come to its end. */
  get settled(): Promise<BodyState> {
    return this.#settling.promise
  }

  /** All values of a field, by name without case. */
  values(name: string): string[] {
    return fieldValues(this.headers, name)
  }

  /** The first value of a field. */
  header(name: string): string | undefined {
    return this.values(name)[0]
  }

  /** Used by the reader: takes its part of the bytes and gives back the rest. */
  push(bytes: Buffer): Buffer {
    const rest = this.#body.push(bytes)
    this.#settle()
    return rest
  }

  /** Used by the reader: nothing more will come. */
  end(): void {
    this.#body.end(false)
    this.#settle()
  }

  #settle(): void {
    if (this.#body.state !== 'reading') this.#settling.resolve(this.#body.state)
  }
}

/** Reads request after request; `onRequest` is called at each head. */
export class RequestReader {
  readonly #connection: number
  readonly #onRequest: (request: ReceivedRequest) => void
  #unread: Buffer = Buffer.alloc(0)
  #current: ReceivedRequest | undefined

  constructor(connection: number, onRequest: (request: ReceivedRequest) => void) {
    this.#connection = connection
    this.#onRequest = onRequest
  }

  /** Throws `FramingError` when the bytes are not well-formed requests. */
  push(bytes: Buffer): void {
    this.#unread = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes])
    while (this.#unread.length > 0) {
      if (this.#current === undefined) {
        const head = takeHead(this.#unread)
        if (head === undefined) return
        this.#unread = this.#unread.subarray(head.bytes.length)
        this.#current = new ReceivedRequest(this.#connection, head)
        this.#onRequest(this.#current)
      }
      this.#unread = this.#current.push(this.#unread)
      if (this.#current.state === 'reading') return
      this.#current = undefined
    }
  }

  /** The connection is over. Gives back what was left of an unfinished head. */
  end(): Buffer {
    this.#current?.end()
    this.#current = undefined
    return this.#unread
  }
}
