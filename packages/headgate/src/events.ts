/** Every event of a gateway and its payload. Payloads are made only when somebody listens. */

import type { BreakerKind, HealthKind } from '@headgate/breaker'

/** Where the time of an attempt went, in ms; a phase that it did not reach is 0. They add up to `durationMs`. */
export interface AttemptPhases {
  /** Until it had a connection of its own, or one was being opened for it. */
  readonly queue: number
  /** Until that connection was open; next to nothing on one that was open already. */
  readonly connect: number
  /** Until its whole request was written. */
  readonly upload: number
  /** From there to the head of the reply. */
  readonly headers: number
  /** From the head to the first event of a stream that says something; 0 for other replies. */
  readonly firstEvent: number
  /** From there to the last byte. */
  readonly body: number
}

/** One endpoint that the choice looked at. */
export interface CandidateReport {
  readonly endpoint: string
  /** Attempts in flight there before this one. */
  readonly inFlight: number
  /** Why it was not to be had; absent where it was. */
  readonly excluded?: 'breaker' | 'ejected' | 'unhealthy' | 'tried' | 'busy'
  /** What it was weighed by (`peak-ewma`). */
  readonly load?: number
}

/** What the choice of an endpoint was made from; `replayPick` makes it again. */
export interface PickReport {
  readonly balance: string
  readonly candidates: readonly CandidateReport[]
  /** Index in `candidates`; -1: there was none to be had. */
  readonly chosen: number
  /** The endpoint of the caller's session, by its index, where it was asked for. */
  readonly preferred?: number
  /** Where the turn stood (`round-robin`), or the numbers that were drawn. */
  readonly turn?: number
  readonly draws?: readonly number[]
  /** What the endpoint was chosen by, as a 32-bit hash (`ring-hash`, `maglev`). */
  readonly keyHash?: number
}

/** Tokens that the backend says it has counted. */
export interface UsageReport {
  readonly input?: number
  readonly output?: number
  /** Of `input`, read from a cache. */
  readonly cached?: number
}

/** One try at one endpoint. */
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
  readonly cause: 'first' | 'repeat' | 'fallback'
  /** What made a further attempt necessary: as in `retry-scheduled` and `fallback-chosen`. */
  readonly because?: string
  /** From the beginning of the request to that of this attempt, waits included, in ms. */
  readonly startMs: number
  readonly phases: AttemptPhases
  /** From choosing the endpoint to the first event of its stream that says something, in ms; absent where none did. */
  readonly firstEventMs?: number
  /** It went out on a connection that had served another request. */
  readonly reused: boolean
  /** Bytes of the reply's body. */
  readonly bytesReceived: number
  readonly pick?: PickReport
  /** The model that the backend says it served. */
  readonly model?: string
  readonly usage?: UsageReport
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

/** What the choice of a backend was made from. */
export interface SplitReport {
  /** `weight`: its turn; `sticky`: a header's value; `session`: the caller's session. */
  readonly by: 'weight' | 'sticky' | 'session'
  /** Undefined where a reference could not be resolved. */
  readonly shares: readonly { readonly backend: string | undefined; readonly weight: number }[]
  /** Index in `shares`; -1 when every weight is 0. */
  readonly chosen: number
  /** The place in the order that it had (`weight`). */
  readonly slot?: number
  /** What the header's value was hashed to (`sticky`). */
  readonly keyHash?: number
}

/** A backend that had no place for an attempt. */
export interface PassedReport {
  readonly backend: string
  /** `no_endpoint`, `circuit_open`, `no_healthy_endpoint`, `overloaded`, `session_unavailable`, or `cooldown`. */
  readonly because: string
  readonly pick?: PickReport
}

/** One limit that applied. */
export interface LimitReport {
  readonly limit: string
  /** Tokens taken; 0 where this limit or another one refused. */
  readonly charged: number
  /** The wait that it asks for, in ms, where it refused. */
  readonly retryAfterMs?: number
}

/** The decision record of a request: what was decided, from what, and what came of it. */
export interface RequestReport {
  readonly id: string
  readonly method: string
  readonly path: string
  /** Undefined when no route matched. */
  readonly route: string | undefined
  readonly rule: string | undefined
  /** Status sent to the caller; 0 when it left before one was sent. Of an answer to a gRPC caller, which is 200, what it stands for. */
  readonly status: number
  /** The gRPC status that the caller got, of a backend or of an answer of the gateway. */
  readonly grpcStatus?: number
  readonly result: RequestResult
  /** The stable code of an answer that headgate made itself. */
  readonly code: string | undefined
  /** The backend whose reply went to the caller. */
  readonly backend: string | undefined
  readonly attempts: readonly AttemptReport[]
  readonly durationMs: number
  /** When it began, in ms since 1970. */
  readonly startedAt: number
  /** From the beginning to the first byte of the reply's head that went to the caller, in ms; 0 when none went. */
  readonly firstByteMs: number
  /** Bytes of the caller's body that were read, and of the reply's that were sent; of a WebSocket what came from either side. */
  readonly bytesIn: number
  readonly bytesOut: number
  readonly split?: SplitReport
  readonly limits: readonly LimitReport[]
  /** Backends that were passed over, in order. */
  readonly passed: readonly PassedReport[]
  /** The caller's W3C `traceparent`, where it sent one. */
  readonly traceparent?: string
  /** The trace that it belongs to, 32 hexadecimal digits: what the registered telemetry says, otherwise that of `traceparent`. */
  readonly traceId?: string
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
