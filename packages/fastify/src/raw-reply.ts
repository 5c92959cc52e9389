/** The reply straight onto node's response, past Fastify's hooks on sending. */

import type { RouteHandlerMethod } from 'fastify'
import { nodeHandler } from 'headgate'
import type { Gateway, MountOptions } from 'headgate'
import { originalTarget } from './framework-reply.ts'
import type { ReadBodies } from './pass-bodies.ts'

export function rawHandler(options: MountOptions & { gate: Gateway }, bodies: ReadBodies): RouteHandlerMethod {
  const { gate, stripPrefix } = options
  const handle = nodeHandler(gate, {
    ...(stripPrefix === undefined ? {} : { stripPrefix }),
    target: originalTarget,
    readBody: (request) => bodies.get(request),
  })
  return (request, reply) => {
    // Before the gateway answers: it may do so at once.
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value)
    }
    let matched = true
    handle(request.raw, reply.raw, () => {
      matched = false
    })
    if (matched) reply.hijack()
    else reply.callNotFound()
  }
}
