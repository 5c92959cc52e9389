/** Backends: where requests go, and what bounds them there. It knows no route. */

import type { FallbackConfig } from './types-attempts.ts'
import type { BalanceConfig, HealthCheckConfig } from './types-endpoints.ts'
import type { SessionConfig } from './types-sessions.ts'
import type { Milliseconds, Origin, SecretRef } from './types-values.ts'

/** One named group of interchangeable endpoints that serve one version of a model. */
export interface BackendConfig {
  readonly name: string
  /** The builder's pool that this backend was declared in. Shown, never acted on. */
  readonly pool?: string
  /** None: requests for this backend get 503. */
  readonly endpoints: readonly EndpointConfig[]
  /** Off unless given. */
  readonly breaker?: BreakerConfig
  readonly capacity?: CapacityConfig
  /** Most time to open a connection. Default 10 s. */
  readonly connectTimeout: Milliseconds
  /** Repeats within this backend as a share of its requests. `false` turns the budget off. */
  readonly retryBudget: RetryBudgetConfig | false
  /** Header fields set on each request to this backend only, such as its credential. */
  readonly headers?: readonly HeaderConfig[]
  /** Replaces the `model` of JSON bodies that are sent to this backend. What callers wrote is sent unless given. */
  readonly model?: string
  /** What is spoken to the endpoints: `http1`, `h2` (by ALPN over TLS) or `h2c` (prior knowledge). Default `http1`. */
  readonly protocol: 'http1' | 'h2' | 'h2c'
  /** For `https:` endpoints (Gateway API BackendTLSPolicy). */
  readonly tls?: BackendTlsConfig
  /** Used by rules that have no fallback of their own. */
  readonly fallback?: FallbackConfig
  /** Used by rules that have no session of their own; each rule keeps its own sessions all the same. */
  readonly session?: SessionConfig
  /** Envoy's outlier detection; besides the breaker or without it. Off unless given. */
  readonly outlierDetection?: OutlierDetectionConfig
  /** Which endpoint gets a request. Default `round-robin`. */
  readonly balance: BalanceConfig
  /** Asks each endpoint from time to time whether it is well. Off unless given. */
  readonly healthCheck?: HealthCheckConfig
  /**
   * Below this percentage of endpoints that are neither ejected nor unhealthy both are ignored and all endpoints used (Envoy
   * `healthy_panic_threshold`); an open breaker is not, and a fallback goes first. Default 50; 0 is off.
   */
  readonly panicThreshold: number
  readonly origin?: Origin
}

export interface BackendTlsConfig {
  /** PEM of the authorities to trust instead of the built-in ones. */
  readonly ca?: readonly SecretRef[]
  /** Name for SNI and for the certificate. Default the host of the URL. */
  readonly servername?: string
}

export interface EndpointConfig {
  /** `http:` or `https:`, host and port; no path, query, fragment or credentials. Stored as an origin (`http://a:8000`). */
  readonly url: string
}

export interface HeaderConfig {
  readonly name: string
  readonly value: string | SecretRef
}

/** A circuit breaker per endpoint (design of its own; Envoy has no half-open state). */
export interface BreakerConfig {
  /** Consecutive failures that open the circuit; 0 turns this condition off. Default 5. */
  readonly failures: number
  /** How long the circuit stays open before probes go through. Default 10 s. */
  readonly openFor: Milliseconds
  /** Longest time open after repeated openings. Default 10 times `openFor`. */
  readonly maxOpenFor: Milliseconds
  /** Probes that must all succeed before the circuit closes. Default 1. */
  readonly probes: number
  /** Opens as well when this share of requests in a window failed. Off unless given. */
  readonly ratio?: { readonly threshold: number; readonly window: Milliseconds; readonly minimum: number }
  /** Of n >= 2 endpoints at most max(1, floor(n x percent / 100)) are open at once. Default 100. */
  readonly maxOpenPercent: number
}

/** Envoy `outlier_detection`. */
export interface OutlierDetectionConfig {
  /** Default 5; 0 is off. */
  readonly consecutive5xx: number
  /** Time between sweeps, which end ejections. Default 10 s. */
  readonly interval: Milliseconds
  /** An ejection lasts this long times the ejections in a row. Default 30 s. */
  readonly baseEjectionTime: Milliseconds
  /** Default 10. */
  readonly maxEjectionPercent: number
}

/** Bounds of one backend, as Envoy's circuit breakers (`max_requests`, `max_retries`). */
export interface CapacityConfig {
  /** Most requests in flight; the surplus gets 503 at once. 0 lets none through. Default 1024. */
  readonly maxRequests: number
  /** Most connections per endpoint. Not bounded unless given. */
  readonly maxConnections?: number
  /** Most requests that wait for a connection while `maxConnections` are busy. Default 1024. */
  readonly maxPending: number
  /** Most repeats in flight at once (Envoy `max_retries`). Not bounded unless given. */
  readonly maxRetries?: number
  /** Most requests on one connection. Not bounded unless given. */
  readonly maxRequestsPerConnection?: number
}

/** GEP-3388 retryConstraint, counted over a window. */
export interface RetryBudgetConfig {
  /** Repeats may be at most this share of the requests in the window. Default 20. */
  readonly percent: number
  /** Default 10 s. */
  readonly window: Milliseconds
  /** Repeats that are always allowed within a window. Default 100. */
  readonly minimum: number
  /** Bounds the repeats in flight as well (Envoy `retry_budget`). Off unless given. */
  readonly concurrent?: RetryConcurrencyConfig
}

/** Envoy `circuit_breakers.retry_budget`. */
export interface RetryConcurrencyConfig {
  /** Repeats in flight may be at most this share of all attempts in flight. Default 20. */
  readonly percent: number
  /** Repeats in flight that are always allowed. Default 3. */
  readonly minimum: number
}
