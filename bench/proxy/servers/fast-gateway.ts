/** fast-gateway as its README has it. */
import gateway from 'fast-gateway'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { keepAliveTimeout } from '../listen.ts'

export async function start(upstream: string): Promise<number> {
  const server = createServer({ keepAliveTimeout })
  gateway({ restana: { server }, routes: [{ prefix: '', target: upstream }] })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
