/** The reply straight onto node's response, past Hono's own. Needs the bindings of `@hono/node-server`. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { GatewayError, nodeHandler } from 'headgate'
import type { Gateway, MountOptions } from 'headgate'
import type { MiddlewareHandler } from 'hono'
import { nodeBindings } from './node-bindings.ts'
import { honoBody } from './read-body.ts'

export function rawMiddleware(gate: Gateway, options: MountOptions): MiddlewareHandler {
  const bodies = new WeakMap<IncomingMessage, Buffer | Error>()
  const readBody = (request: IncomingMessage): Buffer | undefined => {
    const body = bodies.get(request)
    if (body instanceof Error) throw body
    return body
  }
  const handle = nodeHandler(gate, { ...options, readBody, readBodyIsCoded: true })
  return async (c, next) => {
    const { incoming, outgoing } = nodeBindings(c)
    if (incoming === undefined || outgoing === undefined) {
      throw new GatewayError(
        'HEADGATE_NO_NODE_SERVER',
        'raw needs c.env.incoming and c.env.outgoing of @hono/node-server',
      )
    }
    // A body that is gone matters only to a request that the gateway takes.
    if (c.req.raw.bodyUsed) bodies.set(incoming, await honoBody(c).catch((error: Error) => error))
    // Looked at without `c.res`, which would have Hono copy what is returned below.
    const response = c.newResponse(null, 200)
    const kept = keepHeaders(response.headers, outgoing)
    let matched = true
    handle(incoming, outgoing, () => {
      matched = false
    })
    if (matched) return alreadySent(response)
    for (const name of kept) outgoing.removeHeader(name)
    return next()
  }
}

/** Sets on node's response what was set on the context, and gives the names. */
function keepHeaders(headers: Headers, outgoing: ServerResponse): readonly string[] {
  for (const [name, value] of headers) {
    outgoing.setHeader(name, name === 'set-cookie' ? headers.getSetCookie() : value)
  }
  return [...headers.keys()]
}

/** Tells `@hono/node-server` that there is nothing to send (its own RESPONSE_ALREADY_SENT, made without importing it). */
function alreadySent(response: Response): Response {
  response.headers.set('x-hono-already-sent', 'true')
  // The server sends its own quick kind of Response without reading this field, until something has looked into it.
  void response.body
  return response
}
