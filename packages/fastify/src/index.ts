/** headgate as an encapsulated Fastify plugin: a catch-all route whose bodies stream. Other routes keep their parsers. */

import type { FastifyPluginAsync, RouteHandlerMethod } from 'fastify'
import type { Gateway, MountOptions } from 'headgate'
import { frameworkHandler } from './framework-reply.ts'
import { passBodies } from './pass-bodies.ts'
import { rawHandler } from './raw-reply.ts'

export interface FastifyGateOptions extends MountOptions {
  readonly gate: Gateway
  /**
   * Takes the reply out of Fastify's hands: node's response gets it directly. Headers already set on the reply stay;
   * `onSend` hooks do not run, `onResponse` hooks do. Default false: `reply.send(stream)` with every hook.
   */
  readonly raw?: boolean
}

/**
 * `app.register(fastifyGate, { gate, prefix: '/v1' })`. Takes every path under the prefix and every method that the instance
 * supports; what no route of the gateway matches goes to the not-found handler. Matching and forwarding use the full
 * original target. Registering rejects as `nodeHandler` throws.
 */
export const fastifyGate: FastifyPluginAsync<FastifyGateOptions> = async (instance, options) => {
  const bodies = passBodies(instance)
  const handler: RouteHandlerMethod =
    options.raw === true ? rawHandler(options, bodies) : frameworkHandler(options, bodies)
  const route = { method: instance.supportedMethods, exposeHeadRoute: false, handler }
  instance.route({ ...route, url: '/*' })
  if (instance.prefix !== '') instance.route({ ...route, url: '/', prefixTrailingSlash: 'no-slash' })
}
