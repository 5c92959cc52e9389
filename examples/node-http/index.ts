/** headgate in a server of node:http. What the gateway has no route for goes on to the application. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gateway, nodeHandler } from 'headgate'
import { startModel } from '../models.ts'
import { tour } from '../tour.ts'

const stable = await startModel('stable')
const canary = await startModel('canary')

const gate = gateway('node-http-example')
  .pool('chat', { stable: stable.url, canary: canary.url })
  .route('chat', (route) => route.when({ path: '/v1' }).split({ stable: 75, canary: 25 }).fallback('canary'))
  .build()

const handle = nodeHandler(gate)
const server = createServer((request, response) => {
  handle(request, response, () => response.end(request.url === '/health' ? 'ok' : 'nothing here'))
})
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
