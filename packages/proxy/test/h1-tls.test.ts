import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { ClockWheel, Endpoint } from '../src/index.ts'
import { testCertificate, testKey } from './support/certificate.ts'
import { Collector, begin, run } from './support/collector.ts'
import { rawServer, turns, until } from './support/raw-server.ts'

const wheel = new ClockWheel()
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Secure {
  readonly endpoint: Endpoint
  readonly sockets: TLSSocket[]
  /** Of each connection: it went on with the session of another one. */
  readonly resumed: boolean[]
}

async function secure(onData: (socket: TLSSocket, chunk: Buffer) => void): Promise<Secure> {
  const sockets: TLSSocket[] = []
  const resumed: boolean[] = []
  const server: Server = createServer({ key: testKey, cert: testCertificate }, (socket) => {
    sockets.push(socket)
    resumed.push(socket.isSessionReused())
    socket.on('error', () => {})
    socket.on('data', (chunk) => onData(socket, chunk))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const endpoint = new Endpoint(`https://127.0.0.1:${port}`, wheel, { tls: { ca: testCertificate } })
  cleanups.push(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
      }),
    () => endpoint.destroy(),
  )
  return { endpoint, sockets, resumed }
}

test('requests with bodies share one connection', async () => {
  const { endpoint, sockets } = await secure((socket) => socket.write(ok))
  for (let round = 0; round < 20; round++) {
    expect(await run(endpoint, { method: 'POST', body: Buffer.from('abc') })).toMatchObject({ body: 'ok', ended: true })
    await until(() => endpoint.idleConnections === 1)
  }
  expect(sockets).toHaveLength(1)
})

test('another connection resumes the session of the last one', async () => {
  const { endpoint, resumed } = await secure((socket) => socket.end(ok))
  for (let round = 0; round < 2; round++) {
    expect(await run(endpoint)).toMatchObject({ ended: true })
    await until(() => endpoint.activeConnections === 0)
  }
  expect(resumed).toEqual([false, true])
})

test.for([
  ['length', `HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n`],
  ['until-close', `HTTP/1.1 200 OK\r\n\r\n`],
] as const)(
  'a paused reply (%s) holds little, goes on when it is resumed, and is whole at its end',
  async ([, head]) => {
    const size = 3_000_000
    const { endpoint } = await secure((socket) => {
      socket.write(head)
      if (head.includes('Length')) socket.write(Buffer.alloc(size, 'x'))
      else socket.end(Buffer.alloc(size, 'x'))
    })
    const collector = new Collector()
    collector.accept = false
    const { attempt } = begin(endpoint, { collector })
    await until(() => collector.bytes > 0)
    await turns(50)
    expect(collector.bytes).toBeLessThan(300_000)
    collector.onData = () => attempt.resume()
    attempt.resume()
    await collector.over
    expect(collector).toMatchObject({ bytes: size, ended: true, late: 0 })
  },
)

const ends: Readonly<Record<string, (socket: TLSSocket) => unknown>> = {
  'ends it': (socket) => socket.end(),
  'destroys it': (socket) => socket.destroy(),
  'writes to it': (socket) => socket.write(ok),
}

test.for(Object.entries(ends))('an idle connection is dropped when the backend %s', async ([, end]) => {
  const { endpoint, sockets } = await secure((socket) => socket.write(ok))
  await run(endpoint)
  await until(() => endpoint.idleConnections === 1)
  end(sockets[0]!)
  await until(() => endpoint.activeConnections === 0)
  expect(await run(endpoint, { method: 'POST', body: Buffer.from('abc') })).toMatchObject({ body: 'ok', ended: true })
})

const handshakes: Readonly<Record<string, (socket: Socket) => unknown>> = {
  ended: (socket) => socket.end(),
  reset: (socket) => socket.resetAndDestroy(),
}

test.for(Object.entries(handshakes))('a handshake that is %s is a failure to connect', async ([, end]) => {
  const server = await rawServer((socket) => end(socket))
  const endpoint = new Endpoint(`https://127.0.0.1:${server.port}`, wheel)
  cleanups.push(
    () => server.close(),
    () => endpoint.destroy(),
  )
  expect((await run(endpoint)).failure).toMatchObject({ kind: 'connect-failure', sent: false, headSeen: false })
  expect(endpoint.activeConnections).toBe(0)
})
