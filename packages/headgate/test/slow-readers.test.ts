/** One side that does not read: what is held for it is bounded, whatever the other would send (reliability R6). */

import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { chunk, connectRaw, event, head, json, startUpstream, steps, wholeRequest } from '@headgate/testing'
import type { Script } from '@headgate/testing'
import { open, wayNames } from './corpus.ts'
import { chat, oneRoute, question } from './serve.ts'
import { seeSockets } from './seen-sockets.ts'
import { http, openSockets } from './sockets.ts'
import { connectRawHttp2, pseudo } from './raw-http2.ts'

const seen = seeSockets()

const whole = 64 * 1024 * 1024

/** Writes pieces until the other side takes no more. */
function flood(fields: Parameters<typeof head>[1], piece: Uint8Array): Script {
  return steps(wholeRequest, head(200, fields), async (_request, connection) => {
    for (let written = 0; written < whole && connection.ending === undefined; written += piece.length) {
      await connection.write(piece)
    }
  })
}

const chunked = ['transfer-encoding', 'chunked'] as const
const events = chunk(event({ choices: [{ delta: { content: 'x'.repeat(100) } }] }).repeat(10))
const floods: readonly [string, Script][] = [
  ['a body with a length', flood([['content-length', String(2 * whole)]], Buffer.alloc(64 * 1024, 'x'))],
  ['a chunked body', flood([chunked], chunk('x'.repeat(64 * 1024)))],
  ['an event stream', flood([['content-type', 'text/event-stream'], chunked], events)],
]

/** Resolves when the socket has read nothing for a while. */
async function still(socket: Socket | undefined): Promise<void> {
  for (let turns = 0, before = -1; turns < 100; turns = socket?.bytesRead === before ? turns + 1 : 0) {
    before = socket?.bytesRead ?? 0
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Two full reads of a socket, one on each side, and what may wait beside them. */
const most = { 'node mount': 3 * 64 * 1024 + 8192, listen: 2 * 64 * 1024 + 2 * 16 * 1024 + 8192 }

describe.each(wayNames as (keyof typeof most)[])('%s', (way) => {
  test.for(floods)('of %s little is held, and other callers are served', async ([, script]) => {
    await using upstream = await startUpstream([script, json({})])
    await using served = await open(way, upstream)
    using client = await connectRaw(served.url)
    await client.send({ method: 'POST', target: chat, body: question.body })
    await client.reply('POST')
    client.stopReading()
    const backend = seen.to(upstream.port)
    const front = seen.at(Number(new URL(served.url).port))
    await still(backend)
    const taken = (front?.bytesWritten ?? 0) - (front?.writableLength ?? 0)
    expect(taken).toBeGreaterThan(0)
    expect((backend?.bytesRead ?? 0) - taken).toBeLessThan(most[way])
    expect((await fetch(served.url)).status).toBe(200)
  })
})

test('HTTP/2: of a stream without a window little is held', async () => {
  await using upstream = await startUpstream(floods[0]?.[1])
  await using sockets = await openSockets(oneRoute({ a: upstream.url }, {}, { listeners: [http('main')] }))
  using client = await connectRawHttp2(sockets.port('main'))
  await client.settle()
  client.request(1, pseudo('GET', '/', 'h'), true)
  await client.until(() => client.bytes(1) === 65_535)
  const backend = seen.to(upstream.port)
  await still(backend)
  expect((backend?.bytesRead ?? 0) - client.bytes(1)).toBeLessThan(most.listen)
})

describe.each(wayNames as (keyof typeof most)[])('%s', (way) => {
  test('of an upload that the backend does not read little is held', async () => {
    await using upstream = await startUpstream((_request, wire) => wire.stopReading())
    await using served = await open(way, upstream)
    using client = await connectRaw(served.url)
    void client.write(`POST /x HTTP/1.1\r\nhost: h\r\ncontent-length: ${whole}\r\n\r\n`)
    void client.write(Buffer.alloc(whole, 'x'))
    await upstream.request(1)
    const backend = seen.to(upstream.port)
    const front = seen.at(Number(new URL(served.url).port))
    await still(front)
    const given = (backend?.bytesWritten ?? 0) - (backend?.writableLength ?? 0)
    expect(given).toBeGreaterThan(0)
    // One more piece waits in the stream of the body.
    expect((front?.bytesRead ?? 0) - given).toBeLessThan(most[way] + 64 * 1024)
  })
})
