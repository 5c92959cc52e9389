/** Every default of the config in one place. It knows no schema; the policies hold the same numbers for use alone. */

import type { BalanceConfig, HashKeyConfig } from './types-endpoints.ts'
import type { ConditionName } from './types-values.ts'

/** `setTimeout` and the timer wheel hold a signed 32-bit number of milliseconds: about 24.8 days. */
export const maxDurationMs: number = 2 ** 31 - 1

/** GEP-2257 has texts up to 99,999 hours; nothing waits for the end of a session. */
export const maxSessionMs: number = 99_999 * 3_600_000

export const gatewayName = 'headgate'

export const trustedHops = 0

/** Bytes of request bodies kept for further tries. */
export const bodies: { readonly keepPerRequest: number; readonly keepTotal: number } = {
  keepPerRequest: 1024 * 1024,
  keepTotal: 64 * 1024 * 1024,
}

export const connectTimeoutMs = 10_000
export const idleTimeoutMs = 300_000

export const breaker: {
  readonly failures: number
  readonly openMs: number
  /** `maxOpenFor` as a multiple of `openFor`. */
  readonly maxOpenFactor: number
  readonly probes: number
  readonly maxOpenPercent: number
} = { failures: 5, openMs: 10_000, maxOpenFactor: 10, probes: 1, maxOpenPercent: 100 }

/** Envoy's defaults for `max_requests` and `max_pending_requests`. */
export const maxRequests = 1024
export const maxPending = 1024

/** Envoy's `outlier_detection`: 5 failures in a row, swept every 10 s, 30 s the first time, 10 % of the endpoints. */
export const outlierDetection: {
  readonly consecutive5xx: number
  readonly intervalMs: number
  readonly baseEjectionMs: number
  readonly maxEjectionPercent: number
} = { consecutive5xx: 5, intervalMs: 10_000, baseEjectionMs: 30_000, maxEjectionPercent: 10 }

export function balance(): BalanceConfig {
  return { type: 'round-robin' }
}

/** Envoy's `healthy_panic_threshold`, in percent. */
export const panicThreshold = 50

/** A list of its own each time: what is stored may be changed by nobody else. */
export function hashBy(): HashKeyConfig[] {
  return ['address']
}

/** vLLM and TGI serve `/health`. The thresholds are those of Kubernetes and most examples for Envoy, which has none. */
export const healthCheck: {
  readonly path: string
  readonly method: 'GET'
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly healthy: number
  readonly unhealthy: number
} = { path: '/health', method: 'GET', intervalMs: 10_000, timeoutMs: 1000, healthy: 2, unhealthy: 3 }

/** GEP-3388: 20 % over 10 s; its minimum of 10 a second, counted over the whole window. */
export const retryBudget: { readonly percent: number; readonly windowMs: number; readonly minimum: number } = {
  percent: 20,
  windowMs: 10_000,
  minimum: 100,
}

/** Envoy: base 25 ms, at most 10 times the base. */
export const backoff: {
  readonly type: 'full-jitter'
  readonly baseMs: number
  /** `max` as a multiple of `base`. */
  readonly maxFactor: number
} = { type: 'full-jitter', baseMs: 25, maxFactor: 10 }

/**
 * No reply came at all: what Gateway API asks of any retry stanza (GEP-1731, connection errors) and Envoy calls
 * `connect-failure,refused-stream,reset`. A status is retried only where it is listed.
 */
export const retryOn: readonly ConditionName[] = ['connect-failure', 'refused-stream', 'reset']

export const fallbackOn: readonly ConditionName[] = ['5xx', 'reset', 'connect-failure', 'rate-limited']

export const limit: { readonly fill: 'continuous'; readonly maxKeys: number } = { fill: 'continuous', maxKeys: 100_000 }

/** Envoy `retry_budget`: `budget_percent`, `min_retry_concurrency`. */
export const retryConcurrency: { readonly percent: number; readonly minimum: number } = { percent: 20, minimum: 3 }

export const earlyHead: { readonly afterMs: number; readonly everyMs: number } = { afterMs: 5000, everyMs: 15_000 }

/** Gateway API `sessionPersistence`. */
export const session: { readonly type: 'Cookie'; readonly lifetime: 'Session'; readonly strict: boolean } = {
  type: 'Cookie',
  lifetime: 'Session',
  strict: false,
}

/** Gateway API `backendRef.weight`. */
export const weight = 1

export const backendProtocol = 'http1'
export const routeKind = 'HTTP'

/** Gateway API HTTPRequestRedirectFilter. */
export const redirectStatusCode = 302
export const redirectStatusCodes: readonly number[] = [301, 302, 303, 307, 308]

/** Gateway API HTTPRequestMirrorFilter: every request. */
export const mirror: { readonly numerator: number; readonly denominator: number } = { numerator: 1, denominator: 1 }

/** Gateway API HTTPCORSFilter. */
export const cors: { readonly allowCredentials: boolean; readonly maxAgeSeconds: number } = {
  allowCredentials: false,
  maxAgeSeconds: 5,
}
