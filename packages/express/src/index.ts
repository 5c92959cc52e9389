/** headgate as Express middleware, on Express 4 and 5: matches the original URL and hands node's request and response over. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { nodeHandler } from 'headgate'
import type { Gateway, MountOptions } from 'headgate'
import { bodyReader } from './read-body.ts'

export { keepRawBody } from './read-body.ts'

export type ExpressGateOptions = MountOptions

/** Assignable wherever Express 4 and 5 take a `RequestHandler`. */
export type ExpressHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/**
 * `app.use(expressGate(gate))`. Matching and forwarding use `request.originalUrl`, wherever the gateway is mounted; `next()`
 * when no route matches. The reply goes straight onto node's response: headers that were set before stay, and what wraps
 * `response.send` or `response.json` is not called. The stream of the request is used where nothing has read it.
 *
 * Throws GatewayError when Node runs with its lenient HTTP parser, and RangeError for a `stripPrefix` that is not made of
 * whole segments.
 */
export function expressGate(gate: Gateway, options: ExpressGateOptions = {}): ExpressHandler {
  const handle = nodeHandler(gate, { ...options, target: originalTarget, readBody: bodyReader(gate) })
  return (request, response, next) => handle(request, response, () => next())
}

function originalTarget(request: IncomingMessage & { originalUrl?: string }): string {
  return request.originalUrl ?? request.url ?? '/'
}
