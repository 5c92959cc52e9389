/** Sessions as they are said in code, and as the config holds them. */

import type { DurationText, SessionInput } from '@headgate/config'

interface AnySession {
  /** Since the last use; the value is set anew meanwhile. Off unless given. */
  readonly idleTimeout?: DurationText
  /** 503 where the endpoint cannot serve or is gone, instead of another endpoint. Default false. */
  readonly strict?: boolean
}

/** A cookie, which browsers and clients with a cookie jar send back by themselves. */
export interface CookieSession extends AnySession {
  /** Its name. Left out: one of its own for each route. */
  readonly cookie?: string
  /** Where callers send it. Default: what the paths of the route have in common; `/` for a session of a backend. */
  readonly path?: `/${string}`
  /** Default: the cookie ends when the client wants it to. */
  readonly lifetime?: 'Session'
  /** Since the start, enforced by the gateway. Off unless given. */
  readonly absoluteTimeout?: DurationText
  readonly header?: undefined
}

/** A cookie that the client keeps over its restarts, for `absoluteTimeout`. */
export interface PermanentCookieSession extends Omit<CookieSession, 'lifetime' | 'absoluteTimeout'> {
  readonly lifetime: 'Permanent'
  /** Of the cookie (`Max-Age`) and of the session. */
  readonly absoluteTimeout: DurationText
}

/** A header field of the reply that callers send with their next requests. */
export interface HeaderSession extends AnySession {
  /** Its name. */
  readonly header: string
  /** Since the start. Off unless given. */
  readonly absoluteTimeout?: DurationText
  readonly cookie?: undefined
}

/** How callers come back to the endpoint that served them. `{}` is a session cookie. */
export type SessionOptions = CookieSession | PermanentCookieSession | HeaderSession

export function sessionInput(options: SessionOptions): SessionInput {
  if (options.header === undefined) {
    const { cookie: name, header: _, ...rest } = options
    return { type: 'Cookie', name, ...rest }
  }
  const { header: name, cookie: _, ...rest } = options
  return { type: 'Header', name, ...rest }
}
