/** What happens around an attempt: fallbacks, retries and clocks. It knows no backend and no route. */

import type { ConditionName, FallbackConditionName, Milliseconds } from './types-values.ts'

/** Each of `backends` gets one attempt, in order, when the one before failed retryably or has no endpoint to offer. */
export interface FallbackConfig {
  readonly backends: readonly string[]
  /** What makes an attempt fail over. Default: `5xx`, `reset`, `connect-failure`, `rate-limited`. */
  readonly on: readonly FallbackConditionName[]
}

export interface RetryConfig {
  /** Further attempts within the backend that the split chose (Envoy `num_retries`). */
  readonly retries: number
  /** Default: `connect-failure`, `refused-stream`, `reset`, so no reply at all; a status is retried only where it is listed. */
  readonly on: readonly ConditionName[]
  /** Most time for each attempt until its reply is committed (Envoy `per_try_timeout`). Off unless given. */
  readonly perTry?: Milliseconds
  readonly backoff: BackoffConfig
}

export interface BackoffConfig {
  /** `full-jitter` as Envoy; `minimum` waits at least `base`, as Gateway API `retry.backoff`. Default `full-jitter`. */
  readonly type: 'full-jitter' | 'minimum'
  /** Default 25 ms. */
  readonly base: Milliseconds
  /** Default 10 times `base`. */
  readonly max: Milliseconds
}

/** `0` turns a clock off. */
export interface TimeoutsConfig {
  /** Whole exchange with every attempt and wait (Gateway API `timeouts.request`). Off unless given. */
  readonly request?: Milliseconds
  /** One attempt to its last byte (Gateway API `timeouts.backendRequest`); cuts a stream. Off unless given. */
  readonly backend?: Milliseconds
  /** One attempt until the head of its reply. Off unless given. */
  readonly headers?: Milliseconds
  /** One attempt until the first event of a stream that says something. Off unless given. */
  readonly firstEvent?: Milliseconds
  /** Since the last byte either way. Default 300 s. */
  readonly idle: Milliseconds
}

/** A head of headgate's own while attempts go on, for callers that asked for a stream (`"stream": true`). */
export interface EarlyHeadConfig {
  /** How long no reply has come before the head goes out. Default 5 s. */
  readonly after: Milliseconds
  /** Time between the comments that keep the stream alive. Default 15 s. */
  readonly every: Milliseconds
}
