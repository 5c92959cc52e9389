/** Fastify passes the contract of all mounts, with its own reply path and raw. */

import { PassThrough } from 'node:stream'
import { applicationBody, mountSuite, passThroughSuite } from '@headgate/suites'
import type { Mount } from '@headgate/suites'
import fastify from 'fastify'
import { Gateway } from 'headgate'
import { fastifyGate } from '../src/index.ts'

const mount: Mount = async ({ config, prefix, stripPrefix, raw, bodyParser }) => {
  const gate = new Gateway(config)
  const app = fastify({ forceCloseConnections: true })
  const hooks: string[] = []
  app.addHook('onSend', async (_request, reply) => {
    hooks.push(`onSend ${reply.statusCode}`)
  })
  // What reads a body in front of a plugin of Fastify is a hook that puts another stream in the place of the request.
  if (bodyParser === true) {
    app.addHook('preParsing', async (_request, _reply, payload) => payload.pipe(new PassThrough()))
  }
  app.setNotFoundHandler((_request, reply) => reply.code(200).send(applicationBody))
  await app.register(fastifyGate, {
    gate,
    ...(prefix === undefined ? {} : { prefix }),
    ...(stripPrefix === undefined ? {} : { stripPrefix }),
    ...(raw === undefined ? {} : { raw }),
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const close = async (): Promise<void> => {
    await app.close()
    await gate.close()
  }
  return { url, hooks, close }
}

const traits = { name: 'Fastify', next: true, supportsRawBody: true, exceptions: {} } as const

mountSuite({ ...traits, modes: ['framework'], trailers: false }, mount)
mountSuite({ ...traits, modes: ['raw'], trailers: true }, mount)
passThroughSuite({ ...traits, modes: ['framework', 'raw'] }, mount)
