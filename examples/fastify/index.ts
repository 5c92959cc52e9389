/** headgate in a Fastify application: a plugin under a prefix. Other routes and their parsers stay as they are. */

import { fastifyGate } from '@headgate/fastify'
import fastify from 'fastify'
import { gateway } from 'headgate'
import { startModel } from '../models.ts'
import { tour } from '../tour.ts'

const stable = await startModel('stable')
const canary = await startModel('canary')

const gate = gateway('fastify-example')
  .pool('chat', { stable: stable.url, canary: canary.url })
  .route('chat', (route) => route.when({ path: '/v1' }).split({ stable: 75, canary: 25 }).fallback('canary'))
  .build()

const app = fastify({ forceCloseConnections: true })
await app.register(fastifyGate, { gate, prefix: '/v1' })
app.get('/health', () => 'ok')

await tour({
  url: await app.listen({ port: 0, host: '127.0.0.1' }),
  stable,
  close: async () => {
    await app.close()
    await gate.close()
    stable.close()
    canary.close()
  },
})
