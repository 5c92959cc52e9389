// A request on its way into a socket; one that streams no faster than that takes it, its head together with its first bytes.

import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { BodyReader, dropUpload, type ReaderSink } from '../body-reader.ts'
import { longestShared } from '../free-bytes.ts'
import { isPlainSocket } from '../plain-node.ts'
import { CarrierError, asError } from '../failure.ts'
import type { TrailerSource } from '../carrier.ts'
import { lastChunk, wrongLength, type RequestHead } from './request-head.ts'

/** A request whose body is there, or that has none. */
export function sendAtOnce(socket: Socket, { text }: RequestHead, body: Buffer | null): void {
  if (body === null || body.length === 0) {
    socket.write(text, 'latin1')
    return
  }
  socket.cork()
  socket.write(text, 'latin1')
  socket.write(body)
  socket.uncork()
}

export interface UploadOwner {
  /** The first byte is about to be written. */
  begun(): void
  sent(): void
  sentAll(): void
  uploadBroke(error: Error): void
}

/** `sending`, `ended` when the last byte was handed over, `stopped` before that. */
type UploadState = 'sending' | 'ended' | 'stopped'

export class Upload implements ReaderSink {
  readonly #owner: UploadOwner
  readonly #socket: Socket
  readonly #body: Readable
  readonly #length: number
  readonly #trailers: TrailerSource | undefined
  #head: string | undefined
  #state: UploadState = 'sending'
  #bytes = 0
  /** Chunks whose write was not called back yet. Undefined where nobody is told of them, or any more. */
  #unwritten: Buffer[] | undefined
  readonly #onWritten = (error?: Error | null): void => {
    if (error) this.#unwritten = undefined
    const chunk = this.#unwritten?.shift()
    if (chunk !== undefined && this.#body instanceof BodyReader) this.#body.wrote(chunk)
  }
  readonly #onDrain = (): void => {
    if (this.#body instanceof BodyReader) this.#body.sinkReady()
    else this.#body.resume()
  }

  /** `trailers` go on behind a body in chunks. */
  constructor(
    owner: UploadOwner,
    socket: Socket,
    body: Readable,
    { text, length }: RequestHead,
    trailers: TrailerSource | undefined,
  ) {
    this.#owner = owner
    this.#socket = socket
    this.#body = body
    this.#length = length
    this.#trailers = trailers
    this.#head = text
  }

  /** Call it once. */
  begin(): void {
    const body = this.#body
    this.#socket.on('drain', this.#onDrain)
    body.once('error', (error) => this.#break(asError(error)))
    body.once('close', () => this.#onClose())
    if (body instanceof BodyReader) {
      this.#unwritten = []
      body.feed(this)
      return
    }
    body.on('data', (chunk: Buffer) => {
      if (!this.chunk(chunk)) body.pause()
    })
    body.once('end', () => this.end())
  }

  /** Nobody takes the rest. True where the body had not been sent to its end. */
  stop(): boolean {
    this.#socket.off('drain', this.#onDrain)
    if (this.#state !== 'sending') return false
    this.#state = 'stopped'
    dropUpload(this.#body)
    return true
  }

  chunk(chunk: Buffer): boolean {
    if (this.#state !== 'sending') return true
    this.#bytes += chunk.length
    // Not one byte of it: the other side must not take a part for the whole.
    if (this.#length !== -1 && this.#bytes > this.#length) {
      this.#break(new CarrierError('upload-failed', wrongLength))
      return false
    }
    if (chunk.length === 0) return true
    const socket = this.#socket
    if (this.#head === undefined && this.#length !== -1) {
      const flows = this.#write(chunk)
      this.#owner.sent()
      return flows
    }
    socket.cork()
    this.#sendHead()
    if (this.#length === -1) socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1')
    let flows = this.#write(chunk)
    if (this.#length === -1) flows = socket.write('\r\n', 'latin1')
    socket.uncork()
    this.#owner.sent()
    return flows
  }

  end(): void {
    if (this.#state !== 'sending') return
    if (this.#length !== -1 && this.#bytes !== this.#length)
      return this.#break(new CarrierError('upload-failed', wrongLength))
    let end = ''
    try {
      if (this.#length === -1) end = lastChunk(this.#trailers?.trailers)
    } catch (error) {
      return this.#break(asError(error))
    }
    this.#state = 'ended'
    const socket = this.#socket
    socket.cork()
    this.#sendHead()
    if (end !== '') socket.write(end, 'latin1')
    socket.uncork()
    this.#owner.sentAll()
  }

  #write(chunk: Buffer): boolean {
    if (chunk.length > longestShared && !isPlainSocket(this.#socket)) this.#unwritten = undefined
    if (this.#unwritten === undefined) return this.#socket.write(chunk)
    this.#unwritten.push(chunk)
    return this.#socket.write(chunk, this.#onWritten)
  }

  /** Every upload closes at last: an error, the dearest part of it, is made only where it tells something. */
  #onClose(): void {
    if (this.#state === 'sending')
      this.#break(new CarrierError('upload-failed', 'the upload was closed before its end'))
  }

  #sendHead(): void {
    if (this.#head === undefined) return
    this.#owner.begun()
    this.#socket.write(this.#head, 'latin1')
    this.#head = undefined
  }

  #break(error: Error): void {
    if (this.#state === 'sending')
      this.#owner.uploadBroke(
        error instanceof CarrierError ? error : new CarrierError('upload-failed', 'the upload broke', error),
      )
  }
}
