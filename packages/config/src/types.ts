/** The waist: what a gateway is built from, as plain data. Everything produces it, the runtime reads nothing else. */

/** A length of time in milliseconds. Input may also be a GEP-2257 duration such as `250ms`, `30s` or `1h30m`. */
export type Milliseconds = number

/** A value that is not in the config: it is read when the table is built and is never printed. */
export type SecretRef = (
  | { readonly env: string }
  | { readonly file: string }
  /** A Kubernetes Secret given beside the manifests: `namespace/name/key`. */
  | { readonly secret: string }
) & {
  /** Text put in front of the value, such as `Bearer ` with its blank. Default none. */
  readonly prefix?: string
}

/** A whole gateway. `version` is the version of this format. */
export interface GatewayConfig {
  readonly version: 1
  /** Name of the gateway in events, `Via` and metrics. */
  readonly name: string
  readonly backends: readonly BackendConfig[]
  /** Token buckets by name; a rule says which of them it takes from. */
  readonly limits: readonly LimitConfig[]
  readonly routes: readonly RouteConfig[]
  readonly forwarded: ForwardedConfig
  readonly bodies: BodiesConfig
}

export interface ForwardedConfig {
  /** How many proxies in front of this one are trusted to have set `X-Forwarded-*` and `Forwarded`. Default 0: the caller's are dropped. */
  readonly trustedHops: number
}

/** Request bodies kept in memory so that a further try can send the same bytes. */
export interface BodiesConfig {
  /** Most bytes kept for one request; above it no further try after bytes were sent. Default 1 MiB. */
  readonly keepPerRequest: number
  /** Most bytes kept by the process. Default 64 MiB. */
  readonly keepTotal: number
}

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

/** Bounds of one backend, as Envoy's circuit breakers (`max_requests`, `max_retries`). */
export interface CapacityConfig {
  /** Most requests in flight; the surplus gets 503 at once. Default 1024. */
  readonly maxRequests: number
  /** Most connections per endpoint. Not bounded unless given. */
  readonly maxConnections?: number
}

/** GEP-3388 retryConstraint, counted over a window. */
export interface RetryBudgetConfig {
  /** Repeats may be at most this share of the requests in the window. Default 20. */
  readonly percent: number
  /** Default 10 s. */
  readonly window: Milliseconds
  /** Repeats that are always allowed within a window. Default 100. */
  readonly minimum: number
}

/** A token bucket and what it is keyed by. Each request takes one token. */
export interface LimitConfig {
  readonly name: string
  /** One bucket for all, or one for each value of a request header. A request without the header is not limited by it. */
  readonly per:
    | 'all'
    | { readonly header: string }
    | { /** Name of a key function that the application registers. */ readonly key: string }
  /** Tokens added in each `every`. */
  readonly tokens: number
  readonly every: Milliseconds
  /** Most tokens in the bucket, and what it starts with. Default `tokens`. */
  readonly burst: number
  /** `continuous` adds fractions all the time, `stepped` adds `tokens` at each end of `every`. Default `continuous`. */
  readonly fill: 'continuous' | 'stepped'
  /** Most keys remembered; the one idle for longest is dropped. Default 100,000. */
  readonly maxKeys: number
}

/** A Gateway API route: rules that share hostnames. */
export interface RouteConfig {
  readonly name: string
  /** Set for routes read from manifests; ties then go by `namespace/name`, otherwise by order of declaration. */
  readonly namespace?: string
  /** Exact or `*.` wildcard. None: every host. */
  readonly hostnames: readonly string[]
  /** Creation time in ms since the epoch, where the route carries one: the older wins a tie. */
  readonly createdAt?: number
  readonly rules: readonly RuleConfig[]
}

export interface RuleConfig {
  readonly name?: string
  /** ORed. None: path prefix `/`. */
  readonly matches: readonly MatchConfig[]
  readonly filters: readonly FilterConfig[]
  /** The split. None: 500. */
  readonly backends: readonly BackendRefConfig[]
  /** Which split entry a caller gets stays the same for the same value. */
  readonly sticky?: { readonly header: string }
  readonly fallback?: FallbackConfig
  readonly retry?: RetryConfig
  readonly timeouts: TimeoutsConfig
  /** Names of limits; all of them are charged or none. */
  readonly limits: readonly string[]
}

/** Path AND method AND headers AND query (Gateway API HTTPRouteMatch). */
export interface MatchConfig {
  readonly path?: PathMatchConfig
  readonly method?: string
  readonly headers?: readonly ValueMatchConfig[]
  readonly query?: readonly ValueMatchConfig[]
}

export interface PathMatchConfig {
  readonly type: 'Exact' | 'PathPrefix' | 'RegularExpression'
  readonly value: string
}

export interface ValueMatchConfig {
  /** Default `Exact`. */
  readonly type?: 'Exact' | 'RegularExpression'
  readonly name: string
  readonly value: string
}

export interface BackendRefConfig {
  /** The name of a backend. */
  readonly backend: string
  /** Share = weight / sum of weights. Integer 0 to 1,000,000, default 1. */
  readonly weight: number
  readonly filters?: readonly FilterConfig[]
}

/** Gateway API HTTPHeaderFilter on the request or the reply; one action for each name. */
export interface FilterConfig {
  readonly type: 'RequestHeaderModifier' | 'ResponseHeaderModifier'
  readonly set?: readonly { readonly name: string; readonly value: string }[]
  readonly add?: readonly { readonly name: string; readonly value: string }[]
  readonly remove?: readonly string[]
}

/** Each of `backends` gets one attempt, in order, when the one before failed retryably or has no endpoint to offer. */
export interface FallbackConfig {
  readonly backends: readonly string[]
  /** What makes an attempt fail over. Default: `5xx`, `reset`, `connect-failure`, `rate-limited`. */
  readonly on: readonly ConditionName[]
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

/** What a retry or a fallback reacts to: Envoy's `retry_on` names, `rate-limited` (429) and plain status codes. */
export type ConditionName = (typeof conditionNames)[number] | number

/** Every named condition. A type test holds this list equal to the one in the proxy's `outcome.ts`. */
export const conditionNames = [
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'refused-stream',
  'retriable-4xx',
  'rate-limited',
] as const

/** `0` turns a clock off. */
export interface TimeoutsConfig {
  /** Whole exchange with every attempt and wait (Gateway API `timeouts.request`). Off unless given. */
  readonly request?: Milliseconds
  /** One attempt to its last byte (Gateway API `timeouts.backendRequest`); cuts a stream. Off unless given. */
  readonly backend?: Milliseconds
  /** One attempt until the head of its reply. Off unless given. */
  readonly headers?: Milliseconds
  /** Since the last byte either way. Default 300 s. */
  readonly idle: Milliseconds
}
