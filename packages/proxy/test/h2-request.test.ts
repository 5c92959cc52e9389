import { constants } from 'node:http2'
import { PassThrough, Readable } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { BodyBudget, ClockWheel, Endpoint, RequestBody, type EndpointOptions } from '../src/index.ts'
import { Collector, begin, run } from './support/collector.ts'
import { answeringH2, h2Server, type H2Server } from './support/h2-server.ts'
import { turns, until } from './support/raw-server.ts'

const wheel = new ClockWheel()
const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function endpointOf(server: H2Server, options?: EndpointOptions): Endpoint {
  const endpoint = new Endpoint(server.url, wheel, { protocol: 'h2c', ...options })
  cleanups.push(
    () => server.close(),
    () => endpoint.destroy(),
  )
  return endpoint
}

function streamed(source: Readable, length?: number): RequestBody {
  return RequestBody.stream(source, length, 1_000_000, new BodyBudget(1_000_000))
}

test('a request goes out by the rules of HTTP/2, with its target and bytes above 0x7f as they are', async () => {
  const server = await answeringH2()
  const path = '/a%2Fb/%e9\u00e9//x?b=1&a=%2D&b=2&'
  const headers = ['X-Name', 'caf\u00e9\u00ff', 'Host', 'model.test:81', 'te', 'trailers', 'x-list', '1', 'X-List', '2']
  expect(await run(endpointOf(server), { path, headers })).toMatchObject({ status: 200, body: 'ok', ended: true })
  const pseudo = [':method', 'GET', ':path', path, ':scheme', 'http', ':authority', 'model.test:81']
  const fields = ['x-name', 'caf\u00e9\u00ff', 'te', 'trailers', 'x-list', '1', 'x-list', '2']
  expect(server.streams[0]!.raw).toEqual([...pseudo, ...fields])
})

test('fields of a connection do not go out', async () => {
  const server = await answeringH2()
  const fields = [
    'connection',
    'x-a',
    'keep-alive',
    '1',
    'transfer-encoding',
    'chunked',
    'upgrade',
    'h2c',
    'te',
    'gzip',
  ]
  await run(endpointOf(server), { headers: ['host', 'm', 'proxy-connection', 'close', ...fields] })
  expect(server.streams[0]!.raw.slice(6)).toEqual([':authority', 'm'])
})

test('without a Host the endpoint is the authority', async () => {
  const server = await answeringH2()
  await run(endpointOf(server), { headers: [] })
  expect(`http://${String(server.streams[0]!.headers[':authority'])}`).toBe(server.url)
})

test.for([
  ['a space in the path', 'GET', '/a b', []],
  ['a target in absolute form', 'GET', 'http://evil/', []],
  ['CONNECT', 'CONNECT', '/', []],
  ['a method that is no token', 'G T', '/', []],
  ['a name that is no token', 'GET', '/', ['x y', '1']],
  ['a pseudo-header field', 'GET', '/', [':path', '/evil']],
  ['a line break in a value', 'GET', '/', ['x', 'a\r\nevil: 1']],
  ['a NUL in a value', 'GET', '/', ['x', 'a\0evil\0b']],
  ['two hosts', 'GET', '/', ['host', 'other']],
  ['two lengths', 'POST', '/', ['content-length', '0', 'content-length', '0']],
  ['a length that is no number', 'POST', '/', ['content-length', '+1']],
] as const)('%s is a bad request that was never sent', async ([, method, path, fields]) => {
  const server = await answeringH2()
  const endpoint = endpointOf(server)
  const reply = await run(endpoint, { method, path, headers: ['host', 'm', ...fields] })
  expect(reply.failure).toMatchObject({ kind: 'bad-request', sent: false })
  expect(await run(endpoint)).toMatchObject({ ended: true })
  expect(server.streams).toHaveLength(1)
  // Its place on the connection was given back.
  await until(() => endpoint.idleConnections === 1)
})

test.for([
  ['GET', [], null, undefined],
  ['POST', [], null, undefined],
  ['POST', ['content-length', '0'], null, '0'],
  ['POST', ['content-length', '3'], Buffer.from('abc'), '3'],
  ['POST', [], Buffer.from('abc'), '3'],
] as const)('%s with %j and %j is announced with its length', async ([method, fields, body, length]) => {
  const server = await answeringH2()
  expect(await run(endpointOf(server), { method, headers: ['host', 'm', ...fields], body })).toMatchObject({
    ended: true,
  })
  expect(server.streams[0]!.headers['content-length']).toBe(length)
  expect(server.streams[0]!.body).toBe(body === null ? '' : body.toString())
})

test('a request that was answered in order is not reset', async () => {
  const server = await answeringH2()
  const endpoint = endpointOf(server)
  await run(endpoint, { method: 'POST', body: Buffer.alloc(100_000) })
  const body = streamed(Readable.from([Buffer.from('abc'), Buffer.from('de')]), 5)
  await run(endpoint, {
    method: 'POST',
    headers: ['host', 'm', 'content-length', '5'],
    body: body.open(),
    trailers: body,
  })
  await until(() => server.streams.every(({ closed }) => closed !== undefined))
  expect(server.streams.map(({ closed }) => closed)).toEqual([0, 0])
  expect([server.streams[1]!.body, server.streams[1]!.headers['content-length']]).toEqual(['abcde', '5'])
})

test('request and reply stream at once, both ways', async () => {
  const server = await h2Server((stream) => {
    stream.respond({ ':status': 200 })
    stream.on('data', (chunk: Buffer) => stream.write(`<${chunk.toString()}>`))
    stream.on('end', () => stream.end('.'))
  })
  const source = new PassThrough()
  const { attempt, collector } = begin(endpointOf(server), { method: 'POST', body: streamed(source).open() })
  await until(() => collector.status === 200)
  source.write('a')
  await until(() => collector.body === '<a>')
  expect(attempt.phase).toBe('streaming')
  source.write('b')
  await until(() => collector.body === '<a><b>')
  source.end()
  await collector.over
  expect(collector).toMatchObject({ body: '<a><b>.', ended: true })
})

test('trailers of the caller go on behind the last byte, without framing, routing, auth and cookie fields', async () => {
  const server = await answeringH2()
  const source = new PassThrough()
  const rawTrailers: string[] = []
  const body = streamed(Object.assign(source, { rawTrailers }))
  const { collector } = begin(endpointOf(server), { method: 'POST', body: body.open(), trailers: body })
  source.write('abc')
  await until(() => server.streams[0]?.body === 'abc')
  expect(body.trailers).toBeUndefined()
  rawTrailers.push('X-Sum', '7', 'x-sum', '8', 'Host', 'evil', 'Authorization', 'x', 'connection', 'close')
  source.end()
  await collector.over
  expect(server.streams[0]).toMatchObject({ body: 'abc', ended: true, trailers: ['x-sum', '7', 'x-sum', '8'] })
})

test('trailers that are known follow a body in one piece, and none at all', async () => {
  const server = await answeringH2()
  const endpoint = endpointOf(server)
  const trailers = { trailers: ['x-sum', '7'] }
  await run(endpoint, { method: 'POST', body: Buffer.from('abc'), trailers })
  await run(endpoint, { method: 'POST', body: null, trailers })
  expect(server.streams.map((seen) => [seen.body, seen.trailers])).toEqual([
    ['abc', ['x-sum', '7']],
    ['', ['x-sum', '7']],
  ])
})

test('a trailer that cannot be written breaks the upload on the wire', async () => {
  const server = await answeringH2()
  const reply = await run(endpointOf(server), {
    method: 'POST',
    body: Buffer.from('abc'),
    trailers: { trailers: ['x', 'a\r\nb'] },
  })
  expect(reply.failure).toMatchObject({ kind: 'bad-request' })
  await until(() => server.streams[0]?.closed === constants.NGHTTP2_CANCEL)
})

test('phases follow one another, and a streamed request counts as sent with its head', async () => {
  const server = await answeringH2()
  const source = new PassThrough()
  const { attempt, collector } = begin(endpointOf(server), { method: 'POST', body: streamed(source).open() })
  const phases: string[] = [attempt.phase]
  await until(() => attempt.phase !== 'connecting')
  phases.push(attempt.phase, `sent ${attempt.sent}`)
  source.end('x')
  await until(() => attempt.phase !== 'uploading')
  phases.push(attempt.phase)
  collector.onHead = () => phases.push(attempt.phase)
  await collector.over
  phases.push(attempt.phase)
  expect(phases).toEqual(['connecting', 'uploading', 'sent true', 'waiting', 'streaming', 'done'])
})

test('a cut upload never looks whole', async () => {
  const server = await answeringH2()
  const source = new PassThrough()
  const { collector } = begin(endpointOf(server), { method: 'POST', body: streamed(source).open() })
  source.write('half')
  await until(() => server.streams[0]?.body === 'half')
  source.destroy()
  await collector.over
  expect(collector.failure).toMatchObject({ kind: 'upload-failed', sent: true })
  await until(() => server.streams[0]?.closed !== undefined)
  expect(server.streams[0]).toMatchObject({ closed: constants.NGHTTP2_CANCEL, ended: false })
})

test.for([
  ['shorter', 'abc', false],
  ['longer', 'abcdefgh', false],
  ['shorter in one piece', 'abc', true],
  ['longer in one piece', 'abcdefgh', true],
] as const)('an upload %s than announced is broken', async ([, text, whole]) => {
  const server = await answeringH2()
  const source = new PassThrough()
  const headers = ['host', 'm', 'content-length', '5']
  const body = whole ? Buffer.from(text) : source
  const { collector } = begin(endpointOf(server), { method: 'POST', headers, body })
  if (!whole) await until(() => server.streams.length === 1)
  source.end(text)
  await collector.over
  expect(collector.failure).toMatchObject({ kind: 'upload-failed', sent: !whole })
  if (!whole) await until(() => server.streams[0]?.closed === constants.NGHTTP2_CANCEL)
  expect(server.streams.every(({ ended }) => !ended)).toBe(true)
})

test('an upload that breaks while the connection is opened is told at once', async () => {
  const server = await answeringH2()
  const source = new PassThrough()
  const { collector, attempt } = begin(endpointOf(server), { method: 'POST', body: streamed(source).open() })
  expect(attempt.phase).toBe('connecting')
  source.destroy(new Error('caller left'))
  await collector.over
  expect(collector.failure).toMatchObject({ kind: 'upload-failed', sent: false })
})

test.for(['whose rest was not sent', 'that the backend does not read'] as const)(
  'an early reply is delivered, and the rest of an upload %s is stopped',
  async (rest) => {
    const server = await h2Server((stream) => {
      stream.pause()
      stream.respond({ ':status': 413 })
      stream.end('big')
    })
    const endpoint = endpointOf(server)
    const source = new PassThrough()
    const body = rest === 'whose rest was not sent' ? streamed(source).open() : Buffer.alloc(2_000_000)
    source.write('first')
    const { collector } = begin(endpoint, { method: 'POST', body })
    await collector.over
    expect(collector).toMatchObject({ status: 413, body: 'big', ended: true, late: 0 })
    await until(() => endpoint.idleConnections === 1 && server.streams[0]?.closed !== undefined)
    expect(server.streams[0]!.closed).toBe(constants.NGHTTP2_CANCEL)
    expect(body instanceof Readable ? body.destroyed : true).toBe(true)
  },
)

test('a slow backend holds no more than a few hundred kilobytes of an upload here', async () => {
  const server = await h2Server((stream) => stream.pause())
  let produced = 0
  const source = new Readable({
    highWaterMark: 65_536,
    read() {
      produced += 65_536
      this.push(produced > 64_000_000 ? null : Buffer.alloc(65_536))
    },
  })
  const body = RequestBody.stream(source, undefined, 0, new BodyBudget(0))
  const { attempt, collector } = begin(endpointOf(server), { method: 'POST', body: body.open() })
  let before = -1
  while (produced !== before || produced === 0) {
    before = produced
    await turns(200)
  }
  expect(produced).toBeLessThan(600_000)
  attempt.cancel()
  await collector.over
  await until(() => server.streams[0]?.closed !== undefined)
})

test('a slow stream does not hold up another one on its connection', async () => {
  const server = await h2Server((stream, headers) => {
    if (headers[':path'] === '/slow') stream.pause()
    stream.respond({ ':status': 200 })
    stream.end(Buffer.alloc(2_000_000, 'x'))
  })
  const endpoint = endpointOf(server)
  const paused = new Collector()
  paused.accept = false
  const slow = begin(endpoint, { method: 'POST', path: '/slow', body: Buffer.alloc(2_000_000), collector: paused })
  await until(() => paused.bytes > 0)
  const held = paused.bytes
  expect((await run(endpoint)).bytes).toBe(2_000_000)
  expect([paused.bytes, server.sessions.length]).toEqual([held, 1])
  slow.attempt.cancel()
})

test('cancel resets the stream at once, tells it once, and leaves the others alone', async () => {
  const server = await h2Server((stream) => {
    stream.respond({ ':status': 200 })
    stream.write('ab')
  })
  const endpoint = endpointOf(server)
  const first = begin(endpoint)
  const second = begin(endpoint)
  await until(() => first.collector.bytes === 2 && second.collector.bytes === 2)
  first.attempt.cancel()
  first.attempt.cancel()
  first.attempt.timeOut('request')
  expect(first.collector.failure).toMatchObject({ kind: 'cancelled', headSeen: true })
  await until(() => server.streams[0]!.closed !== undefined)
  server.streams[1]!.stream.end('cd')
  await second.collector.over
  expect(second.collector).toMatchObject({ body: 'abcd', ended: true })
  expect([first.collector.late, server.streams[0]!.closed, server.sessions.length]).toEqual([
    0,
    constants.NGHTTP2_CANCEL,
    1,
  ])
})

test('cancel while the head is awaited resets the stream', async () => {
  const server = await h2Server(() => {})
  const { attempt, collector } = begin(endpointOf(server))
  await until(() => server.streams.length === 1)
  attempt.cancel()
  expect(collector.failure).toMatchObject({ kind: 'cancelled', sent: true })
  await until(() => server.streams[0]!.closed === constants.NGHTTP2_CANCEL)
})

test.for(['attemptHead', 'attemptData'] as const)(
  'a listener that throws in %s ends its attempt alone',
  async (name) => {
    const server = await answeringH2()
    const endpoint = endpointOf(server)
    const collector = new Collector()
    collector[name] = () => {
      throw new Error('broken hook')
    }
    const broken = begin(endpoint, { collector })
    const other = begin(endpoint)
    await Promise.all([broken.collector.over, other.collector.over])
    expect(collector.failure).toMatchObject({ kind: 'cancelled', error: new Error('broken hook') })
    expect([other.collector.ended, collector.late]).toEqual([true, 0])
  },
)
