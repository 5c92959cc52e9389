/** A node:http server on a free port of the loopback. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Resolves with the port. */
export async function listen(handle: RequestListener): Promise<number> {
  // Connections rest while the others have their turn; they must not be closed meanwhile.
  const server = createServer({ keepAliveTimeout: 120_000 }, handle)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
