/** Session persistence (GEP-1619): callers come back to the endpoint that served them first. It knows no rule and no backend. */

import type { Milliseconds } from './types-values.ts'

/** How a session is carried and how long it lives. Its value is opaque and cannot be forged. */
export interface SessionConfig {
  /** Default `Cookie`. A `Header` is set on the reply, and the caller sends it back. */
  readonly type: 'Cookie' | 'Header'
  /** Of the cookie or the header field. Absent for a cookie: a name of its own for each rule. Required for a header. */
  readonly name?: string
  /** Of the cookie (Gateway API `lifetimeType`). `Permanent` sets `Max-Age` and needs `absoluteTimeout`. Default `Session`. */
  readonly lifetime: 'Session' | 'Permanent'
  /** Since the session's start, enforced by the gateway. Off unless given. */
  readonly absoluteTimeout?: Milliseconds
  /** Since the session's last use (Gateway API before v1.6). Off unless given. */
  readonly idleTimeout?: Milliseconds
  /** 503 where the endpoint cannot serve or is gone, instead of another endpoint (Envoy stateful session `strict`). Default false. */
  readonly strict: boolean
  /** Of the cookie. Absent: what the paths of the rule have in common; `/` where the session is that of a backend. */
  readonly path?: string
}
