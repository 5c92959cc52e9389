/** headgate as Hono middleware: a web Request in and a web Response out, or node's own objects where `raw` is asked for. */

import { fetchMatcher } from 'headgate'
import type { Gateway, MountOptions } from 'headgate'
import type { Context, MiddlewareHandler } from 'hono'
import { honoBody } from './read-body.ts'
import { incomingOf } from './node-bindings.ts'
import { rawMiddleware } from './raw-reply.ts'

export interface HonoGateOptions extends MountOptions {
  /**
   * Takes the reply out of Hono's hands and gives it node's response; only on `@hono/node-server`. Headers already set on the
   * context stay; what middleware does to the response after `next()` is lost. Default false: middleware sees a Response.
   */
  readonly raw?: boolean
}

/**
 * `app.use('/v1/*', honoGate(gate))`, also with `all`, `post`, …; `next()` when no route matches. Matching and forwarding use
 * the full path of `c.req.raw`. A body that was read through `c.req` is sent on from its cache.
 *
 * Throws GatewayError with `raw` when Node runs with its lenient HTTP parser, and RangeError for a `stripPrefix` that is not
 * made of whole segments.
 */
export function honoGate(gate: Gateway, options: HonoGateOptions = {}): MiddlewareHandler {
  if (options.raw === true) return rawMiddleware(gate, options)
  const match = fetchMatcher(gate, options)
  return async (c, next) => {
    const response = await match(c.req.raw, requestFacts(c))
    if (response === undefined) return next()
    if (hasHeaders(c)) {
      // Hono merges what was set before into the response only where `c.res` was looked at, and drops the response's cookies.
      const { headers } = c.res
      for (const cookie of response.headers.getSetCookie()) headers.append('set-cookie', cookie)
    }
    return withoutLookahead(c, response)
  }
}

function requestFacts(c: Context): { remoteAddress?: string; readBody?: () => Promise<Buffer> } {
  const remoteAddress = incomingOf(c)?.socket.remoteAddress
  return {
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
    ...(c.req.raw.bodyUsed ? { readBody: () => honoBody(c) } : {}),
  }
}

/** Something was set on the context. Looked at without `c.res`: with it Hono copies the response, and its bytes go through a stream. */
function hasHeaders(c: Context): boolean {
  return c.newResponse(null, 200).headers.entries().next().done !== true
}

/** The server reads ahead in bodies of unknown length, to give small ones a length; said to be chunked, they stream at once. */
function withoutLookahead(c: Context, response: Response): Response {
  const known = response.headers.has('content-length') || response.body === null
  if (!known && incomingOf(c)?.httpVersion === '1.1') response.headers.set('transfer-encoding', 'chunked')
  return response
}
