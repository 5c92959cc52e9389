import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { Attempt, BodyBudget, ClockWheel, Endpoint, RequestBody } from '../src/index.ts'
import { Collector, begin, noClocks } from './support/collector.ts'
import { closedPort, rawServer, until, type RawServer } from './support/raw-server.ts'

const wheel = new ClockWheel()
const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** Answers when the last chunk is there. */
async function chunkReader(): Promise<RawServer> {
  const server = await rawServer((socket, received) => {
    if (received.endsWith('0\r\n\r\n')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  })
  cleanups.push(() => server.close())
  return server
}

function endpoint(url: string): Endpoint {
  const made = new Endpoint(url, wheel)
  cleanups.push(() => made.destroy())
  return made
}

/** The data of a chunked request. */
function unchunked(received: string): string {
  let rest = received.slice(received.indexOf('\r\n\r\n') + 4)
  let data = ''
  for (;;) {
    const end = rest.indexOf('\r\n')
    const size = Number.parseInt(rest.slice(0, end), 16)
    if (!(size > 0)) return data
    data += rest.slice(end + 2, end + 2 + size)
    rest = rest.slice(end + 2 + size + 2)
  }
}

const text = 'The quick brown fox. '.repeat(20_000)

test('after a refused connection the next endpoint gets the same bytes', async () => {
  const second = await chunkReader()
  const source = new PassThrough()
  const body = RequestBody.stream(source, undefined, 1_000_000, new BodyBudget(1_000_000))
  source.end(text)
  const first = begin(endpoint(await closedPort()), { method: 'POST', body: body.open() })
  await first.collector.over
  expect(first.collector.failure?.kind).toBe('connect-failure')
  expect([body.bytesRead, body.replayable]).toEqual([0, true])
  const next = begin(endpoint(second.url), { method: 'POST', body: body.open() })
  await next.collector.over
  expect(next.collector.body).toBe('ok')
  expect(unchunked(second.received[0]!) === text).toBe(true)
  expect(body.complete).toBe(true)
})

test('the next try may start from within the failure of the last one', async () => {
  const second = await chunkReader()
  const breaking = await rawServer((socket, received) => {
    if (received.length > 50_000) socket.resetAndDestroy()
  })
  cleanups.push(() => breaking.close())
  const budget = new BodyBudget(1_000_000)
  const source = new PassThrough()
  const body = RequestBody.stream(source, undefined, 1_000_000, budget)
  source.write(text.slice(0, 200_000))
  const other = endpoint(second.url)
  const next = new Collector()
  const first = new Collector()
  const attempt = new Attempt(endpoint(breaking.url), wheel, noClocks, {
    attemptHead: () => {},
    attemptData: () => true,
    attemptEnded: () => {},
    attemptFailed: (failed, failure) => {
      first.attemptFailed(failed, failure)
      begin(other, { method: 'POST', body: body.open(), collector: next })
    },
  })
  attempt.start('POST', '/', ['host', 'm'], body.open())
  await first.over
  expect(first.failure).toMatchObject({ kind: 'reset', sent: true })
  source.end(text.slice(200_000))
  await next.over
  expect(next.ended).toBe(true)
  expect(unchunked(second.received[0]!) === text).toBe(true)
  expect(budget.used).toBe(text.length)
  body.release()
  expect(budget.used).toBe(0)
})

test('above what may be kept the upload goes on, but cannot be repeated', async () => {
  const server = await chunkReader()
  const source = new PassThrough()
  const budget = new BodyBudget(1_000_000)
  const body = RequestBody.stream(source, undefined, 100_000, budget)
  const { collector } = begin(endpoint(server.url), { method: 'POST', body: body.open() })
  source.end(text)
  await collector.over
  expect(unchunked(server.received[0]!) === text).toBe(true)
  expect([body.replayable, body.complete, budget.used]).toEqual([false, true, 0])
})

test('a body of node:http is gathered, streamed, or told broken when the caller leaves', async () => {
  const budget = new BodyBudget(1_000_000)
  const seen: string[] = []
  const server: Server = createServer((incoming, response) => {
    const length = incoming.headers['content-length']
    const body = RequestBody.stream(incoming, length === undefined ? undefined : Number(length), 1_000, budget)
    body.prepare((error) => {
      const opened = error === undefined ? body.open() : null
      seen.push(error === undefined ? (Buffer.isBuffer(opened) ? `whole ${opened.toString()}` : 'stream') : 'broken')
      response.end('ok')
    })
  })
  cleanups.push(async () => {
    server.closeAllConnections()
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const post = (headers: Record<string, string>) => {
    const outgoing = httpRequest({ port, method: 'POST', headers })
    outgoing.on('error', () => {})
    outgoing.on('response', (reply) => reply.resume())
    return outgoing
  }
  post({ 'content-length': '5' }).end('hello')
  await until(() => seen.length === 1)
  post({ 'transfer-encoding': 'chunked' }).end('hello')
  await until(() => seen.length === 2)
  const leaving = post({ 'content-length': '5' })
  leaving.write('hel', () => leaving.destroy())
  await until(() => seen.length === 3)
  expect(seen).toEqual(['whole hello', 'stream', 'broken'])
})
