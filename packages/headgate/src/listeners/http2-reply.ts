/** The reply on one HTTP/2 stream. Breaking it is RST_STREAM; trailers go as they are. */

import { constants } from 'node:http2'
import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Reply, ReplyOwner } from '../reply.ts'

/** Longest wait for the last bytes of a reply that is broken off. */
const cutMs = 1000

export class Http2Reply implements Reply {
  readonly #stream: ServerHttp2Stream

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream
    // A stream that breaks is told by `close`; its error has nothing to add, and must not end the process.
    stream.on('error', () => {})
  }

  bind(owner: ReplyOwner): void {
    const stream = this.#stream
    stream.on('close', () => owner.callerGone())
    stream.on('drain', () => owner.drained())
    if (stream.destroyed || stream.closed) owner.callerGone()
  }

  head(status: number, _statusText: string, headers: string[], alone = false): void {
    const stream = this.#stream
    if (stream.destroyed || stream.headersSent) return
    // A gRPC status without a message is one frame that ends the stream, and must stay one.
    stream.respond(fieldsOf(status, headers), alone ? { endStream: true } : { waitForTrailers: true })
  }

  answer(status: number, headers: string[], body: Buffer): void {
    if (body.length > 0) {
      this.head(status, '', headers)
      this.write(body)
      this.end(undefined)
      return
    }
    // A gRPC status without a message must be one frame that ends the stream.
    if (this.#stream.destroyed || this.#stream.headersSent) return
    this.#stream.respond(fieldsOf(status, headers), { endStream: true })
    this.#dropUpload()
  }

  write(chunk: Buffer): boolean {
    const stream = this.#stream
    return stream.destroyed || !stream.writable || stream.write(chunk)
  }

  end(trailers: string[] | undefined): void {
    const stream = this.#stream
    if (stream.destroyed || stream.writableEnded) return
    stream.once('wantTrailers', () => {
      const fields: OutgoingHttpHeaders = Object.create(null) as OutgoingHttpHeaders
      for (let at = 0; at < (trailers?.length ?? 0); at += 2) {
        addField(fields, trailers?.[at] as string, trailers?.[at + 1] as string)
      }
      stream.sendTrailers(fields)
      this.#dropUpload()
    })
    stream.end()
  }

  cut(lastBytes: string | undefined): void {
    const stream = this.#stream
    if (stream.destroyed || stream.closed) return
    if (lastBytes === undefined || !stream.headersSent) {
      stream.destroy(brokenOff())
      return
    }
    const timer = setTimeout(() => stream.destroy(brokenOff()), cutMs)
    stream.write(lastBytes, () => {
      clearTimeout(timer)
      stream.destroy(brokenOff())
    })
  }

  #dropUpload(): void {
    const stream = this.#stream
    if (!stream.endAfterHeaders && !stream.readableEnded) setImmediate(refuseUpload, stream)
  }
}

/**
 * Tells a caller that still uploads that nobody reads on (RFC 9113 section 8.1). Only after the end of the reply was written:
 * a reset takes its place otherwise.
 */
function refuseUpload(stream: ServerHttp2Stream): void {
  if (!stream.closed) stream.close(constants.NGHTTP2_NO_ERROR)
  // What has come already goes: a stream that holds bytes is never over.
  stream.resume()
}

/** Makes Node reset the stream; `close` would end it first. */
function brokenOff(): Error {
  return new Error('the reply was broken off')
}

function fieldsOf(status: number, headers: readonly string[]): OutgoingHttpHeaders {
  const fields: OutgoingHttpHeaders = Object.create(null) as OutgoingHttpHeaders
  fields[':status'] = status
  for (let at = 0; at < headers.length; at += 2) addField(fields, headers[at] as string, headers[at + 1] as string)
  return fields
}

/** Fields that HTTP/2 does not have are left out (RFC 9113 section 8.2.2); repeated ones stay apart. */
function addField(fields: OutgoingHttpHeaders, field: string, value: string): void {
  const name = field.toLowerCase()
  if (name === 'connection' || name === 'transfer-encoding' || name === 'keep-alive' || name === 'upgrade') return
  const present = fields[name]
  if (present === undefined) fields[name] = value
  else if (Array.isArray(present)) present.push(value)
  else fields[name] = [String(present), value]
}
