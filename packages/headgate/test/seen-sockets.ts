/** The sockets that this process opens and takes, for tests that count their bytes. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { afterAll, beforeAll } from 'vitest'

export interface SeenSockets {
  /** The newest one to this port of 127.0.0.1. */
  to(port: number): Socket | undefined
  /** The newest one that came in at this port. */
  at(port: number): Socket | undefined
}

/** Call it once, outside of tests. */
export function seeSockets(): SeenSockets {
  const outgoing: Socket[] = []
  const incoming: Socket[] = []
  const noteOutgoing = (message: unknown): number => outgoing.push((message as { socket: Socket }).socket)
  const noteIncoming = (message: unknown): number => incoming.push((message as { socket: Socket }).socket)
  beforeAll(() => {
    subscribe('net.client.socket', noteOutgoing)
    subscribe('net.server.socket', noteIncoming)
  })
  afterAll(() => {
    unsubscribe('net.client.socket', noteOutgoing)
    unsubscribe('net.server.socket', noteIncoming)
  })
  return {
    to: (port) => outgoing.findLast(({ remotePort }) => remotePort === port),
    at: (port) => incoming.findLast(({ localPort }) => localPort === port),
  }
}
