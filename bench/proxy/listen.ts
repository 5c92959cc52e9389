/** A node:http server on a free port of the loopback. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Connections rest while the others have their turn; they must not be closed meanwhile. In ms. */
export const keepAliveTimeout = 600_000

/** Resolves with the port. */
export async function listen(handle: RequestListener): Promise<number> {
  const server = createServer({ keepAliveTimeout }, handle)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
