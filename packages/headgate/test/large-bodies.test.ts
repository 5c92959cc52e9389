/**
 * Large bodies come through unchanged, both ways at once, while their memory is freed and given to others as soon as they are sent:
 * over backends that read slowly, fail after they have read, or answer early, and to callers that read slowly.
 */

import { createHash, randomBytes } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createServer, request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { duplexPair } from 'node:stream'
import { expect, test } from 'vitest'
import { Edges } from '@headgate/dialect'
import { longestShared } from '@headgate/proxy'
import { reply, seededRandom, startUpstream } from '@headgate/testing'
import { Gateway, nodeHandler } from 'headgate'
import { chat, oneRoute, serve } from './serve.ts'

const most = 700_000
const hashOf = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex')

/** Takes memory that was freed and writes over it. */
function scribble(): void {
  for (let time = 0; time < 8; time++) Buffer.allocUnsafeSlow(64 * 1024).fill(0xa5)
}

/** Hashes what comes, with pauses. */
function readSlowly(source: IncomingMessage, random: () => number): Hash {
  const hash = createHash('sha1')
  source.on('data', (chunk: Buffer) => {
    hash.update(chunk)
    scribble()
    if (random() >= 0.3) return
    source.pause()
    setImmediate(() => setImmediate(() => source.resume()))
  })
  return hash
}

/** Reads with pauses, fails each third call the first time, and answers with as many bytes as were asked for and the hash of what it got. */
async function slowBackend(random: () => number, failing: boolean) {
  const seen = new Set<unknown>()
  const server = createServer((request, response) => {
    const { 'x-call': id, 'x-want': want } = request.headers
    const fails = failing && Number(id) % 3 === 0 && !seen.has(id)
    seen.add(id)
    const hash = readSlowly(request, random)
    request.on('error', () => {})
    request.on('end', () => {
      const body = randomBytes(Number(want))
      response.writeHead(fails ? 503 : 200, { 'x-got': hash.digest('hex'), 'x-sent': hashOf(body) })
      response.end(fails ? '' : body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Exchange {
  readonly status: number | undefined
  readonly upload: boolean
  readonly download: boolean
}

/** One call whose caller pauses while it reads. */
function call(url: string, id: number, random: () => number): Promise<Exchange> {
  const body = randomBytes(1 + Math.floor(random() * most))
  const headers = { 'x-call': String(id), 'x-want': String(Math.floor(random() * most)) }
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${url}${chat}`, { method: 'POST', headers }, (response) => {
      const hash = readSlowly(response, random)
      response.on('error', reject)
      response.on('end', () => {
        const { 'x-got': got, 'x-sent': back } = response.headers
        resolve({ status: response.statusCode, upload: got === hashOf(body), download: back === hash.digest('hex') })
      })
    })
    sent.on('error', reject)
    const cut = Math.floor(random() * body.length)
    sent.write(body.subarray(0, cut))
    setImmediate(() => sent.end(body.subarray(cut)))
  })
}

const kept = [
  { name: 'kept until the reply, and some of them sent twice', retries: 1, keepPerRequest: most },
  { name: 'not kept at all', retries: 0, keepPerRequest: 0 },
]

test.each(kept)('a hundred of them at once, $name', async ({ retries, keepPerRequest }) => {
  const random = seededRandom(6)
  await using backend = await slowBackend(random, retries > 0)
  await using served = await serve({
    bodies: { keepPerRequest, keepTotal: 100 * most },
    backends: [{ name: 'a', endpoints: [backend.url], retryBudget: false }],
    routes: [
      {
        name: 'only',
        rules: [{ backends: [{ backend: 'a' }], retry: { retries, on: ['5xx'], backoff: { base: 0 } } }],
      },
    ],
  })
  const exchanges = await Promise.all(Array.from({ length: 100 }, (_, id) => call(served.url, id, random)))
  expect(exchanges).toEqual(exchanges.map(() => ({ status: 200, upload: true, download: true })))
})

const download = reply({ headers: [['content-type', 'application/octet-stream']], body: Buffer.alloc(most, 'y') })

test('a response whose writes are recorded leaves the record whole', async () => {
  await using upstream = await startUpstream(download)
  const gate = new Gateway({ version: 1, ...oneRoute({ a: upstream.url }) })
  const recorded: Buffer[] = []
  const handle = nodeHandler(gate)
  const server = createServer((request, response) => {
    const write = response.write.bind(response) as (...values: unknown[]) => boolean
    response.write = (...values: unknown[]): boolean => {
      recorded.push(values[0] as Buffer)
      return write(...values)
    }
    handle(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const got = await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).arrayBuffer()
  expect(Buffer.concat(recorded).equals(Buffer.from(got))).toBe(true)
  expect(got.byteLength).toBe(most)
  server.close()
  server.closeAllConnections()
  await gate.close({ drainMs: 0 })
})

test('a stream that stands for a connection keeps what was written to it', async () => {
  await using upstream = await startUpstream(download)
  const gate = new Gateway({ version: 1, ...oneRoute({ a: upstream.url }) })
  const server = createServer(nodeHandler(gate))
  const [near, far] = duplexPair()
  server.emit('connection', near)
  const held: Buffer[] = []
  const came = new Promise((resolve) => far.on('data', (chunk: Buffer) => held.push(chunk)).once('end', resolve))
  far.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  await came
  const bytes = Buffer.concat(held)
  expect(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4).filter((byte) => byte === 0x79).length).toBe(most)
  await gate.close({ drainMs: 0 })
})

test('a connection whose writes are recorded leaves the record whole', async () => {
  const recorded: unknown[] = []
  const record = (message: unknown): void => {
    const { socket } = message as { socket: Socket }
    // Node puts its own one in the place of any other until then.
    socket.once('connect', () => {
      const write = socket.write.bind(socket) as (...values: unknown[]) => boolean
      socket.write = (...values: unknown[]): boolean => {
        recorded.push(values[0])
        return write(...values)
      }
    })
  }
  await using backend = await slowBackend(seededRandom(7), false)
  await using served = await serve(oneRoute({ a: backend.url }, {}, { bodies: { keepPerRequest: 0 } }))
  subscribe('net.client.socket', record)
  const exchange = await call(served.url, 1, seededRandom(8))
  unsubscribe('net.client.socket', record)
  expect(exchange).toEqual({ status: 200, upload: true, download: true })
  expect(recorded.filter((written) => Buffer.isBuffer(written) && written.length === 0)).toEqual([])
  expect(recorded.length).toBeGreaterThan(10)
})

test('what may be freed is not held by whoever keeps the edges of a reply', () => {
  const chunk = Buffer.alloc(longestShared + 1, 'y')
  const edges = new Edges(chunk.length)
  edges.add(chunk)
  chunk.fill('z')
  expect(edges.read().head.equals(Buffer.alloc(chunk.length, 'y'))).toBe(true)
})
