// The body of one request on its way into an HTTP/2 stream, no faster than that takes it. It knows no reply.

import type { ClientHttp2Stream } from 'node:http2'
import type { Readable } from 'node:stream'
import { dropUpload } from './body-reader.ts'
import type { TrailerSource } from './carrier.ts'
import { CarrierError, asError } from './failure.ts'
import { trailerFields } from './fields-h2.ts'

export interface UploadOwner {
  sent(): void
  sentAll(): void
  uploadBroke(error: Error): void
}

/** `sending`, `ended` when the last byte was handed over, `stopped` before that. */
type UploadState = 'sending' | 'ended' | 'stopped'

export class UploadH2 {
  readonly #owner: UploadOwner
  readonly #stream: ClientHttp2Stream
  readonly #announced: number | undefined
  #state: UploadState = 'sending'
  #body: Readable | null = null
  #bytes = 0

  constructor(owner: UploadOwner, stream: ClientHttp2Stream, announced: number | undefined) {
    this.#owner = owner
    this.#stream = stream
    this.#announced = announced
  }

  /** Asks for the trailers when the last data was written. */
  trailWith(source: TrailerSource): void {
    const stream = this.#stream
    stream.once('wantTrailers', () => {
      try {
        stream.sendTrailers(trailerFields(source.trailers ?? []))
      } catch (error) {
        this.#owner.uploadBroke(asError(error))
      }
    })
  }

  send(body: Buffer | Readable | null): void {
    if (body === null || Buffer.isBuffer(body)) {
      if (body === null) this.#stream.end()
      else this.#stream.end(body)
      this.#ended()
      return
    }
    this.#body = body
    body.on('data', (chunk: Buffer) => this.#onData(body, chunk))
    body.once('end', () => this.#onEnd())
    body.once('close', () => this.#onClose())
    this.#stream.on('drain', () => body.resume())
  }

  /** Nobody takes the rest. */
  stop(): void {
    if (this.#state !== 'sending') return
    this.#state = 'stopped'
    dropUpload(this.#body)
  }

  #onData(body: Readable, chunk: Buffer): void {
    if (this.#state !== 'sending') return
    this.#bytes += chunk.length
    if (this.#announced !== undefined && this.#bytes > this.#announced) return this.#break(wrongLength())
    if (!this.#stream.write(chunk)) body.pause()
    this.#owner.sent()
  }

  #onClose(): void {
    if (this.#state === 'sending')
      this.#break(new CarrierError('upload-failed', 'the upload was closed before its end'))
  }

  #onEnd(): void {
    if (this.#state !== 'sending') return
    if (this.#announced !== undefined && this.#bytes !== this.#announced) return this.#break(wrongLength())
    this.#stream.end()
    this.#ended()
  }

  #ended(): void {
    this.#state = 'ended'
    this.#owner.sentAll()
  }

  #break(error: Error): void {
    if (this.#state === 'sending') this.#owner.uploadBroke(error)
  }
}

function wrongLength(): CarrierError {
  return new CarrierError('upload-failed', 'the request body is shorter or longer than announced')
}
