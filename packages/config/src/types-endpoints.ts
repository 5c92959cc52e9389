/** The endpoints of one backend: which of them gets a request, and how they are asked whether they are well. */

import type { Milliseconds } from './types-values.ts'

/** How an endpoint is chosen among those that may be (Envoy `lb_policy`). */
export type BalanceConfig =
  | {
      /**
       * `round-robin`: one after the other. `least-request`: of two drawn, the one with fewer requests in flight. `random`: any.
       * `peak-ewma`: of two drawn, the one whose time to the head of a reply, times its requests in flight, is less.
       */
      readonly type: 'round-robin' | 'least-request' | 'random' | 'peak-ewma'
    }
  | {
      /** The same key goes to the same endpoint, in every process. A request without a key is taken in turn. */
      readonly type: 'ring-hash' | 'maglev'
      /** The first that a request has is its key (Envoy `hash_policy` with `terminal`). Default `address`. */
      readonly by: readonly HashKeyConfig[]
    }

/** The caller's address as limits see it (`forwarded.trustedHops`), a header field, or a cookie that the caller sent. */
export type HashKeyConfig = 'address' | { readonly header: string } | { readonly cookie: string }

/** Active health checks (Envoy `health_checks` with `http_health_check`). */
export interface HealthCheckConfig {
  /** Default `/health`, which vLLM and TGI serve. */
  readonly path: string
  /** Default `GET`. */
  readonly method: 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Default the backend's own field `host`, else host and port of the endpoint. */
  readonly host?: string
  /** From the end of one check to the next. Default 10 s. */
  readonly interval: Milliseconds
  /** Most time for one check, to the end of its reply. Default 1 s. */
  readonly timeout: Milliseconds
  /** Successes in a row that make an unhealthy endpoint healthy. Default 2; the first check decides at once. */
  readonly healthy: number
  /** Failures in a row that make a healthy endpoint unhealthy. Default 3; the first check decides at once. */
  readonly unhealthy: number
  /** What counts as success. Default 200 to 299. */
  readonly statuses: readonly StatusRangeConfig[]
}

/** Both ends count. */
export interface StatusRangeConfig {
  readonly from: number
  readonly to: number
}
