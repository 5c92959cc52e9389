// Endpoints of raw servers; both are closed when the test that asked for them is over.

import { onTestFinished } from 'vitest'
import { ClockWheel, Endpoint, type EndpointOptions } from '../../src/index.ts'
import type { RawServer } from './raw-server.ts'

const wheel = new ClockWheel()

export function endpointOf(server: RawServer, options?: EndpointOptions): Endpoint {
  const endpoint = new Endpoint(server.url, wheel, options)
  onTestFinished(async () => {
    await endpoint.destroy()
    await server.close()
  })
  return endpoint
}
