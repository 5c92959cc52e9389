/** What `@hono/node-server` puts into `c.env`. Read by shape, so that the server stays optional. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'hono'

interface NodeBindings {
  readonly incoming?: IncomingMessage
  readonly outgoing?: ServerResponse
}

/** `c.env.server` holds the bindings where the application has an `env` of its own. */
export function nodeBindings(c: Context): NodeBindings {
  const env = c.env as (NodeBindings & { readonly server?: NodeBindings }) | undefined
  return env?.server ?? env ?? {}
}

export function incomingOf(c: Context): IncomingMessage | undefined {
  return nodeBindings(c).incoming
}
