/** The types of the builder: names are collected over the chain, so that a typo does not compile. No behaviour here. */

import type {
  BackendConfig,
  BackendTlsConfig,
  BackoffInput,
  BalanceInput,
  BreakerInput,
  CapacityInput,
  CertificateConfig,
  ConditionInput,
  DurationText,
  FallbackConditionInput,
  GatewayConfig,
  HealthCheckInput,
  OutlierDetectionInput,
  RetryBudgetInput,
  SecretRef,
} from '@headgate/config'
import type { StreamClassifier } from '@headgate/dialect'
import type { Gateway } from '../gateway.ts'
import type { KeyFunction } from '../runtime.ts'
import type { CorsOptions, HeaderOptions, MirrorOptions, RedirectOptions, RewriteOptions } from './filter-options.ts'
import type { SessionOptions } from './session-options.ts'

/** One endpoint, several, or a backend with settings of its own. */
export type Upstream = string | readonly string[] | BackendOptions

export interface BackendOptions extends PoolOptions {
  /** URLs with scheme, host and port. */
  readonly endpoints: string | readonly string[]
  /** Header fields set on each request to this backend only, such as its credential: text, `{ env }` or `{ file }`. */
  readonly headers?: Readonly<Record<string, string | SecretRef>>
  /** Replaces the `model` of JSON bodies that are sent to this backend. */
  readonly model?: string
}

/** Settings that the backends of a pool share. */
export interface PoolOptions {
  /** A circuit breaker for each endpoint. Off unless given; `{}` is one with every default. */
  readonly breaker?: BreakerInput
  readonly capacity?: CapacityInput
  /**
   * Which endpoint gets a request: `round-robin` (default), `least-request`, `random`, `peak-ewma`; or by a key, such as
   * `{ type: 'ring-hash', by: { header: 'x-session' } }`.
   */
  readonly balance?: BalanceInput
  /** Asks each endpoint from time to time whether it is well. Off unless given; `{}` asks `GET /health` every 10 s. */
  readonly healthCheck?: HealthCheckInput
  /** Takes endpoints out after failures in a row, as Envoy does. Off unless given; `{}` is one with every default. */
  readonly outlierDetection?: OutlierDetectionInput
  /** Percentage of endpoints that are well below which all are used. Default 50; 0 is off. */
  readonly panicThreshold?: number
  /** Most time to open a connection. Default `10s`. */
  readonly connectTimeout?: DurationText
  /** Repeats as a share of requests; `false` turns it off. Default 20 % over 10 s, at least 100. */
  readonly retryBudget?: RetryBudgetInput | false
  /** What is spoken to the endpoints: `h2` over TLS (ALPN), `h2c` without (prior knowledge). Default `http1`. */
  readonly protocol?: BackendConfig['protocol']
  /** For `https:` endpoints: authorities to trust instead of the built-in ones, and the name for SNI and the certificate. */
  readonly tls?: BackendTlsConfig
  /** For routes that have no session of their own: each backend keeps its sessions, under a name of its own. Off unless given. */
  readonly session?: SessionOptions
}

/** A Gateway API listener: requests that come in by one port, under one host name or under all. */
export interface ListenerOptions {
  /** What routes and redirects go by; `listen()` binds it unless told another address. 1 to 65535. */
  readonly port: number
  /** Exact or `*.` wildcard. Left out: every host. */
  readonly hostname?: string
  /** PEM texts by reference; with it the listener is HTTPS. Of several the one whose names fit is shown, else the first. */
  readonly certificates?: CertificateConfig | readonly CertificateConfig[]
}

export interface LimitOptions {
  /** Shown in errors and metrics. Default: `limit-1`, `limit-2`, … */
  readonly name?: string
  /** A bucket for each value of a header field or of a key function; left out, one bucket for all. */
  readonly per?: { readonly header: string } | { readonly key: string }
  /** Tokens added in each `every`; a request takes one. */
  readonly tokens: number
  readonly every: DurationText
  /** Most tokens in a bucket, and what it starts with. Default `tokens`. */
  readonly burst?: number
  /** Default `continuous`. */
  readonly fill?: 'continuous' | 'stepped'
  /** Most keys remembered. Default 100,000. */
  readonly maxKeys?: number
}

/** A path prefix by whole elements, or one of the Gateway API's three kinds said by name. */
export type PathOptions =
  | `/${string}`
  | { readonly exact: `/${string}` }
  | { readonly prefix: `/${string}` }
  | { readonly pattern: string }

/** The exact value, or a regular expression for the whole of it. */
export type ValueOptions = string | { readonly pattern: string }

/** Path AND method AND headers AND query. */
export interface When {
  readonly path?: PathOptions
  readonly method?: string
  readonly headers?: Readonly<Record<string, ValueOptions>>
  readonly query?: Readonly<Record<string, ValueOptions>>
}

export interface RetryOptions {
  /** Further attempts within the backend; 3 means up to 4 attempts. */
  readonly retries: number
  /** Envoy's names, `rate-limited` (429) and status codes. Default `connect-failure`, `refused-stream`, `reset`. */
  readonly on?: readonly ConditionInput[]
  /** Most time for each attempt until its reply begins. */
  readonly perTry?: DurationText
  readonly backoff?: Omit<BackoffInput, 'base' | 'max'> & { readonly base?: DurationText; readonly max?: DurationText }
}

export interface TimeoutOptions {
  /** The whole exchange with every attempt and wait. */
  readonly request?: DurationText
  /** One attempt to its last byte; cuts a stream. */
  readonly backend?: DurationText
  /** One attempt until the head of its reply. */
  readonly headers?: DurationText
  /** One attempt until the first event of a stream that says something. */
  readonly firstEvent?: DurationText
  /** Since the last byte either way. Default `300s`. */
  readonly idle?: DurationText
}

/** A sign of life for callers that asked for a stream, while attempts go on. */
export interface EarlyHeadOptions {
  /** How long no reply has come before a head of headgate's own goes out. Default `5s`. */
  readonly after?: DurationText
  /** Time between the comments after it. Default `15s`. */
  readonly every?: DurationText
}

export interface FallbackOptions {
  /**
   * What makes an attempt fail over: conditions of retries, and errors by what they say: `context-length`, `content-policy`,
   * `quota`. Default 5xx, reset, connect-failure, rate-limited.
   */
  readonly on?: readonly FallbackConditionInput[]
}

export interface SplitOptions {
  /** Callers with the same value of this header stay with the same backend. */
  readonly stickyBy?: { readonly header: string }
}

/** A share for some of the backends; share = weight / sum of weights. */
export type Weights<B extends string> = { readonly [Name in B]?: number }

/** Everything that can be said of a route before or after its target. Order does not matter. */
export interface RoutePolicies<B extends string, L extends string, Self> {
  /** What the route takes. Several are ORed; none takes every path. */
  when(...matches: readonly When[]): Self
  /** Host names, exact or `*.` wildcard. None: every host. */
  hosts(...hostnames: readonly string[]): Self
  /** The listeners that it is attached to. Left out: every one. */
  listeners(...names: readonly [NoInfer<L>, ...NoInfer<L>[]]): Self
  /** Backends that get one attempt each, in order, when the one before fails. */
  fallback(backends: NoInfer<B> | readonly NoInfer<B>[], options?: FallbackOptions): Self
  retry(options: RetryOptions): Self
  timeout(options: TimeoutOptions): Self
  /**
   * The API of the route where its path does not say it: `openai-chat`, `openai-completions`, `openai-responses`,
   * `anthropic-messages`, or a name registered with `dialect`.
   */
  speaks(dialect: string): Self
  /** A head of headgate's own, and comments, for streams whose first event takes long. Their status is 200 whatever comes. */
  earlyHead(options?: EarlyHeadOptions): Self
  /** Callers come back to the endpoint that served them first, whatever the weights say by then. In the place of those of its backends. */
  session(options?: SessionOptions): Self
  /** A limit for this route alone, besides those of the gateway. */
  limit(options: LimitOptions): Self
  requestHeaders(options: HeaderOptions): Self
  responseHeaders(options: HeaderOptions): Self
  /** Path and host that the backend sees; the query stays. Once. */
  rewrite(options: RewriteOptions): Self
  /** Sends a copy of requests to a backend too; its replies are thrown away. Several mirrors add up. */
  mirror(backend: NoInfer<B>, options?: MirrorOptions): Self
  /** Which pages of other origins may call this route. Preflights are answered here. Once. */
  cors(options: CorsOptions): Self
}

/** A route that has no target yet: it does not compile as the result of `route()`. */
export interface RouteStart<B extends string, L extends string = never> extends RoutePolicies<B, L, RouteStart<B, L>> {
  to(backend: NoInfer<B>): Route<B, L>
  split(weights: Weights<NoInfer<B>>, options?: SplitOptions): Route<B, L>
  /** Sends the caller elsewhere; no backend is asked. */
  redirect(options: RedirectOptions): Route<B, L>
}

declare const target: unique symbol

/** A route with a target. */
export interface Route<B extends string, L extends string = never> extends RoutePolicies<B, L, Route<B, L>> {
  /** Only for the compiler: tells a route with a target from one without. */
  readonly [target]?: never
  readonly hasTarget: true
}

/** Pools and listeners before the routes that use them; otherwise order does not matter. */
export interface GatewayBuilder<B extends string = never, R extends string = never, L extends string = never> {
  /** Backends that belong together and share settings. The keys are the names of the backends. */
  pool<const Names extends Readonly<Record<string, Upstream>>>(
    pool: string,
    backends: Names & { readonly [Name in keyof Names & B]: `backend "${Name}" is declared twice` },
    options?: PoolOptions,
  ): GatewayBuilder<B | (keyof Names & string), R, L>
  /** Where requests come in, for `listen()`. Mounts do without. */
  listener<const Name extends string>(
    name: Name extends L ? `listener "${Name}" is declared twice` : Name,
    options: ListenerOptions,
  ): GatewayBuilder<B, R, L | Name>
  /** A limit for every route. */
  limit(options: LimitOptions): GatewayBuilder<B, R, L>
  /** Registers code that limits can be keyed by; `undefined` means that the limit does not apply. */
  key(name: string, function_: KeyFunction): GatewayBuilder<B, R, L>
  /** Registers a judge of stream events for routes that `speak` a dialect of this name: which of them may be held, which commit. */
  dialect(name: string, classifier: StreamClassifier): GatewayBuilder<B, R, L>
  route<const Name extends string>(
    name: Name extends R ? `route "${Name}" is declared twice` : Name,
    describe: (route: RouteStart<B, L>) => Route<B, L>,
  ): GatewayBuilder<B, R | Name, L>
  /** The plain data that `build` starts from. Throws ConfigError with all problems. */
  config(): GatewayConfig
  /** Starts the gateway. Throws ConfigError with all problems, or GatewayError; nothing is started then. */
  build(): Gateway<B, R>
}
