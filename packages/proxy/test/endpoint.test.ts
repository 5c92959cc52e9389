import { afterEach, expect, test } from 'vitest'
import { ClockWheel, Endpoint, type EndpointOptions } from '../src/index.ts'
import { Collector, begin, manualWheel, run } from './support/collector.ts'
import { answering, closedPort, rawServer, until, type RawServer } from './support/raw-server.ts'

const wheel = new ClockWheel()
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function endpointOf(server: RawServer, options?: EndpointOptions, clock: ClockWheel = wheel): Endpoint {
  const endpoint = new Endpoint(server.url, clock, options)
  cleanups.push(
    () => server.close(),
    () => endpoint.destroy(),
  )
  return endpoint
}

test.for(['ftp://a', 'http://a/path', 'http://a?q', 'http://a#f', 'http://user@a', 'a:80', ''])(
  'the url %j is refused',
  (url) => {
    expect(() => new Endpoint(url, wheel)).toThrow(TypeError)
  },
)

test.for([
  { connectTimeoutMs: -1 },
  { maxConnections: 0 },
  { maxHeaderBytes: 0 },
  { maxRequestsPerConnection: 0 },
  { connectTimeoutMs: Number.NaN },
])('the option %j is refused', (options) => {
  expect(() => new Endpoint('http://a', wheel, options)).toThrow(RangeError)
})

test('many attempts at once get as many connections, and these stay for the next ones', async () => {
  const server = await answering(ok)
  const endpoint = endpointOf(server)
  const replies = await Promise.all(Array.from({ length: 20 }, () => run(endpoint)))
  expect(replies.every((reply) => reply.ended)).toBe(true)
  await until(() => endpoint.idleConnections === 20)
  await run(endpoint)
  expect([server.accepted, endpoint.activeConnections]).toEqual([20, 20])
})

test('above maxConnections attempts wait their turn', async () => {
  const server = await answering(ok)
  const endpoint = endpointOf(server, { maxConnections: 2 })
  const started = Array.from({ length: 10 }, () => begin(endpoint))
  expect([endpoint.activeConnections, endpoint.waiting]).toEqual([2, 8])
  await Promise.all(started.map(({ collector }) => collector.over))
  expect(started.every(({ collector }) => collector.ended)).toBe(true)
  expect([server.accepted, endpoint.waiting]).toEqual([2, 0])
})

test('it is saturated while all of its connections are busy', async () => {
  const answers: (() => void)[] = []
  const server = await rawServer((socket) => {
    answers.push(() => socket.write(ok))
  })
  const endpoint = endpointOf(server, { maxConnections: 2 })
  const seen = [endpoint.saturated]
  const started = [begin(endpoint), begin(endpoint)]
  seen.push(endpoint.saturated)
  await until(() => answers.length === 2)
  answers[0]?.()
  await until(() => endpoint.idleConnections === 1)
  seen.push(endpoint.saturated)
  answers[1]?.()
  await Promise.all(started.map(({ collector }) => collector.over))
  expect(seen).toEqual([false, true, false])
})

test('without a bound it is never saturated', async () => {
  const endpoint = endpointOf(await rawServer(() => {}))
  for (let attempt = 0; attempt < 5; attempt++) begin(endpoint)
  expect(endpoint.saturated).toBe(false)
})

test('a connection closes after its last request, and whoever waits gets a new one', async () => {
  const server = await answering(ok)
  const endpoint = endpointOf(server, { maxConnections: 1, maxRequestsPerConnection: 2 })
  const replies = await Promise.all(Array.from({ length: 5 }, () => run(endpoint)))
  expect(replies.map((reply) => reply.body)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
  const asked = server.received.map((text) => text.split('GET / ').length - 1)
  expect(asked).toEqual([2, 2, 1])
  await until(() => server.closed[0] !== undefined && server.closed[1] !== undefined)
  await until(() => endpoint.idleConnections === 1)
  expect(server.closed[2]).toBeUndefined()
})

test('waiting attempts get new connections when the old ones close', async () => {
  const server = await answering('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok')
  const endpoint = endpointOf(server, { maxConnections: 1 })
  const replies = await Promise.all(Array.from({ length: 4 }, () => run(endpoint)))
  expect(replies.map((reply) => reply.body)).toEqual(['ok', 'ok', 'ok', 'ok'])
  expect(server.accepted).toBe(4)
})

test('when the connection is refused every waiting attempt is told', async () => {
  const endpoint = new Endpoint(await closedPort(), wheel, { maxConnections: 1 })
  const replies = await Promise.all(Array.from({ length: 5 }, () => run(endpoint)))
  for (const reply of replies) expect(reply.failure).toMatchObject({ kind: 'connect-failure', sent: false })
  expect([endpoint.activeConnections, endpoint.waiting]).toEqual([0, 0])
})

test('a cancelled attempt gives its place in the queue back', async () => {
  const server = await rawServer(() => {})
  const endpoint = endpointOf(server, { maxConnections: 1 })
  const running = begin(endpoint)
  const waiting = begin(endpoint)
  expect(endpoint.waiting).toBe(1)
  waiting.attempt.cancel()
  expect(endpoint.waiting).toBe(0)
  expect(waiting.collector.failure).toMatchObject({ kind: 'cancelled', sent: false })
  await until(() => running.attempt.phase === 'waiting')
  running.attempt.cancel()
  await until(() => endpoint.activeConnections === 0)
  expect(server.accepted).toBe(1)
})

test('each attempt has its own connect clock, also while it waits for a connection', async () => {
  const time = manualWheel()
  const server = await rawServer(() => {})
  const endpoint = endpointOf(server, { maxConnections: 1, connectTimeoutMs: 300 }, time.wheel)
  const running = begin(endpoint)
  await until(() => running.attempt.phase === 'waiting')
  const early = begin(endpoint)
  time.advance(100)
  const late = begin(endpoint)
  time.advance(200)
  expect(early.collector.failure).toMatchObject({ kind: 'connect-failure', clock: 'connect', sent: false })
  expect([late.collector.failure, running.collector.failure]).toEqual([undefined, undefined])
  time.advance(100)
  expect(late.collector.failure).toMatchObject({ kind: 'connect-failure', clock: 'connect' })
})

test('a connection that is not there in time is given up, socket and all', async () => {
  const time = manualWheel()
  // A TLS handshake that nobody answers: the connection is never ready.
  const server = await rawServer(() => {})
  cleanups.push(() => server.close())
  const endpoint = new Endpoint(`https://127.0.0.1:${server.port}`, time.wheel, { connectTimeoutMs: 300 })
  const { collector } = begin(endpoint)
  await until(() => server.received[0] !== undefined && server.received[0] !== '')
  time.advance(299)
  expect(collector.failure).toBeUndefined()
  time.advance(20)
  expect(collector.failure).toMatchObject({ kind: 'connect-failure', clock: 'connect', sent: false })
  expect(endpoint.activeConnections).toBe(0)
  await until(() => server.closed[0] !== undefined)
})

test('a broken handshake is a failure to connect', async () => {
  const server = await answering(ok)
  const plain = await rawServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  cleanups.push(
    () => server.close(),
    () => plain.close(),
  )
  const reply = await run(new Endpoint(`https://127.0.0.1:${plain.port}`, wheel))
  expect(reply.failure).toMatchObject({ kind: 'connect-failure', sent: false })
})

test('close lets attempts end, and takes no further one', async () => {
  const answers: (() => void)[] = []
  const server = await rawServer((socket) => {
    answers.push(() => socket.write(ok))
  })
  const endpoint = endpointOf(server, { maxConnections: 1 })
  const running = begin(endpoint)
  const waiting = begin(endpoint)
  await until(() => answers.length === 1)
  let closed = false
  const closing = endpoint.close().then(() => {
    closed = true
    return closed
  })
  const refused = await run(endpoint)
  expect(refused.failure).toMatchObject({ kind: 'connect-failure', sent: false })
  expect(closed).toBe(false)
  answers[0]?.()
  await running.collector.over
  await until(() => answers.length === 2)
  answers[1]?.()
  await waiting.collector.over
  await closing
  expect([running.collector.ended, waiting.collector.ended]).toEqual([true, true])
  expect(endpoint.activeConnections).toBe(0)
})

test('close ends idle connections at once', async () => {
  const server = await answering(ok)
  const endpoint = endpointOf(server)
  await run(endpoint)
  await until(() => endpoint.idleConnections === 1)
  await endpoint.close()
  await until(() => server.closed[0] !== undefined)
  expect(endpoint.activeConnections).toBe(0)
})

test('a retired endpoint serves whoever still asks, and keeps no connection', async () => {
  const server = await answering(ok)
  const endpoint = endpointOf(server)
  await run(endpoint)
  await until(() => endpoint.idleConnections === 1)
  endpoint.retire()
  expect([endpoint.activeConnections, endpoint.idleConnections]).toEqual([0, 0])
  const late = await run(endpoint)
  expect(late.ended).toBe(true)
  await until(() => endpoint.activeConnections === 0)
  await endpoint.close()
  expect((await run(endpoint)).failure).toMatchObject({ kind: 'connect-failure', sent: false })
})

test('destroy ends everything, and everyone is told once', async () => {
  const server = await rawServer(() => {})
  const endpoint = endpointOf(server, { maxConnections: 2 })
  const collectors = [new Collector(), new Collector(), new Collector()]
  for (const collector of collectors) begin(endpoint, { collector })
  await until(() => server.received.filter((text) => text !== '').length === 2)
  await endpoint.destroy()
  await endpoint.destroy()
  await endpoint.close()
  expect(collectors.map(({ failure }) => failure?.kind)).toEqual(['cancelled', 'cancelled', 'cancelled'])
  expect(collectors.map(({ failure }) => failure?.sent)).toEqual([true, true, false])
  expect(collectors.every(({ late }) => late === 0)).toBe(true)
  await until(() => server.closed.every((closed) => closed !== undefined))
})
