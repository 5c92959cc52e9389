/** The waist: what a gateway is built from, as plain data. Everything produces it, the runtime reads nothing else. */

import type { BackendConfig } from './types-backends.ts'
import type { RouteConfig } from './types-routes.ts'
import type { Milliseconds, Origin, SecretRef } from './types-values.ts'

/** A whole gateway. `version` is the version of this format. */
export interface GatewayConfig {
  readonly version: 1
  /** Name of the gateway in events, `Via` and metrics. */
  readonly name: string
  /** Where requests come in. None: one listener that takes every host, as behind a mount. */
  readonly listeners: readonly ListenerConfig[]
  readonly backends: readonly BackendConfig[]
  /** Token buckets by name; a rule says which of them it takes from. */
  readonly limits: readonly LimitConfig[]
  readonly routes: readonly RouteConfig[]
  readonly forwarded: ForwardedConfig
  /** Off unless given: callers see names of backends. */
  readonly reporting?: ReportingConfig
  readonly bodies: BodiesConfig
  /**
   * What the values of sessions are authenticated with, at least 32 characters; the same on every replica. Absent: one made at the
   * start, so that sessions end with the process.
   */
  readonly sessionKey?: SecretRef
}

/**
 * One Gateway API listener. Listeners of one Gateway (what stands before the last `/` of the name) with one port share a socket;
 * the host, and with TLS the SNI name, picks one.
 */
export interface ListenerConfig {
  /** Unique, such as `namespace/gateway/listener`. */
  readonly name: string
  /** The declared port: what routes and redirects go by, wherever the socket is bound. 1 to 65535. */
  readonly port: number
  readonly protocol: 'HTTP' | 'HTTPS'
  /** Exact or `*.` wildcard. Absent: every host. */
  readonly hostname?: string
  /** HTTPS only, at least one. The one whose names fit the SNI name is shown; else the first. */
  readonly certificates?: readonly CertificateConfig[]
  readonly origin?: Origin
}

/** PEM texts, by reference. */
export interface CertificateConfig {
  readonly certificate: SecretRef
  readonly key: SecretRef
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
  readonly origin?: Origin
}

/** What replies of backends tell their callers of how they came about. */
export interface ReportingConfig {
  /** Adds `Server-Timing` (W3C): the phases of the attempt, and the attempts before it. Default false. */
  readonly serverTiming: boolean
  /** Name of a header field that tells route, rule, backend and attempts (RFC 9651 dictionary). None unless given. */
  readonly header?: string
}
