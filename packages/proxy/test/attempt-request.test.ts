import { PassThrough, Readable } from 'node:stream'
import { afterEach, expect, test, vi } from 'vitest'
import { Attempt, BodyBudget, ClockWheel, Endpoint, RequestBody, type EndpointOptions } from '../src/index.ts'
import { Collector, begin, manualWheel, noClocks, run } from './support/collector.ts'
import { answering, closedPort, rawServer, turns, until, type RawServer } from './support/raw-server.ts'

const wheel = new ClockWheel()
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function endpointOf(server: RawServer, options?: EndpointOptions): Endpoint {
  const endpoint = new Endpoint(server.url, wheel, options)
  cleanups.push(
    () => server.close(),
    () => endpoint.destroy(),
  )
  return endpoint
}

function streamed(source: Readable, length?: number): Readable {
  const body = RequestBody.stream(source, length, 1_000_000, new BodyBudget(1_000_000)).open()
  if (!(body instanceof Readable)) throw new TypeError('expected a stream')
  return body
}

test('the target and bytes above 0x7f go out byte for byte', async () => {
  const server = await answering(ok)
  const path = '/a%2Fb/%e9\u00e9//x?b=1&a=%2D&b=2&'
  await run(endpointOf(server), { path, headers: ['Host', 'model.test', 'X-Name', 'caf\u00e9\u00ff'] })
  expect(server.received[0]).toBe(
    `GET ${path} HTTP/1.1\r\nhost: model.test\r\nconnection: keep-alive\r\nX-Name: caf\u00e9\u00ff\r\n\r\n`,
  )
})

test.for([
  ['a small body and its head', 'POST', Buffer.from('{"model":"x"}')],
  ['a head alone', 'GET', null],
] as const)('%s leave in one write', async ([, method, body]) => {
  const chunks: number[] = []
  const server = await rawServer((socket, _received, _connection, chunk) => {
    chunks.push(chunk.length)
    socket.write(ok)
  })
  await run(endpointOf(server), { method, body })
  expect(chunks).toHaveLength(1)
  expect(server.received[0]!.endsWith(`\r\n\r\n${body === null ? '' : body.toString()}`)).toBe(true)
})

test.for([
  ['GET', [], null, undefined],
  ['POST', [], null, '0'],
  ['POST', ['content-length', '0'], null, '0'],
  ['POST', ['content-length', '3'], Buffer.from('abc'), '3'],
  ['POST', [], Buffer.from('abc'), '3'],
] as const)('%s with %j and %j is framed by its length', async ([method, fields, body, length]) => {
  const server = await answering(ok)
  await run(endpointOf(server), { method, headers: ['host', 'm', ...fields], body })
  expect(/content-length: (\d+)/.exec(server.received[0]!)?.[1]).toBe(length)
  expect(server.received[0]).not.toContain('transfer-encoding')
})

test('a streamed body of known length keeps the length, one of unknown length goes chunked', async () => {
  const server = await rawServer((socket, received) => {
    if (received.endsWith('abcde') || received.endsWith('0\r\n\r\n')) socket.write(ok)
  })
  const endpoint = endpointOf(server)
  const known = ['host', 'm', 'content-length', '5']
  await run(endpoint, { method: 'POST', headers: known, body: streamed(Readable.from([Buffer.from('abcde')]), 5) })
  await until(() => endpoint.idleConnections === 1)
  await run(endpoint, { method: 'POST', body: streamed(Readable.from([Buffer.from('abcde')])) })
  expect(server.received[0]).toContain('content-length: 5\r\n\r\nabcde')
  expect(server.received[0]).toContain('transfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n')
})

test('trailers of the caller go on behind a body in chunks, without framing, routing, auth and cookie fields', async () => {
  const server = await rawServer((socket, received) => {
    if (received.endsWith('\r\n\r\n') && received.includes('0\r\n')) socket.write(ok)
  })
  const source = Object.assign(new PassThrough(), { rawTrailers: ['X-Sum', '7', 'Host', 'evil', 'Authorization', 'x'] })
  const body = RequestBody.stream(source, undefined, 1_000, new BodyBudget(1_000))
  const { collector } = begin(endpointOf(server), { method: 'POST', body: body.open(), trailers: body })
  source.end('abc')
  await collector.over
  expect(server.received[0]).toContain('\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n')
})

test('a trailer that cannot be written breaks the upload on the wire', async () => {
  const server = await rawServer(() => {})
  const source = new PassThrough()
  const trailers = { trailers: ['x-sum', '7\r\nevil: 1'] }
  const { collector } = begin(endpointOf(server), { method: 'POST', body: streamed(source), trailers })
  source.end('abc')
  await collector.over
  expect(collector.failure).toMatchObject({ kind: 'bad-request' })
  await until(() => server.closed[0] !== undefined)
  expect(server.received[0]).not.toContain('evil')
})

test.for([
  ['a space in the path', 'GET', '/a b', []],
  ['a control character in the path', 'GET', '/a\u0001', []],
  ['a target in absolute form', 'GET', 'http://evil/', []],
  ['CONNECT', 'CONNECT', '/', []],
  ['a method that is no token', 'G T', '/', []],
  ['a name that is no token', 'GET', '/', ['x y', '1']],
  ['a line break in a value', 'GET', '/', ['x', 'a\r\nevil: 1']],
  ['two hosts', 'GET', '/', ['host', 'other']],
] as const)('%s is a bad request that was never sent', async ([, method, path, fields]) => {
  const server = await answering(ok)
  const reply = await run(endpointOf(server), { method, path, headers: ['host', 'm', ...fields] })
  expect(reply.failure).toMatchObject({ kind: 'bad-request', sent: false })
  expect(server.received.join('')).toBe('')
})

test('nothing is told before start has returned', async () => {
  const server = await answering(ok)
  const { collector } = begin(endpointOf(server), { path: 'no slash' })
  expect(collector.failure).toBeUndefined()
  await collector.over
  expect(collector.failure?.kind).toBe('bad-request')
})

test('a refused connection is told as such, and nothing was sent', async () => {
  const endpoint = new Endpoint(await closedPort(), wheel)
  const reply = await run(endpoint, { method: 'POST', body: Buffer.from('x') })
  expect(reply.failure).toMatchObject({ kind: 'connect-failure', sent: false, headSeen: false })
  expect(endpoint.activeConnections).toBe(0)
})

test('a name that does not resolve is a failure to connect', async () => {
  const reply = await run(new Endpoint('http://no-such-host.invalid', wheel))
  expect(reply.failure).toMatchObject({ kind: 'connect-failure', sent: false })
})

test('a connection that closes before the reply was sent to', async () => {
  const server = await rawServer((socket) => socket.destroy())
  const reply = await run(endpointOf(server), { method: 'POST', body: Buffer.from('x') })
  expect(reply.failure).toMatchObject({ kind: 'reset', sent: true, headSeen: false })
})

test.for(['GET', 'HEAD', 'POST'] as const)(
  'a %s on a pooled connection that is reset is delivered once, and its attempt says so',
  async (method) => {
    const server = await rawServer((socket, received) => {
      if (received.split('HTTP/1.1').length === 2) socket.write(ok)
      else socket.resetAndDestroy()
    })
    const endpoint = endpointOf(server)
    await run(endpoint)
    await until(() => endpoint.idleConnections === 1)
    const { attempt, collector } = begin(endpoint, { method })
    await collector.over
    expect(collector.failure).toMatchObject({ kind: 'reset', sent: true, headSeen: false })
    expect(attempt.reused).toBe(true)
    expect(server.accepted).toBe(1)
  },
)

test.for(['long ago', 'just now'] as const)(
  'a pooled connection closed %s is left aside before a byte is written',
  async (when) => {
    let close: (() => void) | undefined
    const server = await rawServer((socket) => {
      socket.write(ok)
      close = () => socket.destroy()
    })
    const endpoint = endpointOf(server)
    await run(endpoint)
    await until(() => endpoint.idleConnections === 1)
    // Requests come when the event loop has looked at its sockets.
    await turns(1)
    close?.()
    if (when === 'long ago') await until(() => endpoint.activeConnections === 0)
    const { attempt, collector } = begin(endpoint, { method: 'POST', body: Buffer.from('x') })
    await collector.over
    expect(collector).toMatchObject({ body: 'ok', ended: true })
    expect(attempt.reused).toBe(false)
  },
)

test('phases follow one another', async () => {
  let reply: (() => void) | undefined
  const server = await rawServer((socket) => {
    reply = () => socket.write(ok)
  })
  const source = new PassThrough()
  const { attempt, collector } = begin(endpointOf(server), { method: 'POST', body: streamed(source) })
  const phases: string[] = [attempt.phase]
  await until(() => attempt.phase !== 'connecting')
  phases.push(attempt.phase, `sent ${attempt.sent}`)
  source.end('x')
  await until(() => attempt.phase !== 'uploading')
  phases.push(attempt.phase, `sent ${attempt.sent}`)
  collector.onHead = () => phases.push(attempt.phase)
  await until(() => reply !== undefined)
  reply?.()
  await collector.over
  phases.push(attempt.phase)
  expect(phases).toEqual(['connecting', 'uploading', 'sent false', 'waiting', 'sent true', 'streaming', 'done'])
})

test('a cut upload never looks whole', async () => {
  const server = await rawServer(() => {})
  const source = new PassThrough()
  const { collector } = begin(endpointOf(server), { method: 'POST', body: streamed(source) })
  source.write('half')
  await until(() => server.received[0]?.includes('half') === true)
  source.destroy()
  await collector.over
  await until(() => server.closed[0] !== undefined)
  expect(collector.failure).toMatchObject({ kind: 'upload-failed', sent: true })
  expect(server.received[0]).not.toContain('0\r\n\r\n')
})

test.for([
  ['shorter', 'abc'],
  ['longer', 'abcdefgh'],
] as const)('an upload %s than announced is broken on the wire', async ([, text]) => {
  const server = await rawServer(() => {})
  const source = new PassThrough()
  const headers = ['host', 'm', 'content-length', '5']
  const { collector } = begin(endpointOf(server), { method: 'POST', headers, body: source })
  source.end(text)
  await collector.over
  expect(collector.failure).toMatchObject({ kind: 'upload-failed' })
  await until(() => server.closed[0] !== undefined)
  expect(server.received[0]).not.toMatch(/\r\n\r\nabcde/)
})

test('an upload that breaks while the connection is opened is told at once', async () => {
  const source = new PassThrough()
  const server = await rawServer(() => {})
  const { collector, attempt } = begin(endpointOf(server), { method: 'POST', body: streamed(source) })
  expect(attempt.phase).toBe('connecting')
  source.destroy(new Error('caller left'))
  await collector.over
  expect(collector.failure).toMatchObject({ kind: 'upload-failed', sent: false })
})

test('an upload that breaks while the attempt waits for a connection is told at once', async () => {
  const server = await rawServer(() => {})
  const endpoint = endpointOf(server, { maxConnections: 1 })
  const running = begin(endpoint)
  const source = new PassThrough()
  const { collector } = begin(endpoint, { method: 'POST', body: streamed(source) })
  source.destroy(new Error('caller left'))
  await collector.over
  expect(collector.failure).toMatchObject({ kind: 'upload-failed', sent: false })
  expect([endpoint.waiting, running.collector.failure]).toEqual([0, undefined])
})

test('an early reply is delivered and the rest of the upload is stopped', async () => {
  const server = await rawServer((socket, received) => {
    if (received.includes('first')) socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig')
  })
  const source = new PassThrough()
  const body = RequestBody.stream(source, undefined, 1_000, new BodyBudget(1_000))
  const { collector } = begin(endpointOf(server), { method: 'POST', body: body.open() })
  source.write('first')
  await collector.over
  expect(collector).toMatchObject({ status: 413, body: 'big', ended: true })
  await until(() => server.closed[0] !== undefined)
  source.write('second')
  await until(() => source.isPaused())
  expect(server.received[0]).not.toContain('second')
  expect(body.complete).toBe(false)
})

test('a slow backend holds no more than a few hundred kilobytes of an upload here', async () => {
  const server = await rawServer(
    () => {},
    (socket) => socket.pause(),
  )
  let produced = 0
  const source = new Readable({
    highWaterMark: 65_536,
    read() {
      produced += 65_536
      this.push(produced > 64_000_000 ? null : Buffer.alloc(65_536))
    },
  })
  const body = RequestBody.stream(source, undefined, 0, new BodyBudget(0))
  const { attempt } = begin(endpointOf(server), { method: 'POST', body: body.open() })
  let before = -1
  // Until the kernel's buffers are full and nothing moves any more.
  while (produced !== before || produced === 0) {
    before = produced
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  expect(body.bytesRead).toBeLessThan(16_000_000)
  expect(produced - body.bytesRead).toBeLessThan(300_000)
  attempt.cancel()
})

test('cancel closes the connection at once, tells it once, and nothing follows', async () => {
  const server = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nab'))
  const collector = new Collector()
  const { attempt } = begin(endpointOf(server), { collector })
  await until(() => collector.bytes === 2)
  attempt.cancel()
  attempt.cancel()
  attempt.timeOut('request')
  expect(collector.failure).toMatchObject({ kind: 'cancelled', headSeen: true })
  await until(() => server.closed[0] !== undefined)
  expect(collector.late).toBe(0)
})

test.for(['before the connection', 'while it waits for the head'] as const)(
  'cancel %s tells the backend',
  async (when) => {
    const server = await rawServer(() => {})
    const endpoint = endpointOf(server)
    const { attempt, collector } = begin(endpoint)
    if (when !== 'before the connection') await until(() => server.received[0]?.includes('\r\n\r\n') === true)
    attempt.cancel()
    expect(collector.failure).toMatchObject({ kind: 'cancelled', sent: when !== 'before the connection' })
    await until(() => server.closed.every((closed) => closed !== undefined))
    expect(endpoint.activeConnections).toBe(0)
  },
)

test('an attempt that was cancelled before its start sends nothing', async () => {
  const server = await answering(ok)
  const endpoint = endpointOf(server)
  const collector = new Collector()
  const attempt = new Attempt(endpoint, wheel, noClocks, collector)
  attempt.cancel()
  expect(collector.failure).toMatchObject({ kind: 'cancelled', sent: false })
  const body = streamed(new PassThrough())
  attempt.start('POST', '/', ['host', 'm'], body)
  expect([body.destroyed, endpoint.activeConnections, wheel.armed]).toEqual([true, 0, 0])
  await run(endpoint)
  expect([server.accepted, collector.late]).toEqual([1, 0])
})

test('a clock of the caller ends the attempt under its name', async () => {
  const server = await rawServer(() => {})
  const { attempt, collector } = begin(endpointOf(server))
  await until(() => attempt.phase === 'waiting')
  attempt.timeOut('perTry')
  expect(collector.failure).toMatchObject({ kind: 'timeout', clock: 'perTry', sent: true, headSeen: false })
})

test.for(['attemptHead', 'attemptData'] as const)(
  'a listener that throws in %s ends its attempt alone',
  async (name) => {
    const server = await answering(ok)
    const collector = new Collector()
    collector[name] = () => {
      throw new Error('broken hook')
    }
    const reply = await run(endpointOf(server), { collector })
    expect(reply.failure).toMatchObject({ kind: 'cancelled', error: new Error('broken hook') })
    expect(reply.late).toBe(0)
  },
)

test.for([
  ['attemptEnded', ok],
  ['attemptFailed', 'nonsense\r\n\r\n'],
] as const)('a listener that throws in %s is warned of', async ([name, bytes]) => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const server = await answering(bytes)
  const endpoint = endpointOf(server)
  const collector = new Collector()
  collector[name] = () => {
    throw new Error('broken hook')
  }
  begin(endpoint, { collector })
  await until(() => warn.mock.calls.length > 0)
  expect(warn).toHaveBeenCalledWith(new Error('broken hook'))
  warn.mockRestore()
})

test('an attempt that is resumed from within another one goes on', async () => {
  const server = await rawServer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab'))
  const finishing = await answering(ok)
  const paused = new Collector()
  paused.accept = false
  const first = begin(endpointOf(server), { collector: paused })
  await until(() => paused.bytes === 2)
  const other = new Collector()
  other.onData = () => first.attempt.resume()
  await run(endpointOf(finishing), { collector: other })
  expect(other.ended).toBe(true)
  expect(paused.failure).toBeUndefined()
  first.attempt.cancel()
})

test.for([
  ['headers', { headersMs: 500, idleMs: 0, backendMs: 0 }, 500],
  ['backend', { headersMs: 0, idleMs: 0, backendMs: 500 }, 500],
  ['idle', { headersMs: 0, idleMs: 500, backendMs: 0 }, 520],
] as const)('the clock %s ends a silent attempt, neither early nor twice', async ([clock, clocks, dueMs]) => {
  const time = manualWheel()
  const server = await rawServer(() => {})
  cleanups.push(() => server.close())
  const endpoint = new Endpoint(server.url, time.wheel)
  const { attempt, collector } = begin(endpoint, { clocks })
  await until(() => attempt.phase === 'waiting')
  time.advance(dueMs - 1)
  expect(collector.failure).toBeUndefined()
  time.advance(20)
  expect(collector.failure).toMatchObject({ kind: 'timeout', clock, sent: true })
  time.advance(1_000)
  expect(collector.late).toBe(0)
  expect(time.wheel.armed).toBe(0)
  await until(() => server.closed[0] !== undefined)
})

test('a byte of the reply, of the upload, and touch begin the idle clock anew', async () => {
  const time = manualWheel()
  let send: ((text: string) => void) | undefined
  const server = await rawServer((socket) => {
    send = (text) => socket.write(text)
  })
  cleanups.push(() => server.close())
  const endpoint = new Endpoint(server.url, time.wheel)
  const source = new PassThrough()
  const clocks = { headersMs: 0, idleMs: 500, backendMs: 0 }
  const { attempt, collector } = begin(endpoint, { method: 'POST', body: streamed(source), clocks })
  await until(() => attempt.phase === 'uploading')
  time.advance(400)
  source.write('upload')
  await until(() => server.received[0]?.includes('upload') === true)
  time.advance(400)
  send?.('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab')
  await until(() => collector.bytes === 2)
  time.advance(400)
  attempt.touch()
  time.advance(400)
  expect(collector.failure).toBeUndefined()
  time.advance(140)
  expect(collector.failure).toMatchObject({ kind: 'timeout', clock: 'idle', headSeen: true })
})

test('the head stops the headers clock', async () => {
  const time = manualWheel()
  const server = await answering('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab')
  cleanups.push(() => server.close())
  const clocks = { headersMs: 500, idleMs: 0, backendMs: 0 }
  const { attempt, collector } = begin(new Endpoint(server.url, time.wheel), { clocks })
  await until(() => collector.bytes === 2)
  time.advance(20_000)
  expect(collector.failure).toBeUndefined()
  attempt.cancel()
})
