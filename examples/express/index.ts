/** headgate in an Express application. What the gateway has no route for goes on to the other handlers. */

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expressGate, keepRawBody } from '@headgate/express'
import express from 'express'
import { gateway } from 'headgate'
import { startModel } from '../models.ts'
import { tour } from '../tour.ts'

const stable = await startModel('stable')
const canary = await startModel('canary')

const gate = gateway('express-example')
  .pool('chat', { stable: stable.url, canary: canary.url })
  .route('chat', (route) => route.when({ path: '/v1' }).split({ stable: 75, canary: 25 }).fallback('canary'))
  .build()

const app = express()
// Better: the gateway first, and parsers after it. Where a parser has to stand in front, this keeps the bytes.
app.use(express.json({ verify: keepRawBody }))
app.use(expressGate(gate))
app.get('/health', (_request, response) => {
  response.send('ok')
})

const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')

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
