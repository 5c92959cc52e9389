/** What a person or a program may write: the config with defaults left out and durations as text. It knows no checks. */

import type { DurationText } from './duration.ts'
import type { BackendConfig, BackendTlsConfig, EndpointConfig, HeaderConfig } from './types-backends.ts'
import type { BalanceConfig, HashKeyConfig, HealthCheckConfig, StatusRangeConfig } from './types-endpoints.ts'
import type {
  HeaderFilterConfig,
  PathModifierConfig,
  RewriteFilterConfig,
  UnresolvedFilterConfig,
} from './types-filters.ts'
import type { MatchConfig, RouteConfig, RuleConfig } from './types-routes.ts'
import type { SessionConfig } from './types-sessions.ts'
import type { ConditionName, FallbackConditionName, Milliseconds, Origin, SecretRef } from './types-values.ts'
import type { CertificateConfig, LimitConfig } from './types.ts'

/** Milliseconds, or a GEP-2257 duration such as `250ms`, `30s`, `1h30m`. At most 2,147,483,647 ms. */
export type DurationInput = Milliseconds | DurationText

/** A status may also be written as text, as YAML and Envoy do. */
export type ConditionInput = ConditionName | `${number}`

/** The same for a fallback. */
export type FallbackConditionInput = FallbackConditionName | `${number}`

/** A whole gateway as written. What is left out (or `undefined`) gets the default that the same field of `GatewayConfig` names. */
export interface GatewayConfigInput {
  /** For editors; dropped. */
  readonly $schema?: string | undefined
  /** The version of this format. */
  readonly version: 1
  /** An RFC 9110 token, because `Via` carries it. Default `headgate`. */
  readonly name?: string | undefined
  /** Default: one listener that takes every host, as behind a mount. */
  readonly listeners?: readonly ListenerInput[] | undefined
  readonly backends?: readonly BackendInput[] | undefined
  readonly limits?: readonly LimitInput[] | undefined
  readonly routes?: readonly RouteInput[] | undefined
  readonly forwarded?: ForwardedInput | undefined
  readonly bodies?: BodiesInput | undefined
  readonly reporting?: ReportingInput | undefined
  readonly sessionKey?: SecretRef | undefined
}

export interface ListenerInput {
  readonly name: string
  readonly port: number
  readonly protocol: 'HTTP' | 'HTTPS'
  readonly hostname?: string | undefined
  readonly certificates?: readonly CertificateConfig[] | undefined
  readonly origin?: Origin | undefined
}

export interface ForwardedInput {
  readonly trustedHops?: number | undefined
}

export interface BodiesInput {
  readonly keepPerRequest?: number | undefined
  readonly keepTotal?: number | undefined
}

export interface ReportingInput {
  readonly serverTiming?: boolean | undefined
  readonly header?: string | undefined
}

export interface BackendInput {
  readonly name: string
  readonly pool?: string | undefined
  /** URLs, plain or in an object. Stored as an origin: lower case, without a default port and without a final `/`. */
  readonly endpoints?: readonly (string | EndpointConfig)[] | undefined
  readonly breaker?: BreakerInput | undefined
  readonly capacity?: CapacityInput | undefined
  readonly connectTimeout?: DurationInput | undefined
  readonly retryBudget?: RetryBudgetInput | false | undefined
  /** The value is text or a reference: a credential belongs into a reference, which is never printed. */
  readonly headers?: readonly HeaderConfig[] | undefined
  readonly model?: string | undefined
  readonly protocol?: BackendConfig['protocol'] | undefined
  readonly tls?: BackendTlsConfig | undefined
  readonly fallback?: FallbackInput | undefined
  readonly session?: SessionInput | undefined
  readonly outlierDetection?: OutlierDetectionInput | undefined
  readonly balance?: BalanceInput | undefined
  readonly healthCheck?: HealthCheckInput | undefined
  readonly panicThreshold?: number | undefined
  readonly origin?: Origin | undefined
}

/** `{}` is a breaker with every default. */
export interface BreakerInput {
  readonly failures?: number | undefined
  readonly openFor?: DurationInput | undefined
  readonly maxOpenFor?: DurationInput | undefined
  readonly probes?: number | undefined
  readonly ratio?: BreakerRatioInput | undefined
  readonly maxOpenPercent?: number | undefined
}

export interface BreakerRatioInput {
  /** Above 0, at most 1. */
  readonly threshold: number
  readonly window: DurationInput
  /** Requests that a window must hold before the share counts. */
  readonly minimum: number
}

/** `{}` is outlier detection with every default. */
export interface OutlierDetectionInput {
  readonly consecutive5xx?: number | undefined
  readonly interval?: DurationInput | undefined
  readonly baseEjectionTime?: DurationInput | undefined
  readonly maxEjectionPercent?: number | undefined
}

/** The type alone, or with the keys of `ring-hash` and `maglev`: one, or several of which the first that is there counts. */
export type BalanceInput =
  | BalanceConfig['type']
  | { readonly type: 'round-robin' | 'least-request' | 'random' | 'peak-ewma' }
  | {
      readonly type: 'ring-hash' | 'maglev'
      readonly by?: HashKeyConfig | readonly HashKeyConfig[] | undefined
    }

/** `{}` is a check with every default. */
export interface HealthCheckInput {
  readonly path?: string | undefined
  readonly method?: HealthCheckConfig['method'] | undefined
  readonly host?: string | undefined
  readonly interval?: DurationInput | undefined
  readonly timeout?: DurationInput | undefined
  readonly healthy?: number | undefined
  readonly unhealthy?: number | undefined
  /** Statuses, or ranges of them such as `200-299`. */
  readonly statuses?: readonly (number | `${number}` | `${number}-${number}` | StatusRangeConfig)[] | undefined
}

export interface CapacityInput {
  readonly maxRequests?: number | undefined
  readonly maxConnections?: number | undefined
  readonly maxPending?: number | undefined
  readonly maxRetries?: number | undefined
  readonly maxRequestsPerConnection?: number | undefined
}

export interface RetryBudgetInput {
  readonly percent?: number | undefined
  readonly window?: DurationInput | undefined
  readonly minimum?: number | undefined
  /** `{}` is the bound with every default. */
  readonly concurrent?: { readonly percent?: number | undefined; readonly minimum?: number | undefined } | undefined
}

export interface LimitInput {
  readonly name: string
  /** Default `all`. */
  readonly per?: LimitConfig['per'] | undefined
  readonly tokens: number
  readonly every: DurationInput
  readonly burst?: number | undefined
  readonly fill?: 'continuous' | 'stepped' | undefined
  readonly maxKeys?: number | undefined
  readonly origin?: Origin | undefined
}

export interface RouteInput {
  readonly kind?: RouteConfig['kind'] | undefined
  readonly name: string
  readonly namespace?: string | undefined
  readonly hostnames?: readonly string[] | undefined
  readonly createdAt?: number | undefined
  /** Default: all of them. */
  readonly listeners?: readonly string[] | undefined
  /** Default: none, the route serves nothing. */
  readonly rules?: readonly RuleInput[] | undefined
  readonly origin?: Origin | undefined
}

export interface RuleInput {
  readonly name?: string | undefined
  readonly matches?: readonly MatchConfig[] | undefined
  readonly filters?: readonly FilterInput[] | undefined
  readonly backends?: readonly BackendRefInput[] | undefined
  readonly sticky?: { readonly header: string } | undefined
  readonly session?: SessionInput | undefined
  readonly fallback?: FallbackInput | undefined
  readonly retry?: RetryInput | undefined
  readonly timeouts?: TimeoutsInput | undefined
  readonly dialect?: string | undefined
  /** `{}` is an early head with every default. */
  readonly earlyHead?: EarlyHeadInput | undefined
  readonly limits?: readonly string[] | undefined
  readonly origins?: RuleConfig['origins'] | undefined
}

/** Exactly one of `backend` and `unresolved`. */
export interface BackendRefInput {
  readonly backend?: string | undefined
  readonly unresolved?: string | undefined
  readonly weight?: number | undefined
  readonly filters?: readonly FilterInput[] | undefined
}

export type FilterInput =
  | HeaderFilterConfig
  | RedirectFilterInput
  | RewriteFilterConfig
  | MirrorFilterInput
  | CorsFilterInput
  | UnresolvedFilterConfig

export interface RedirectFilterInput {
  readonly type: 'RequestRedirect'
  readonly scheme?: 'http' | 'https' | undefined
  readonly hostname?: string | undefined
  readonly port?: number | undefined
  readonly path?: PathModifierConfig | undefined
  readonly statusCode?: number | undefined
}

export interface MirrorFilterInput {
  readonly type: 'RequestMirror'
  readonly backend: string
  readonly numerator?: number | undefined
  readonly denominator?: number | undefined
}

export interface CorsFilterInput {
  readonly type: 'CORS'
  /** Stored in lower case and without the scheme's own port, as browsers send it. */
  readonly allowOrigins?: readonly string[] | undefined
  readonly allowMethods?: readonly string[] | undefined
  readonly allowHeaders?: readonly string[] | undefined
  readonly exposeHeaders?: readonly string[] | undefined
  readonly allowCredentials?: boolean | undefined
  readonly maxAge?: number | undefined
}

/** `{}` is a session cookie with a name of its own. Timeouts may be up to 99,999 hours. */
export interface SessionInput {
  readonly type?: SessionConfig['type'] | undefined
  readonly name?: string | undefined
  readonly lifetime?: SessionConfig['lifetime'] | undefined
  readonly absoluteTimeout?: DurationInput | undefined
  readonly idleTimeout?: DurationInput | undefined
  readonly strict?: boolean | undefined
  readonly path?: string | undefined
}

export interface FallbackInput {
  readonly backends: readonly string[]
  readonly on?: readonly FallbackConditionInput[] | undefined
}

export interface EarlyHeadInput {
  readonly after?: DurationInput | undefined
  readonly every?: DurationInput | undefined
}

export interface RetryInput {
  readonly retries: number
  /** Default: `connect-failure`, `refused-stream`, `reset`, so no reply at all. A status is retried only where it is listed. */
  readonly on?: readonly ConditionInput[] | undefined
  readonly perTry?: DurationInput | undefined
  readonly backoff?: BackoffInput | undefined
}

export interface BackoffInput {
  readonly type?: 'full-jitter' | 'minimum' | undefined
  readonly base?: DurationInput | undefined
  readonly max?: DurationInput | undefined
}

export interface TimeoutsInput {
  readonly request?: DurationInput | undefined
  readonly backend?: DurationInput | undefined
  readonly headers?: DurationInput | undefined
  readonly firstEvent?: DurationInput | undefined
  readonly idle?: DurationInput | undefined
}
