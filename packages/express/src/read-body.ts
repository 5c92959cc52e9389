/** What to send on when a body parser has read the request before the gateway. Knows no routes. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { GatewayError } from 'headgate'
import type { Gateway } from 'headgate'

type ReadRequest = IncomingMessage & { body?: unknown; rawBody?: unknown }

/**
 * Keeps the bytes that a body parser reads, as `request.rawBody`, so that the gateway can send them on byte for byte:
 * `express.json({ verify: keepRawBody })`. They are the decoded ones, without `Content-Encoding`.
 */
export function keepRawBody(request: IncomingMessage, _response: ServerResponse, body: Buffer): void {
  ;(request as ReadRequest).rawBody = body
}

/** Undefined as long as the stream is untouched. Throws GatewayError when a body was read and cannot be had back. */
export function bodyReader(gate: Gateway): (request: ReadRequest) => Buffer | undefined {
  let warned = false
  return (request) => {
    // Express 4 sets `body` to {} also where nothing was read.
    if (!request.readableDidRead) return request.readableEnded ? Buffer.alloc(0) : undefined
    const { rawBody, body } = request
    if (Buffer.isBuffer(rawBody)) return rawBody
    if (Buffer.isBuffer(body)) return body
    const text = printed(body, request.headers['content-type'] ?? '')
    if (!warned) {
      warned = true
      gate.port.warn(
        'body_reserialised',
        'a body parser has read the request, so its body is sent on as printed again, which can change numbers and spaces; ' +
          'mount the gateway before the parser or keep the bytes: express.json({ verify: keepRawBody })',
      )
    }
    return Buffer.from(text)
  }
}

function printed(body: unknown, contentType: string): string {
  const form = /^\s*(?:multipart\/|application\/x-www-form-urlencoded)/i.test(contentType)
  const charset = /;\s*charset="?([^\s;"]+)/i.exec(contentType)?.[1]?.toLowerCase() ?? 'utf-8'
  const text = typeof body === 'string' ? body : form ? undefined : JSON.stringify(body)
  if (text !== undefined && (charset === 'utf-8' || charset === 'utf8')) return text
  throw new GatewayError(
    'HEADGATE_BODY_CONSUMED',
    'something in front has read the request body and its bytes cannot be had back; mount the gateway before it, or keep ' +
      'the bytes with { verify: keepRawBody }',
  )
}
