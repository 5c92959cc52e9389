/** Hono on @hono/node-server passes the contract of all mounts, with its own reply path and raw. */

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { applicationBody, mountSuite, passThroughSuite } from '@headgate/suites'
import type { Mount } from '@headgate/suites'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { Gateway } from 'headgate'
import { beforeAll, vi } from 'vitest'
import { honoGate } from '../src/index.ts'

const mount: Mount = async ({ config, prefix, stripPrefix, raw, bodyParser }) => {
  const gate = new Gateway(config)
  const app = new Hono()
  const hooks: string[] = []
  app.use(async (c, next) => {
    if (bodyParser === true && c.req.method === 'POST') await c.req.json()
    await next()
    hooks.push(`middleware ${c.res.status}`)
  })
  const options = { ...(stripPrefix === undefined ? {} : { stripPrefix }), ...(raw === undefined ? {} : { raw }) }
  app.use(`${prefix ?? ''}/*`, honoGate(gate, options))
  app.all('*', (c) => c.text(applicationBody))
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
    await gate.close()
  }
  return { url: `http://127.0.0.1:${port}`, hooks, close }
}

// The server prints each reply that is broken off.
beforeAll(() => {
  const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
  return () => printed.mockRestore()
})

const traits = { name: 'Hono', next: true, supportsRawBody: true, exceptions: {} } as const

mountSuite({ ...traits, modes: ['framework'], trailers: false }, mount)
mountSuite({ ...traits, modes: ['raw'], trailers: true }, mount)
passThroughSuite({ ...traits, modes: ['framework', 'raw'] }, mount)
