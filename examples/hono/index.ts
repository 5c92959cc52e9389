/** headgate in a Hono application on @hono/node-server. What the gateway has no route for goes on to the other handlers. */

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { honoGate } from '@headgate/hono'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { gateway } from 'headgate'
import { startModel } from '../models.ts'
import { tour } from '../tour.ts'

const stable = await startModel('stable')
const canary = await startModel('canary')

const gate = gateway('hono-example')
  .pool('chat', { stable: stable.url, canary: canary.url })
  .route('chat', (route) => route.when({ path: '/v1' }).split({ stable: 75, canary: 25 }).fallback('canary'))
  .build()

const app = new Hono()
app.use('/v1/*', honoGate(gate))
app.get('/health', (c) => c.text('ok'))

const server = createAdaptorServer({ fetch: app.fetch }) as Server
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

await tour({
  url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  stable,
  close: async () => {
    server.close()
    server.closeAllConnections()
    await gate.close()
    stable.close()
    canary.close()
  },
})
