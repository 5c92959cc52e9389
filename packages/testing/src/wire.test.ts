import { createConnection, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Wire } from './wire.ts'

test('nothing is left of a connection that is reset after the other side has ended it', async () => {
  const server = createServer((socket) => void socket.on('error', () => {}).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const socket = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true })
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  const over = Promise.withResolvers<boolean>()
  const wire = new Wire(socket, { data: () => {}, over: (clean) => over.resolve(clean) })
  expect(await over.promise).toBe(true)
  wire.reset()
  await wire.gone
  expect(wire.ending).toBe('peer-fin')
})
