import type { AddressInfo } from 'node:net'
import { createServer, type TlsOptions } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { ClockWheel, Endpoint, type EndpointOptions } from '../src/index.ts'
import { Collector, begin, manualWheel, run } from './support/collector.ts'
import { testCertificate, testKey } from './support/certificate.ts'
import { answeringH2, h2Server, type H2Server } from './support/h2-server.ts'
import { answering, closedPort, rawServer, turns, until } from './support/raw-server.ts'

const wheel = new ClockWheel()
const cleanups: (() => Promise<void>)[] = []
const clocks = { headersMs: 2_000, idleMs: 0, backendMs: 0 }

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function endpointOf(
  server: { readonly url: string; close(): Promise<void> },
  options?: EndpointOptions,
  clock: ClockWheel = wheel,
): Endpoint {
  const endpoint = new Endpoint(server.url, clock, { protocol: 'h2c', ...options })
  cleanups.push(
    () => server.close(),
    () => endpoint.destroy(),
  )
  return endpoint
}

/** Takes requests and answers none by itself. */
function silent(options?: Parameters<typeof h2Server>[1]): Promise<H2Server> {
  return h2Server(() => {}, options)
}

function answerAll(server: H2Server): void {
  for (const { stream } of server.streams)
    if (!stream.headersSent && !stream.destroyed) stream.respond({}, { endStream: true })
}

test.for([
  ['http://a', 'h2'],
  ['https://a', 'h2c'],
] as const)('%s is refused with the protocol %s', ([url, protocol]) => {
  expect(() => new Endpoint(url, wheel, { protocol })).toThrow(TypeError)
})

test('a bound on streams below 1 is refused', () => {
  expect(() => new Endpoint('http://a', wheel, { protocol: 'h2c', maxConcurrentStreams: 0 })).toThrow(RangeError)
})

test('attempts share one connection, also those that come while it is opened', async () => {
  const server = await answeringH2()
  const endpoint = endpointOf(server)
  const first = begin(endpoint)
  const others = Array.from({ length: 20 }, () => begin(endpoint))
  expect([endpoint.activeConnections, endpoint.waiting]).toEqual([1, 21])
  await Promise.all([first, ...others].map(({ collector }) => collector.over))
  const next = begin(endpoint)
  await next.collector.over
  expect([server.sessions.length, server.streams.length, endpoint.waiting]).toEqual([1, 22, 0])
  expect([first.attempt.reused, next.attempt.reused]).toEqual([false, true])
  await until(() => endpoint.idleConnections === 1)
})

test('it is saturated when its one connection has no room for another stream', async () => {
  const server = await silent()
  const endpoint = endpointOf(server, { maxConnections: 1, maxConcurrentStreams: 2 })
  const started = [begin(endpoint), begin(endpoint)]
  // It is being opened, so nobody waits for a busy one.
  expect(endpoint.saturated).toBe(false)
  await until(() => server.streams.length === 2)
  expect(endpoint.saturated).toBe(true)
  answerAll(server)
  await Promise.all(started.map(({ collector }) => collector.over))
  await until(() => !endpoint.saturated)
})

test('a connection takes no more than its requests, and closes when the last one is over', async () => {
  const server = await answeringH2()
  const endpoint = endpointOf(server, { maxRequestsPerConnection: 2 })
  for (let request = 0; request < 5; request++) expect(await run(endpoint)).toMatchObject({ body: 'ok', ended: true })
  expect([server.sessions.length, server.streams.length]).toEqual([3, 5])
  await until(() => endpoint.activeConnections === 1)
})

test('over TLS the endpoint must offer h2, and its certificate is checked', async () => {
  const server = await answeringH2({ secure: true })
  const trusting = endpointOf(server, { protocol: 'h2', tls: { ca: testCertificate, servername: 'model.test' } })
  expect(await run(trusting)).toMatchObject({ status: 200, body: 'ok', ended: true })
  expect([server.streams[0]!.headers[':scheme'], server.streams[0]!.headers[':authority']]).toEqual([
    'https',
    'model.test',
  ])
  const strict = endpointOf(server, { protocol: 'h2' })
  expect((await run(strict)).failure).toMatchObject({ kind: 'connect-failure', sent: false })
})

test.for<[string, TlsOptions]>([
  ['nothing', {}],
  ['HTTP/1.1 alone', { ALPNProtocols: ['http/1.1'] }],
])('a TLS endpoint that offers %s is a failure to connect', async ([, alpn]) => {
  const secure = createServer({ key: testKey, cert: testCertificate, ...alpn }, (socket) =>
    socket.on('error', () => {}),
  )
  secure.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => {
    secure.listen(0, '127.0.0.1', resolve)
  })
  const { port } = secure.address() as AddressInfo
  const endpoint = new Endpoint(`https://127.0.0.1:${port}`, wheel, { protocol: 'h2', tls: { ca: testCertificate } })
  expect((await run(endpoint)).failure).toMatchObject({ kind: 'connect-failure', sent: false })
  expect(endpoint.activeConnections).toBe(0)
  await new Promise<void>((resolve) => {
    secure.close(() => resolve())
  })
})

test.for([
  ['answers in HTTP/1.1', () => answering('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')],
  ['closes', () => rawServer((socket) => socket.end())],
  ['resets', () => rawServer((socket) => socket.resetAndDestroy())],
  ['says GOAWAY', () => rawServer((socket) => socket.end(Buffer.from('000008070000000000000000000000000b', 'hex')))],
] as const)(
  'when the other side of a new connection %s, every waiting attempt is told that nothing was sent',
  async ([, open]) => {
    const server = await open()
    const endpoint = endpointOf(server)
    const started = [begin(endpoint), begin(endpoint, { method: 'POST', body: Buffer.from('x') })]
    await Promise.all(started.map(({ collector }) => collector.over))
    for (const { collector } of started)
      expect(collector).toMatchObject({ failure: { kind: 'connect-failure', sent: false }, late: 0 })
    expect([endpoint.activeConnections, endpoint.waiting]).toEqual([0, 0])
    expect(server.received.join('')).not.toContain('model.test')
  },
)

test('a refused connection is told to every waiting attempt', async () => {
  const endpoint = new Endpoint(await closedPort(), wheel, { protocol: 'h2c' })
  const replies = await Promise.all(Array.from({ length: 5 }, () => run(endpoint)))
  for (const reply of replies) expect(reply.failure).toMatchObject({ kind: 'connect-failure', sent: false })
  expect([endpoint.activeConnections, endpoint.waiting]).toEqual([0, 0])
})

test('an attempt that is begun when another one is told of a failed connection gets a new one', async () => {
  const endpoint = new Endpoint(await closedPort(), wheel, { protocol: 'h2c' })
  const collector = new Collector()
  const again: Collector[] = []
  const failed = collector.attemptFailed.bind(collector)
  collector.attemptFailed = (attempt, failure) => {
    again.push(begin(endpoint).collector)
    failed(attempt, failure)
  }
  await run(endpoint, { collector })
  await again[0]!.over
  expect(again[0]!.failure).toMatchObject({ kind: 'connect-failure' })
})

test('a silent other side is given up when the connect clocks ring, each attempt by its own', async () => {
  const time = manualWheel()
  const server = await rawServer(() => {})
  const endpoint = endpointOf(server, { connectTimeoutMs: 300 }, time.wheel)
  const early = begin(endpoint)
  await until(() => server.accepted === 1)
  time.advance(200)
  const late = begin(endpoint)
  time.advance(120)
  expect(early.collector.failure).toMatchObject({ kind: 'connect-failure', clock: 'connect', sent: false })
  expect(late.collector.failure).toBeUndefined()
  await until(() => server.accepted === 2)
  expect(endpoint.activeConnections).toBe(1)
  time.advance(200)
  expect(late.collector.failure).toMatchObject({ kind: 'connect-failure', clock: 'connect' })
  await until(() => endpoint.activeConnections === 0)
})

test('a connection that is opened for nobody any more is dropped', async () => {
  const server = await rawServer(() => {})
  const endpoint = endpointOf(server)
  const { attempt, collector } = begin(endpoint)
  await until(() => server.accepted === 1)
  attempt.cancel()
  expect(collector.failure).toMatchObject({ kind: 'cancelled', sent: false })
  expect(endpoint.activeConnections).toBe(0)
  await until(() => server.closed[0] !== undefined)
})

test('above the streams that the backend allows another connection is opened', async () => {
  const server = await silent({ settings: { maxConcurrentStreams: 2 } })
  const endpoint = endpointOf(server)
  const started = Array.from({ length: 5 }, () => begin(endpoint))
  await until(() => server.streams.length === 5)
  expect([server.sessions.length, endpoint.waiting]).toEqual([3, 0])
  answerAll(server)
  await Promise.all(started.map(({ collector }) => collector.over))
  expect(started.every(({ collector }) => collector.ended)).toBe(true)
})

test.for<[string, Parameters<typeof h2Server>[1], EndpointOptions]>([
  ['the backend', { settings: { maxConcurrentStreams: 2 } }, { maxConnections: 1 }],
  ['the endpoint', {}, { maxConnections: 1, maxConcurrentStreams: 2 }],
])('above the streams and connections that %s allows attempts wait their turn', async ([, settings, options]) => {
  const server = await silent(settings)
  const endpoint = endpointOf(server, options)
  const started = Array.from({ length: 5 }, () => begin(endpoint))
  await until(() => server.streams.length === 2)
  await turns(50)
  expect([server.streams.length, endpoint.waiting, server.sessions.length]).toEqual([2, 3, 1])
  started[4]!.attempt.cancel()
  expect(endpoint.waiting).toBe(2)
  while (started.slice(0, 4).some(({ collector }) => !collector.ended)) {
    answerAll(server)
    await turns(1)
  }
  expect([server.streams.length, endpoint.waiting]).toEqual([4, 0])
})

test('a backend that allows no stream keeps attempts waiting on one connection', async () => {
  const server = await silent({ settings: { maxConcurrentStreams: 0 } })
  const endpoint = endpointOf(server)
  const started = [begin(endpoint), begin(endpoint)]
  await until(() => server.sessions.length === 1 && endpoint.idleConnections === 1)
  await turns(50)
  expect([server.sessions.length, endpoint.activeConnections, endpoint.waiting]).toEqual([1, 1, 2])
  server.sessions[0]!.settings({ maxConcurrentStreams: 10 })
  await until(() => server.streams.length === 2)
  for (const { attempt } of started) attempt.cancel()
})

test('an idle connection is closed after a minute, with a GOAWAY', async () => {
  const time = manualWheel()
  const server = await answeringH2()
  const endpoint = endpointOf(server, {}, time.wheel)
  await run(endpoint)
  await until(() => endpoint.idleConnections === 1)
  time.advance(50_000)
  await run(endpoint)
  await until(() => endpoint.idleConnections === 1)
  time.advance(59_000)
  expect([endpoint.activeConnections, server.sessions.length]).toEqual([1, 1])
  time.advance(1_100)
  expect(endpoint.activeConnections).toBe(0)
  await until(() => server.goaways.length > 0)
  expect(server.goaways[0]).toBe(0)
})

test('a connection that gave no sign of life while an attempt was given up serves nobody else', async () => {
  const time = manualWheel()
  const server = await silent()
  const endpoint = endpointOf(server, {}, time.wheel)
  const first = begin(endpoint, { clocks })
  await until(() => server.streams.length === 1)
  time.advance(2_020)
  expect(first.collector.failure).toMatchObject({ kind: 'timeout', clock: 'headers' })
  begin(endpoint)
  await until(() => server.streams.length === 2)
  expect(server.sessions).toHaveLength(2)
  await until(() => endpoint.activeConnections === 1)
})

test.for(['soon', 'after another one was answered'] as const)(
  'a connection goes on when an attempt is given up %s',
  async (when) => {
    const time = manualWheel()
    const server = await h2Server((stream, headers) => {
      if (headers[':path'] === '/fast') stream.respond({}, { endStream: true })
    })
    const endpoint = endpointOf(server, {}, time.wheel)
    const { attempt } = begin(endpoint)
    await until(() => server.streams.length === 1)
    time.advance(900)
    if (when !== 'soon') {
      await run(endpoint, { path: '/fast' })
      time.advance(5_000)
    }
    attempt.cancel()
    expect(await run(endpoint, { path: '/fast' })).toMatchObject({ ended: true })
    expect(server.sessions).toHaveLength(1)
  },
)

test('close takes no further attempt, and closes the connection when its last stream is over', async () => {
  const server = await silent()
  const endpoint = endpointOf(server)
  const running = begin(endpoint)
  await until(() => server.streams.length === 1)
  const closed = endpoint.close()
  const refused = await run(endpoint)
  expect(refused.failure).toMatchObject({ kind: 'connect-failure', sent: false })
  expect(endpoint.activeConnections).toBe(1)
  answerAll(server)
  await running.collector.over
  await closed
  expect([running.collector.ended, endpoint.activeConnections]).toEqual([true, 0])
})

test('close still serves those that wait', async () => {
  const server = await answeringH2()
  const endpoint = endpointOf(server)
  const { collector } = begin(endpoint)
  await endpoint.close()
  expect(collector).toMatchObject({ ended: true })
  expect(endpoint.activeConnections).toBe(0)
})

test('close of an endpoint that was never used, and of an idle one, is done at once', async () => {
  const server = await answeringH2()
  const idle = endpointOf(server)
  await run(idle)
  await until(() => idle.idleConnections === 1)
  await Promise.all([idle.close(), endpointOf(server).close()])
  expect(idle.activeConnections).toBe(0)
})

test('a retired endpoint serves whoever asks, and keeps no connection', async () => {
  const server = await answeringH2()
  const endpoint = endpointOf(server)
  await run(endpoint)
  await until(() => endpoint.idleConnections === 1)
  endpoint.retire()
  expect(endpoint.activeConnections).toBe(0)
  expect(await run(endpoint)).toMatchObject({ ended: true })
  await until(() => endpoint.activeConnections === 0)
})

test('destroy tells attempts in flight and in the queue that they were cancelled', async () => {
  const server = await silent()
  const endpoint = endpointOf(server, { maxConnections: 1, maxConcurrentStreams: 1 })
  const running = begin(endpoint)
  await until(() => server.streams.length === 1)
  const waiting = begin(endpoint)
  await endpoint.destroy()
  expect(running.collector).toMatchObject({ failure: { kind: 'cancelled', sent: true }, late: 0 })
  expect(waiting.collector).toMatchObject({ failure: { kind: 'cancelled', sent: false }, late: 0 })
  expect([endpoint.activeConnections, endpoint.waiting]).toEqual([0, 0])
  await until(() => server.sockets.every(({ destroyed }) => destroyed))
})
