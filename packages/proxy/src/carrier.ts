// The seam between an attempt and what carries it: an HTTP/1.1 connection, or one stream of an HTTP/2 connection. Types alone.

import type { Duplex, Readable } from 'node:stream'

/** What can be done to the exchange that is under way. */
export interface ReplyController {
  readonly aborted: boolean
  /** Ends it on the wire. */
  abort(reason: Error): void
  pause(): void
  resume(): void
}

/** Who is carried: an attempt. */
export interface Guest {
  /** It asks for an upgrade, and so needs a new HTTP/1.1 connection for itself. */
  readonly upgrading: boolean
  /** Gets the carrier that it asked for, and dispatches on it. */
  board(carrier: Carrier): void
  /** The endpoint is destroyed, or gave up before a connection was there. */
  evicted(error: Error): void
  /** The connection is there, and the request is about to be written. */
  onRequestStart(controller: ReplyController): void
  /** A part of the request was handed over. */
  onBodySent(): void
  onRequestSent(): void
  /** Also for interim replies. `fields` is flat, without fields of this hop. */
  onReplyHead(controller: ReplyController, status: number, reason: string | undefined, fields: string[]): void
  onReplyData(controller: ReplyController, chunk: Buffer): void
  /** The reply is whole. `trailers` is flat, as received. */
  onReplyEnd(trailers: readonly (Buffer | string)[]): void
  /** The connection switched to another protocol; the socket is the guest's. `raw` is flat, as received. */
  onUpgrade(status: number, raw: readonly (Buffer | string)[], socket: Duplex): void
  onFailure(error: Error): void
}

/** Where the fields that follow the caller's body come from. `RequestBody` is one. */
export interface TrailerSource {
  /** Flat (name, value, name, value), fit to go on; undefined where there are none, or before the end of the body. */
  readonly trailers: string[] | undefined
}

/** What an attempt was started with. */
export interface OutgoingRequest {
  readonly method: string
  readonly path: string
  readonly headers: string[]
  readonly body: Buffer | Readable | null
  readonly trailers: TrailerSource | undefined
}

/** Carries one request at a time. */
export interface Carrier {
  guest: Guest | null
  /** Replies that ended well on this connection. */
  served: number
  /** The first error of the socket itself. */
  readonly socketError: Error | undefined
  /** The other side ended the connection. */
  readonly peerEnded: boolean
  /** The head that was just handed over is the whole reply: nothing follows it. HTTP/1.1 never tells. */
  readonly headAlone: boolean
  /** Each chunk of a reply is a buffer that nobody else has. */
  readonly ownChunks: boolean
  dispatch(guest: Guest, request: OutgoingRequest): void
  /** Gives up what was taken for the guest, on the wire too. */
  discard(): void
}
