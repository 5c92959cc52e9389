// A server that speaks bytes: each connection is scripted by the test. It knows nothing of HTTP beyond the end of a head.

import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export interface RawServer {
  readonly url: string
  readonly port: number
  /** Connections accepted so far. */
  readonly accepted: number
  /** All bytes received, by connection, as latin1. */
  readonly received: string[]
  /** How each connection was closed by the other side, by connection: undefined while it is open. */
  readonly closed: (('end' | 'error') | undefined)[]
  /** The other side has ended its way, by connection. */
  readonly ended: boolean[]
  readonly sockets: readonly Socket[]
  close(): Promise<void>
}

/** `script` gets each connection with its number, and is called again with each chunk that arrives. */
export async function rawServer(
  onData: (socket: Socket, received: string, connection: number, chunk: Buffer) => void,
  onConnect?: (socket: Socket, connection: number) => void,
  allowHalfOpen = false,
): Promise<RawServer> {
  const sockets: Socket[] = []
  const ended: boolean[] = []
  const received: string[] = []
  const closed: (('end' | 'error') | undefined)[] = []
  const server: Server = createServer({ allowHalfOpen }, (socket) => {
    const connection = received.length
    received.push('')
    closed.push(undefined)
    ended.push(false)
    sockets.push(socket)
    socket.on('error', () => {
      closed[connection] = 'error'
    })
    socket.on('close', () => {
      closed[connection] ??= 'end'
    })
    socket.on('end', () => {
      ended[connection] = true
    })
    socket.on('data', (chunk) => {
      received[connection] += chunk.toString('latin1')
      onData(socket, received[connection]!, connection, chunk)
    })
    onConnect?.(socket, connection)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    closed,
    ended,
    sockets,
    get accepted() {
      return received.length
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}

/** Answers every request whose head has arrived with these bytes. */
export function answering(reply: string): Promise<RawServer> {
  return rawServer((socket, _received, _connection, chunk) => {
    if (chunk.includes('\r\n\r\n')) socket.write(reply, 'latin1')
  })
}

/** A port where nobody listens. */
export async function closedPort(): Promise<string> {
  const server = await rawServer(() => {})
  await server.close()
  return server.url
}

/** Resolves when `condition` holds; looks at each turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
  }
}

/** Lets the event loop turn so many times: what was on its way on this machine has arrived. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
  }
}
