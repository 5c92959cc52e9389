/** Metrics at an address of their own that counts its scrapes, for tests. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Metrics } from '@headgate/prometheus'

/** The address of the metrics, and the scrapes that came to it. */
export async function openScraped(metrics: Metrics): Promise<{
  readonly target: string
  /** Resolves when so many more scrapes have begun. */
  scraped(more: number): Promise<void>
  close(): void
}> {
  let count = 0
  let wake: (() => void) | undefined
  const server = createServer((request, response) => {
    metrics.node(request, response)
    count++
    wake?.()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    target: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async scraped(more) {
      const wanted = count + more
      while (count < wanted) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
