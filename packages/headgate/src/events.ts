/** Every event of a gateway and its payload. Payloads are made only when somebody listens. */

import type { BreakerKind, HealthKind } from '@headgate/breaker'

/** Why an attempt did not give the reply that went to the caller. */
export interface AttemptReport {
  readonly backend: string
  readonly endpoint: string
  /** Status of the backend's reply; 0 when there was none. */
  readonly status: number
  /** `ok`, a status such as `503`, or what went wrong: `connect-failure`, `reset`, `timeout`, `bad-response`, `cancelled`. */
  readonly outcome: string
  /** The clock that ran out, for `timeout` and a slow connect. */
  readonly clock?: string
  /** From choosing the endpoint to the end of the attempt, in ms. */
  readonly durationMs: number
}

export type RequestResult =
  /** A whole reply of a backend went to the caller. */
  | 'completed'
  /** headgate answered by itself: no route, limit, no endpoint, failure of all attempts. */
  | 'answered'
  /** A reply that had begun was broken off; the caller can see it. */
  | 'broken'
  /** The caller left before the end. */
  | 'abandoned'

export interface RequestReport {
  readonly id: string
  readonly method: string
  readonly path: string
  /** Undefined when no route matched. */
  readonly route: string | undefined
  readonly rule: string | undefined
  /** Status sent to the caller; 0 when it left before one was sent. */
  readonly status: number
  readonly result: RequestResult
  /** The stable code of an answer that headgate made itself. */
  readonly code: string | undefined
  /** The backend whose reply went to the caller. */
  readonly backend: string | undefined
  readonly attempts: readonly AttemptReport[]
  readonly durationMs: number
}

/** A request that was not acted on, because its head is not acceptable. What it said is not repeated here. */
export interface RefusalReport {
  readonly id: string
  readonly status: number
  /** `bad_target`, `bad_host`, `bad_framing`, `method_not_allowed`. */
  readonly code: string
  readonly message: string
}

export interface BreakerReport {
  readonly backend: string
  readonly endpoint: string
  readonly from: BreakerKind
  readonly to: BreakerKind
}

/** Outlier detection took an endpoint out. It comes back at the first sweep after `forMs`, or when a health check succeeds. */
export interface EjectionReport {
  readonly backend: string
  readonly endpoint: string
  /** How long it is ejected at least, in ms. */
  readonly forMs: number
}

/** Active health checks changed their mind about an endpoint. */
export interface HealthReport {
  readonly backend: string
  readonly endpoint: string
  /** `unknown` before the first check. */
  readonly from: HealthKind
  readonly to: HealthKind
  /** Status of the last check, or what went wrong: `connect-failure`, `reset`, `timeout`, `bad-response`. */
  readonly because: string
}

export interface RetryReport {
  readonly id: string
  readonly route: string
  readonly backend: string
  /** 1 is the first repeat. */
  readonly repeat: number
  readonly afterMs: number
  readonly because: string
}

export interface FallbackReport {
  readonly id: string
  readonly route: string
  readonly from: string
  readonly to: string
  readonly because: string
}

/** A copy of a request that was due and is not made. */
export interface MirrorReport {
  readonly route: string
  /** The one that gets no copy. */
  readonly backend: string
  /** `body`: more than is kept of a request, or it did not come whole. Otherwise why the backend has no place. */
  readonly because: string
}

/** Noun first, then what happened. */
export interface GatewayEvents {
  'request-ended': (report: RequestReport) => void
  'request-refused': (report: RefusalReport) => void
  'attempt-ended': (report: AttemptReport & { readonly id: string; readonly route: string }) => void
  'retry-scheduled': (report: RetryReport) => void
  'fallback-chosen': (report: FallbackReport) => void
  'mirror-dropped': (report: MirrorReport) => void
  'breaker-changed': (report: BreakerReport) => void
  'endpoint-ejected': (report: EjectionReport) => void
  /** Told when somebody looks after its time: a request that chooses an endpoint, `gate.backends()`, or a health check. */
  'endpoint-restored': (report: { readonly backend: string; readonly endpoint: string }) => void
  'health-changed': (report: HealthReport) => void
  'config-changed': (report: { readonly routes: readonly string[]; readonly backends: readonly string[] }) => void
  /** A hook or listener of the application threw, or something needs attention. */
  warning: (report: { readonly code: string; readonly message: string; readonly error?: unknown }) => void
  closed: () => void
}
