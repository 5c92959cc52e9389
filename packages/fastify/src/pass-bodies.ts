/** Keeps Fastify from reading request bodies, within one plugin. */

import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Bodies that were read because a `preParsing` hook put another stream in the place of the request. */
export type ReadBodies = WeakMap<IncomingMessage, Buffer>

/**
 * Replaces every parser of this instance by one that leaves the stream unread. What a `preParsing` hook made of the stream
 * is read to its end instead, up to the route's `bodyLimit`.
 */
export function passBodies(instance: FastifyInstance): ReadBodies {
  const bodies: ReadBodies = new WeakMap()
  instance.removeAllContentTypeParsers()
  instance.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) => {
    if (payload === request.raw) return
    bodies.set(request.raw, await readAll(payload, request.routeOptions.bodyLimit))
  })
  return bodies
}

async function readAll(payload: AsyncIterable<Buffer>, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of payload) {
    bytes += chunk.length
    if (bytes > limitBytes) throw Object.assign(new Error('the request body is too large'), { statusCode: 413 })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, bytes)
}
