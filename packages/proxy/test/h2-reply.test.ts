import { constants, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { ClockWheel, Endpoint, type EndpointOptions } from '../src/index.ts'
import { Collector, begin, manualWheel, run } from './support/collector.ts'
import { h2Server, type H2Server } from './support/h2-server.ts'
import { turns, until } from './support/raw-server.ts'

const wheel = new ClockWheel()
const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function endpointOf(server: H2Server, options?: EndpointOptions, clock: ClockWheel = wheel): Endpoint {
  const endpoint = new Endpoint(server.url, clock, { protocol: 'h2c', ...options })
  cleanups.push(
    () => server.close(),
    () => endpoint.destroy(),
  )
  return endpoint
}

async function replyOf(script: (stream: ServerHttp2Stream) => void, method = 'GET'): Promise<Collector> {
  return run(endpointOf(await h2Server(script)), { method })
}

test('a reply comes with its status, fields, bytes, trailers and end', async () => {
  const reply = await replyOf((stream) => {
    stream.respond({ ':status': 201, 'x-a': 'caf\u00e9\u00ff', 'set-cookie': ['a=1', 'b=2'], 'content-length': '5' }, {
      waitForTrailers: true,
      sendDate: false,
    } as object)
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'x-sum': ['1', '2'], host: 'evil' }))
    stream.end('hello')
  })
  expect(reply).toMatchObject({ status: 201, statusText: '', body: 'hello', ended: true, late: 0 })
  const fields = ['x-a', 'caf\u00e9\u00ff', 'set-cookie', 'a=1', 'set-cookie', 'b=2', 'content-length', '5']
  expect(reply.headers.filter((_, index) => reply.headers[index & ~1] !== 'date')).toEqual(fields)
  expect(reply.trailers).toEqual(['grpc-status', '0', 'x-sum', '1', 'x-sum', '2'])
})

test.for([
  ['a head with END_STREAM', true, (stream: ServerHttp2Stream) => stream.respond({}, { endStream: true })],
  [
    'an empty body',
    false,
    (stream: ServerHttp2Stream) => {
      stream.respond({})
      setImmediate(() => stream.end())
    },
  ],
] as const)('%s says whether the head is the whole reply', async ([, alone, script]) => {
  const endpoint = endpointOf(await h2Server(script))
  const collector = new Collector()
  const seen: boolean[] = []
  const { attempt } = begin(endpoint, { collector })
  collector.onHead = () => seen.push(attempt.headAlone)
  await collector.over
  expect(collector).toMatchObject({ status: 200, ended: true, body: '' })
  expect(seen).toEqual([alone])
})

test('a reply to HEAD keeps the length of what it stands for', async () => {
  const reply = await replyOf((stream) => stream.respond({ 'content-length': '5' }, { endStream: true }), 'HEAD')
  expect([reply.ended, reply.header('content-length'), reply.body]).toEqual([true, '5', ''])
})

test('interim replies are dropped and the final one counts, up to a bound', async () => {
  const informed = (count: number) => (stream: ServerHttp2Stream) => {
    for (let index = 0; index < count; index++) stream.additionalHeaders({ ':status': 103, link: 'x' })
    stream.respond({ ':status': 200 })
    stream.end('ok')
  }
  expect(await replyOf(informed(16))).toMatchObject({ status: 200, body: 'ok', ended: true })
  expect((await replyOf(informed(17))).failure).toMatchObject({ kind: 'bad-response', headSeen: false })
})

test.for(['head', 'trailers'] as const)('a %s above the limit of bytes is a bad reply', async (part) => {
  const big = { 'x-a': 'a'.repeat(20_000) }
  const server = await h2Server((stream) => {
    stream.respond(part === 'head' ? big : {}, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers(big))
    stream.end('x')
  })
  const reply = await run(endpointOf(server))
  expect(reply.failure).toMatchObject({ kind: 'bad-response', headSeen: part === 'trailers' })
  expect(reply.trailers).toBeUndefined()
})

test('as many fields as fit in the bytes are passed on', async () => {
  const fields = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`x-${index}`, '1']))
  const reply = await replyOf((stream) => {
    stream.respond(fields)
    stream.end()
  })
  expect(reply.header('x-499')).toBe('1')
})

const { NGHTTP2_NO_ERROR, NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR } = constants

test.for([
  ['resets the stream without an error', (stream: ServerHttp2Stream) => stream.destroy(), 1],
  ['resets the stream with an error', (stream: ServerHttp2Stream) => stream.destroy(new Error('broken')), 1],
  ['closes the connection', (stream: ServerHttp2Stream) => stream.session?.destroy(), 2],
  ['drops the connection', (_stream: ServerHttp2Stream, socket: Socket) => socket.destroy(), 2],
  ['resets the connection', (_stream: ServerHttp2Stream, socket: Socket) => socket.resetAndDestroy(), 2],
  ['says GOAWAY with an error', (stream: ServerHttp2Stream) => stream.session?.goaway(NGHTTP2_INTERNAL_ERROR), 2],
  [
    'says GOAWAY and resets the connection',
    (stream: ServerHttp2Stream, socket: Socket) => {
      stream.session?.goaway(NGHTTP2_NO_ERROR)
      setImmediate(() => socket.resetAndDestroy())
    },
    2,
  ],
] as const)('a reply is broken when the backend %s', async ([, breakOff, connections]) => {
  const server = await h2Server((stream, _headers, number) => {
    stream.respond({ ':status': 200 })
    if (number === 0) stream.write('half')
    else stream.end('whole')
  })
  const endpoint = endpointOf(server)
  const collector = new Collector()
  collector.onData = () => breakOff(server.streams[0]!.stream, server.sockets[0]!)
  const reply = await run(endpoint, { collector })
  expect(reply).toMatchObject({ ended: false, body: 'half', failure: { kind: 'reset', sent: true, headSeen: true } })
  expect(await run(endpoint)).toMatchObject({ body: 'whole', ended: true })
  expect([server.sessions.length, reply.late]).toEqual([connections, 0])
})

test('a reply that is shorter than announced is broken', async () => {
  const reply = await replyOf((stream) => {
    stream.respond({ ':status': 200, 'content-length': '10' })
    stream.end('hello')
  })
  expect(reply).toMatchObject({ ended: false, failure: { kind: 'bad-response', headSeen: true } })
})

test('a connection that breaks fails each of its streams by itself', async () => {
  const server = await h2Server((stream, _headers, number) => {
    if (number !== 1) stream.respond({ ':status': 200 })
    if (number === 2) stream.end('whole')
    else if (number === 0) stream.write('half')
  })
  const endpoint = endpointOf(server)
  const started = [begin(endpoint), begin(endpoint), begin(endpoint)]
  await started[2]!.collector.over
  await until(() => started[0]!.collector.body === 'half' && server.streams.length === 3)
  server.sockets[0]!.destroy()
  await Promise.all(started.map(({ collector }) => collector.over))
  expect(started.map(({ collector }) => collector.failure)).toMatchObject([
    { kind: 'reset', sent: true, headSeen: true },
    { kind: 'reset', sent: true, headSeen: false },
    undefined,
  ])
  expect(started.map(({ collector }) => collector.late)).toEqual([0, 0, 0])
})

test('a refused stream was certainly not processed', async () => {
  const server = await h2Server((stream, _headers, number) => {
    if (number === 0) stream.close(constants.NGHTTP2_REFUSED_STREAM)
    else stream.respond({}, { endStream: true })
  })
  const endpoint = endpointOf(server)
  const refused = await run(endpoint, { method: 'POST', body: Buffer.from('x') })
  expect(refused.failure).toMatchObject({ kind: 'refused-stream', sent: false, headSeen: false })
  expect(await run(endpoint)).toMatchObject({ status: 200, ended: true })
  expect(server.sessions).toHaveLength(1)
})

interface GoneAway {
  readonly server: H2Server
  readonly endpoint: Endpoint
  readonly old: Collector
  readonly young: Collector
}

/** Two streams are under way, and the backend promises to process no more than the first one. */
async function goneAway(code: number): Promise<GoneAway> {
  const server = await h2Server((stream, _headers, number) => {
    if (number >= 2) stream.respond({}, { endStream: true })
  })
  const endpoint = endpointOf(server)
  const old = begin(endpoint).collector
  await until(() => server.streams.length === 1)
  const young = begin(endpoint).collector
  await until(() => server.streams.length === 2)
  server.sessions[0]!.goaway(code, server.streams[0]!.stream.id!)
  await young.over
  return { server, endpoint, old, young }
}

test('a GOAWAY refuses the streams above its last one, and the others live', async () => {
  const { server, endpoint, old, young } = await goneAway(NGHTTP2_NO_ERROR)
  expect(young.failure).toMatchObject({ kind: 'refused-stream', sent: false })
  const next = await run(endpoint)
  expect([next.status, server.sessions.length, old.failure]).toEqual([200, 2, undefined])
  server.streams[0]!.stream.respond({})
  server.streams[0]!.stream.end('late')
  await old.over
  expect(old).toMatchObject({ body: 'late', ended: true })
  await until(() => endpoint.activeConnections === 1)
})

test('a GOAWAY with an error refuses the streams above its last one, and breaks the others', async () => {
  const { server, endpoint, old, young } = await goneAway(NGHTTP2_INTERNAL_ERROR)
  await old.over
  expect(young.failure).toMatchObject({ kind: 'refused-stream', sent: false })
  expect(old.failure).toMatchObject({ kind: 'reset', sent: true })
  expect([(await run(endpoint)).status, server.sessions.length]).toEqual([200, 2])
})

test('a paused reply stands still until it is resumed', async () => {
  const server = await h2Server((stream) => {
    stream.respond({})
    stream.end(Buffer.alloc(8_000_000, 'x'))
  })
  const collector = new Collector()
  collector.accept = false
  const { attempt } = begin(endpointOf(server), { collector })
  await until(() => collector.bytes > 0)
  const held = collector.bytes
  await turns(50)
  expect(collector.bytes).toBe(held)
  collector.onData = () => attempt.resume()
  attempt.resume()
  await collector.over
  expect(collector).toMatchObject({ bytes: 8_000_000, ended: true, late: 0 })
})

test.for([
  ['headers', { headersMs: 500, idleMs: 0, backendMs: 0 }, 500],
  ['backend', { headersMs: 0, idleMs: 0, backendMs: 500 }, 500],
  ['idle', { headersMs: 0, idleMs: 500, backendMs: 0 }, 520],
] as const)('the clock %s ends a silent attempt and resets its stream', async ([clock, clocks, dueMs]) => {
  const time = manualWheel()
  const server = await h2Server(() => {})
  const endpoint = endpointOf(server, { connectTimeoutMs: 0 }, time.wheel)
  const { collector } = begin(endpoint, { clocks })
  await until(() => server.streams.length === 1)
  time.advance(dueMs - 1)
  expect(collector.failure).toBeUndefined()
  time.advance(20)
  expect(collector.failure).toMatchObject({ kind: 'timeout', clock, sent: true })
  await until(() => server.streams[0]!.closed === NGHTTP2_CANCEL)
  time.advance(1_000)
  expect(collector.late).toBe(0)
})
