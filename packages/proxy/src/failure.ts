// What an error of a carrier, of a socket, of an upload or of undici (for upgrades) says about an attempt. It knows codes, never messages, and no policy.

import type { Readable } from 'node:stream'
import type { FailureKind } from './attempt-types.ts'

/** An error whose meaning is known where it is made. */
export class CarrierError extends Error {
  readonly kind: FailureKind

  constructor(kind: FailureKind, message: string, cause?: Error) {
    super(message, cause === undefined ? {} : { cause })
    this.kind = kind
  }
}

/** What is known of the attempt when an error comes. */
export interface ErrorContext {
  /** The request was begun, or was about to be. */
  readonly started: boolean
  readonly headSeen: boolean
  /** The first error of the socket itself. */
  readonly socketError: Error | undefined
  /** The other side ended the stream. */
  readonly peerEnded: boolean
  readonly body: Buffer | Readable | null
}

/** Names the failure that `error` stands for. */
export function failureKind(error: Error, context: ErrorContext): FailureKind {
  if (error instanceof CarrierError) return error.kind
  const code = codeOf(error)
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') return 'bad-request'
  if (code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH') return 'upload-failed'
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') return 'cancelled'
  // undici ends the upload with the error of the socket, so this comes before the question of who broke the upload.
  const fromPeer = error === context.socketError && isSystemError(error)
  if (!fromPeer && brokeItself(context.body, error)) return 'upload-failed'
  if (!context.started) return 'connect-failure'
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return 'bad-response'
  // undici says this for a head that is malformed after its content-length, and for a body that ends too early.
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return context.headSeen ? 'reset' : 'bad-response'
  // Without an end or an error from the other side it was undici that closed the connection, over what it had read.
  if (code === 'UND_ERR_SOCKET' || code === 'ERR_ASSERTION' || error.name === 'HTTPParserError') {
    return context.peerEnded || isSystemError(context.socketError) ? 'reset' : 'bad-response'
  }
  return 'reset'
}

export function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

function isSystemError(error: Error | undefined): boolean {
  return error !== undefined && 'errno' in error
}

function brokeItself(body: Buffer | Readable | null, error: Error): boolean {
  if (body === null || Buffer.isBuffer(body)) return false
  return body.errored === error || (body.destroyed && !body.readableEnded)
}

/** What was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
