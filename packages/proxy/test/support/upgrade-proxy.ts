// A mini proxy for upgrades: node:http on the caller's side, an attempt on the other. It decides nothing.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  Attempt,
  requestHeaders,
  requestedUpgrade,
  upgradeReply,
  type AttemptClocks,
  type AttemptFailure,
  type Endpoint,
} from '../../src/index.ts'
import { noClocks } from './collector.ts'

export interface UpgradeProxy {
  readonly port: number
  readonly attempts: Attempt[]
  /** How the attempts ended: `ended`, or the failure. */
  readonly ends: ('ended' | AttemptFailure)[]
  close(): Promise<void>
}

export async function upgradeProxy(endpoint: Endpoint, clocks: AttemptClocks = noClocks): Promise<UpgradeProxy> {
  const attempts: Attempt[] = []
  const ends: ('ended' | AttemptFailure)[] = []
  const server: Server = createServer()
  server.on('upgrade', (request, socket, head) => {
    if (requestedUpgrade(request.rawHeaders) !== 'websocket') return void socket.end('HTTP/1.1 501 No\r\n\r\n')
    const attempt = new Attempt(endpoint, endpoint.wheel, clocks, {
      attemptUpgraded: (_attempt, headers, tunnel) => {
        socket.write(upgradeReply(headers))
        tunnel.join(socket, head)
      },
      attemptHead: (_attempt, status) => socket.write(`HTTP/1.1 ${status} \r\nConnection: close\r\n\r\n`),
      attemptData: (_attempt, chunk) => socket.write(chunk),
      attemptEnded: () => {
        ends.push('ended')
        if (attempt.status !== 101) socket.end()
      },
      attemptFailed: (_attempt, failure) => {
        ends.push(failure)
        if (attempt.status !== 101) socket.destroy()
      },
    })
    attempts.push(attempt)
    socket.on('error', () => {})
    socket.on('close', () => {
      // Once joined, it is the tunnel's.
      if (attempt.status !== 101) attempt.cancel()
    })
    const caller = {
      remoteAddress: '127.0.0.1',
      protocol: 'http',
      host: request.headers.host,
      httpVersion: '1.1',
    } as const
    attempt.upgrade(request.url ?? '/', requestHeaders(request.rawHeaders, caller, { via: '1.1 test', trustedHops: 0 }))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    attempts,
    ends,
    async close() {
      for (const attempt of attempts) attempt.cancel()
      server.closeAllConnections()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}
