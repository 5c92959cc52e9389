/** Starts a server with a gateway in it for one test. Knows no mount. */

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Mounted } from '@headgate/suites'
import type { Gateway } from '../src/gateway.ts'

export async function listen(server: Server, gate: Gateway): Promise<Mounted> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    hooks: [],
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      await gate.close()
    },
  }
}
