// One request and its reply on one stream of an HTTP/2 connection. It knows no other stream.

import { constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import { Readable, addAbortSignal } from 'node:stream'
import type { Carrier, Guest, OutgoingRequest, ReplyController } from './carrier.ts'
import { CarrierError, asError } from './failure.ts'
import { streamFailure } from './failure-h2.ts'
import { plainFields, requestFields } from './fields-h2.ts'
import { responseHeaders } from './reply-headers.ts'
import { UploadH2 } from './upload-h2.ts'

/** What a stream needs of its connection. */
export interface StreamHost {
  readonly session: ClientHttp2Session
  readonly scheme: 'http' | 'https'
  readonly authority: string
  readonly maxHeaderBytes: number
  /** Replies that ended well. */
  served: number
  readonly goawayLast: number
  readonly goawayCode: number
  /** Milliseconds on the wheel. */
  readonly now: number
  /** Something came from the other side. */
  heard(): void
  /** A request got no answer: since this time it may be that nobody is there. */
  doubt(since: number): void
  /** Called once. */
  streamClosed(stream: StreamH2): void
}

export class StreamH2 implements Carrier, ReplyController {
  readonly socketError = undefined
  readonly peerEnded = false
  guest: Guest | null = null
  headAlone = false
  readonly ownChunks: boolean = false
  aborted = false
  readonly #host: StreamHost
  #trailers: readonly string[] = []
  #stream: ClientHttp2Stream | undefined
  #upload: UploadH2 | undefined
  #startedAt = 0
  #headSeen = false
  /** The other side's END_STREAM was read. */
  #whole = false
  #error: Error | undefined
  #closed = false

  constructor(host: StreamHost) {
    this.#host = host
  }

  get served(): number {
    return this.#host.served
  }

  set served(count: number) {
    this.#host.served = count
  }

  dispatch(guest: Guest, request: OutgoingRequest): void {
    this.guest = guest
    this.#startedAt = this.#host.now
    const { body, trailers } = request
    const waitForTrailers = trailers !== undefined && (body instanceof Readable || trailers.trailers !== undefined)
    let announced: number | undefined
    try {
      const fields = requestFields({ ...request, ...this.#origin }, request.headers, lengthOf(body))
      announced = fields.announced
      this.#stream = this.#host.session.request(fields.list, {
        endStream: body === null && !waitForTrailers,
        waitForTrailers,
      })
    } catch (error) {
      const told = error instanceof CarrierError ? error : new CarrierError('bad-request', 'refused', asError(error))
      guest.onFailure(told)
      return
    }
    this.#listen(this.#stream)
    guest.onRequestStart(this)
    // The head is on its way, however the body comes.
    guest.onBodySent()
    if (this.guest === null) return
    this.#upload = new UploadH2(this, this.#stream, announced)
    if (waitForTrailers) this.#upload.trailWith(trailers)
    this.#upload.send(body)
  }

  get #origin(): { readonly scheme: 'http' | 'https'; readonly authority: string } {
    return { scheme: this.#host.scheme, authority: this.#host.authority }
  }

  /** Gives the place back; what was opened is reset. */
  discard(): void {
    this.guest = null
    this.#reset()
    if (this.#stream === undefined) this.#leave()
  }

  abort(): void {
    if (this.aborted) return
    this.aborted = true
    this.guest = null
    if (!this.#headSeen) this.#host.doubt(this.#startedAt)
    this.#reset()
  }

  pause(): void {
    this.#stream?.pause()
  }

  resume(): void {
    this.#stream?.resume()
  }

  /** A part of the request was taken. */
  sent(): void {
    this.guest?.onBodySent()
  }

  /** The request was written to its end. */
  sentAll(): void {
    this.guest?.onRequestSent()
  }

  /** The caller's side broke. */
  uploadBroke(error: Error): void {
    this.#tellFailed(error)
  }

  #listen(stream: ClientHttp2Stream): void {
    watchEnd(stream, () => {
      this.#whole = true
    })
    stream.on('headers', (fields) => this.#onInterim(fields[':status']))
    stream.on('response', (fields, flags, raw: unknown) => this.#onHead(stream, fields[':status'], flags, raw))
    stream.on('trailers', (_fields, _flags, raw: unknown) => this.#onTrailers(raw))
    stream.on('end', () => this.#onEnd())
    stream.on('error', (error: Error) => {
      this.#error ??= error
    })
    stream.once('close', () => {
      this.#onEnd()
      this.#leave()
    })
  }

  #onInterim(status: number | undefined): void {
    this.#host.heard()
    if (status !== undefined) this.guest?.onReplyHead(this, status, undefined, [])
  }

  #onHead(stream: ClientHttp2Stream, status: number | undefined, flags: number, raw: unknown): void {
    this.#host.heard()
    const { guest } = this
    if (guest === null) return
    const fields = plainFields(listOf(raw), this.#host.maxHeaderBytes)
    if (fields === undefined || status === undefined || status < 200) {
      return this.#tellFailed(new CarrierError('bad-response', 'the head of the reply is too large or not final'))
    }
    this.#headSeen = true
    this.headAlone = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
    guest.onReplyHead(this, status, undefined, responseHeaders(fields, status === 204))
    // Not before: data that came with the head would overtake it.
    stream.on('data', (chunk: Buffer) => this.#onData(chunk))
  }

  #onData(chunk: Buffer): void {
    this.#host.heard()
    if (chunk.length > 0) this.guest?.onReplyData(this, chunk)
  }

  #onTrailers(raw: unknown): void {
    const fields = plainFields(listOf(raw), this.#host.maxHeaderBytes)
    if (fields !== undefined) this.#trailers = fields
    else this.#tellFailed(new CarrierError('bad-response', 'the trailers of the reply are too large'))
  }

  /** The readable side is over, one way or the other. */
  #onEnd(): void {
    const { guest } = this
    if (guest === null) return
    this.#host.heard()
    if (this.#whole && this.#headSeen) {
      this.guest = null
      // Nobody reads the rest of an upload that was answered.
      if (this.#stream?.writableFinished === false) this.#reset()
      guest.onReplyEnd(this.#trailers)
      return
    }
    const { goawayLast, goawayCode } = this.#host
    const code = this.#stream?.rstCode ?? 0
    const end = { id: this.#stream?.id, code, headSeen: this.#headSeen, error: this.#error, goawayLast, goawayCode }
    const kind = streamFailure(end)
    this.#tellFailed(new CarrierError(kind, `the stream was closed with code ${code}`, this.#error))
  }

  #tellFailed(error: Error): void {
    const { guest } = this
    this.guest = null
    // The guest aborts, which resets the stream.
    guest?.onFailure(error)
  }

  /**
   * RST_STREAM with CANCEL. Not by `close()`, which ends the upload first: the other side would take a part for the whole. Node has a code
   * for an abort by signal alone.
   */
  #reset(): void {
    const stream = this.#stream
    if (stream !== undefined && !stream.destroyed) addAbortSignal(cancelled, stream)
  }

  #leave(): void {
    if (this.#closed) return
    this.#closed = true
    this.#upload?.stop()
    this.#host.streamClosed(this)
  }
}

const cancelled = AbortSignal.abort()

/**
 * Calls back at END_STREAM. Node pushes the same null when a stream is reset (with NO_ERROR, or by a closed connection), and ends it as if
 * it were whole; only then `closed` is set before.
 */
function watchEnd(stream: ClientHttp2Stream, onEnd: () => void): void {
  const push = stream.push.bind(stream)
  stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (chunk === null && !stream.closed) onEnd()
    return push(chunk, encoding)
  }
}

function listOf(raw: unknown): string[] {
  return Array.isArray(raw) ? raw : []
}

function lengthOf(body: Buffer | Readable | null): number | undefined {
  if (body === null) return 0
  return Buffer.isBuffer(body) ? body.length : undefined
}
