// The seam between one attempt and whoever asked for it. Plain callbacks: no promise and no event object per chunk.

import type { Tunnel } from './tunnel.ts'

/** How an attempt ended without a whole reply. */
export type FailureKind =
  /** No connection: refused, unreachable, name not found, TLS, or the connect clock ran out. Nothing was sent. */
  | 'connect-failure'
  /** The connection broke (reset, closed, truncated). */
  | 'reset'
  /** HTTP/2: the backend said that it did not process the request (REFUSED_STREAM, or a stream above the last of its GOAWAY). */
  | 'refused-stream'
  /** The reply broke the rules of HTTP: framing, head too large, an unasked 101. */
  | 'bad-response'
  /** One of the attempt's clocks ran out: `clock` names it. */
  | 'timeout'
  /** The request cannot be written as HTTP (bytes in the path, method, or a field); nothing was sent, says nothing about the backend. */
  | 'bad-request'
  /** The caller's upload broke; says nothing about the backend. */
  | 'upload-failed'
  /** `cancel()` was called; says nothing about the backend. */
  | 'cancelled'

export type ClockName = 'connect' | 'headers' | 'idle' | 'perTry' | 'firstEvent' | 'backend' | 'request'

/** `uploading` is over when the whole request is written; a reply that comes before makes it `streaming`. */
export type AttemptPhase = 'connecting' | 'uploading' | 'waiting' | 'streaming' | 'done'

export interface AttemptFailure {
  readonly kind: FailureKind
  readonly clock?: ClockName
  /** False only when it is certain that the backend did not process the request: no byte of it was written, or the stream was refused. */
  readonly sent: boolean
  /** The head of a reply had been handed over. */
  readonly headSeen: boolean
  /** For logs, never for callers. */
  readonly error?: Error
}

/** Gets the life of one attempt. After `attemptEnded` or `attemptFailed` (exactly one of them, once) nothing follows. */
export interface AttemptListener<A> {
  /** `headers` is flat (name, value, name, value), hop-by-hop fields already removed, names as the backend wrote them. */
  attemptHead(attempt: A, status: number, statusText: string, headers: string[]): void
  /** Return false to pause; `attempt.resume()` goes on. */
  attemptData(attempt: A, chunk: Buffer): boolean
  /**
   * The backend accepted an upgrade (101). Now, or later, `tunnel.join()` gives it the caller's connection; `cancel()` refuses it.
   * The attempt lives until the tunnel ends. Needed only by those who call `attempt.upgrade()`.
   */
  attemptUpgraded?(attempt: A, headers: string[], tunnel: Tunnel): void
  attemptEnded(attempt: A, trailers: string[] | undefined): void
  attemptFailed(attempt: A, failure: AttemptFailure): void
}
