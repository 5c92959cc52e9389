/** Routes: which requests, and which backends they are shared out to. It knows no backend and no listener but by name. */

import type { EarlyHeadConfig, FallbackConfig, RetryConfig, TimeoutsConfig } from './types-attempts.ts'
import type { FilterConfig } from './types-filters.ts'
import type { SessionConfig } from './types-sessions.ts'
import type { Origin } from './types-values.ts'

/** A Gateway API route: rules that share hostnames. */
export interface RouteConfig {
  /** `GRPC` matches by path as well, answers in gRPC status and ranks by its own rules (GRPCRoute). Default `HTTP`. */
  readonly kind: 'HTTP' | 'GRPC'
  readonly name: string
  /** Set for routes read from manifests; ties then go by `namespace/name`, otherwise by order of declaration. */
  readonly namespace?: string
  /** Exact or `*.` wildcard. None: every host. */
  readonly hostnames: readonly string[]
  /** Creation time in ms since the epoch, where the route carries one: the older wins a tie. */
  readonly createdAt?: number
  /** Names of the listeners that it is attached to. Absent: all of them. Empty: none, it serves nothing. */
  readonly listeners?: readonly string[]
  readonly rules: readonly RuleConfig[]
  readonly origin?: Origin
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
  /** Callers come back to the endpoint that served them, whatever the weights say. In the place of those of its backends. */
  readonly session?: SessionConfig
  readonly fallback?: FallbackConfig
  readonly retry?: RetryConfig
  readonly timeouts: TimeoutsConfig
  /**
   * The API that its callers and backends speak, where the path does not say it: `openai-chat`, `openai-completions`,
   * `openai-responses`, `anthropic-messages`, or the name of a registered classifier of stream events.
   */
  readonly dialect?: string
  /** Off unless given. */
  readonly earlyHead?: EarlyHeadConfig
  /** Names of limits; all of them are charged or none. */
  readonly limits: readonly string[]
  /** Where its parts were written, by the name of the part: `retry`, `timeouts`, `session`, `fallback`, … and `rule`. */
  readonly origins?: Readonly<Record<string, Origin>>
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

/** A share of a rule's requests. */
export interface BackendRefConfig {
  /** The name of a backend. Absent: the reference could not be resolved, and its share is answered with 500. */
  readonly backend?: string
  /** Why there is no backend; required where `backend` is absent. */
  readonly unresolved?: string
  /** Share = weight / sum of weights. Integer 0 to 1,000,000, default 1. */
  readonly weight: number
  readonly filters?: readonly FilterConfig[]
}
