/** The reply through `reply.send(stream)`, with all hooks. */

import { validateHeaderValue } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { FastifyReply, RouteHandlerMethod } from 'fastify'
import { streamHandler } from 'headgate'
import type { Gateway, MountOptions, StreamedReply } from 'headgate'
import type { ReadBodies } from './pass-bodies.ts'

export function frameworkHandler(options: MountOptions & { gate: Gateway }, bodies: ReadBodies): RouteHandlerMethod {
  const { gate, stripPrefix } = options
  const handle = streamHandler(gate, { ...(stripPrefix === undefined ? {} : { stripPrefix }), target: originalTarget })
  return (request, reply) => {
    const matched = handle(request.raw, reply.raw, (streamed) => send(reply, streamed), bodies.get(request.raw))
    if (!matched) reply.callNotFound()
  }
}

/** As it came, also where `rewriteUrl` has made something else of it. */
export function originalTarget(request: IncomingMessage & { originalUrl?: string }): string {
  return request.originalUrl ?? request.url ?? '/'
}

/** Throws for a status or a field that cannot be written; the reply is untouched then. */
function send(reply: FastifyReply, { status, statusText, headers, body }: StreamedReply): void {
  const fields = new Map<string, string[]>()
  for (let at = 0; at < headers.length; at += 2) {
    const name = (headers[at] as string).toLowerCase()
    const value = headers[at + 1] as string
    validateHeaderValue(name, value)
    const values = fields.get(name)
    if (values === undefined) fields.set(name, [value])
    else values.push(value)
  }
  reply.code(status)
  if (statusText !== '') reply.raw.statusMessage = statusText
  for (const [name, values] of fields) reply.header(name, values.length === 1 ? values[0] : values)
  // Fastify writes a head with the first byte of its body, and the first event of a model may take its time.
  reply.raw.once('pipe', () => setImmediate(flushHead, reply))
  void reply.send(body)
}

function flushHead(reply: FastifyReply): void {
  if (!reply.raw.headersSent && !reply.raw.destroyed) reply.raw.flushHeaders()
}
