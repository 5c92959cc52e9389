/** A caller of a WebSocket that leaves before the backend has answered: nobody reads its socket then, and still it is noticed. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { connectRaw, head, silence, startUpstream, steps } from '@headgate/testing'
import type { RawClient } from '@headgate/testing'
import { Gateway, upgradeHandler } from 'headgate'
import { collectReports } from './reports.ts'
import { oneRoute } from './serve.ts'
import { http, openSockets } from './sockets.ts'

const host = 'one.test'
const upgrade = {
  headers: [
    ['host', host],
    ['connection', 'upgrade'],
    ['upgrade', 'websocket'],
    ['sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ['sec-websocket-version', '13'],
  ],
} as const

const ways: readonly (readonly [string, (client: RawClient) => void])[] = [
  ['with a FIN', (client) => client.fin()],
  ['with a reset', (client) => client.abort()],
]

test.for(ways)('%s, through a listener', async ([, leave]) => {
  await using upstream = await startUpstream(silence)
  await using sockets = await openSockets(oneRoute({ a: upstream.url }, {}, { listeners: [http('plain', host)] }))
  using client = await connectRaw(sockets.url('plain'))
  await client.send(upgrade)
  await upstream.request(1)
  leave(client)
  expect(await upstream.closed(1)).toMatch(/^peer-/)
  expect(await sockets.report(1)).toMatchObject({ result: 'abandoned', attempts: [{ outcome: 'cancelled' }] })
  expect(sockets.gate.inFlight).toBe(0)
})

test('a tunnel that its caller breaks is abandoned: nobody else has failed', async () => {
  const switching = head(101, [
    ['connection', 'upgrade'],
    ['upgrade', 'websocket'],
    ['sec-websocket-accept', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='],
  ])
  await using upstream = await startUpstream(steps(switching, silence))
  await using sockets = await openSockets(oneRoute({ a: upstream.url }, {}, { listeners: [http('plain', host)] }))
  const socket = connect(sockets.port('plain'), '127.0.0.1')
  const lines = upgrade.headers.map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`GET / HTTP/1.1\r\n${lines.join('')}\r\n`)
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  expect(bytes.toString()).toMatch(/^HTTP\/1\.1 101 /)
  socket.resetAndDestroy()
  expect(await upstream.closed(1)).toMatch(/^peer-/)
  const report = await sockets.report(1)
  expect(report).toMatchObject({ result: 'abandoned', status: 101 })
  expect(report.firstByteMs).toBeGreaterThan(0)
})

test.for(ways)('%s, through a server of the application', async ([, leave]) => {
  await using upstream = await startUpstream(silence)
  await using gate = new Gateway({ version: 1, ...oneRoute({ a: upstream.url }) })
  const reports = collectReports(gate)
  const server = createServer().on('upgrade', upgradeHandler(gate))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  using client = await connectRaw(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  await client.send(upgrade)
  await upstream.request(1)
  leave(client)
  expect(await upstream.closed(1)).toMatch(/^peer-/)
  expect(await reports.report(1)).toMatchObject({ result: 'abandoned' })
  server.close()
})
