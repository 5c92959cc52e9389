/** Callers that misuse their connection, and servers that should not stand in front of a gateway. */

import { createServer } from 'node:http'
import type { ServerOptions } from 'node:http'
import { describe, expect, test } from 'vitest'
import {
  chunk,
  connectRaw,
  head,
  json,
  reply,
  reset,
  silence,
  startUpstream,
  steps,
  wholeRequest,
} from '@headgate/testing'
import { Gateway, nodeHandler, streamHandler } from 'headgate'
import { mostPipelined } from '../src/mounts/pipelined.ts'
import { open, wayNames } from './corpus.ts'
import { heldBy, when } from './held.ts'
import { listen } from './listen.ts'
import { seeSockets } from './seen-sockets.ts'
import { oneRoute } from './serve.ts'

const sockets = seeSockets()

const get = 'GET /x HTTP/1.1\r\nhost: h\r\n\r\n'

describe.each(wayNames)('%s: pipelined requests', (way) => {
  test('are answered in their order', async () => {
    await using upstream = await startUpstream([1, 2, 3].map((n) => json({ n })))
    await using served = await open(way, upstream)
    using client = await connectRaw(served.url)
    await client.write(get.repeat(3))
    for (const n of [1, 2, 3]) {
      const reply = await client.reply()
      await reply.settled()
      expect(reply.text).toBe(JSON.stringify({ n }))
    }
  })

  test.for(['fin', 'abort'] as const)(
    'of a caller that leaves are all cancelled at the backend (%s)',
    async (leave) => {
      await using upstream = await startUpstream(silence)
      await using served = await open(way, upstream)
      using client = await connectRaw(served.url)
      await client.write(get.repeat(3))
      await upstream.request(3)
      client[leave]()
      await Promise.all([1, 2, 3].map((n) => upstream.closed(n)))
      await served.report(3)
      expect(served.reports.map(({ result }) => result)).toEqual(['abandoned', 'abandoned', 'abandoned'])
      expect(served.gate.inFlight).toBe(0)
    },
  )

  test('of which one holds back a long reply: a caller that resets the connection is noticed', async () => {
    await using upstream = await startUpstream([silence, reply({ body: 'x'.repeat(1_000_000) })])
    await using served = await open(way, upstream)
    using client = await connectRaw(served.url)
    await client.write(get)
    await upstream.request(1)
    await client.write(get)
    await upstream.request(2)
    const second = sockets.to(upstream.port)
    await when(() => (second?.bytesRead ?? 0) > 20_000)
    // With so much held for later Node reads on no further than the next request.
    await client.write(get)
    const front = sockets.at(Number(new URL(served.url).port))
    await when(() => front?.isPaused() === true)
    client.abort()
    await upstream.closed(1)
    await when(() => served.gate.inFlight === 0)
    expect(heldBy(served.gate).alarms).toBe(0)
  })

  test('above their bound close the connection, and all of them are cancelled', async () => {
    await using upstream = await startUpstream(silence)
    await using served = await open(way, upstream)
    using client = await connectRaw(served.url)
    await client.write(get.repeat(10 * mostPipelined))
    await client.ended()
    while (served.gate.inFlight > 0) await new Promise((resolve) => setImmediate(resolve))
    const begun = served.reports.filter(({ attempts }) => attempts.length > 0)
    expect(begun.length).toBeLessThanOrEqual(mostPipelined + 1)
    await Promise.all(upstream.connections.map(({ closed }) => closed))
  })

  test('behind one that is malformed are not read', async () => {
    await using upstream = await startUpstream(silence)
    await using served = await open(way, upstream)
    using client = await connectRaw(served.url)
    await client.write(`GET /x HTTP/1.1\r\nhost: h\r\nx-a : b\r\n\r\n${get}`)
    expect((await client.reply()).status).toBe(400)
    await client.ended()
    expect(upstream.requests).toHaveLength(0)
  })
})

test.for([
  ['node mount', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['listen', 'PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n'],
  ['listen', 'PRI * HTTP/2.1\r\n\r\nSM\r\n\r\n'],
] as const)('%s: a preface of HTTP/2 that cannot be served ends the connection: %j', async ([way, preface]) => {
  await using upstream = await startUpstream()
  await using served = await open(way, upstream)
  using client = await connectRaw(served.url)
  await client.write(preface)
  await client.ended()
  expect(upstream.requests).toHaveLength(0)
})

describe.each(wayNames)('%s: an answer before the end of an upload', (way) => {
  const upload = `POST /x HTTP/1.1\r\nhost: h\r\ncontent-length: 10000000\r\n\r\n${'x'.repeat(100_000)}`

  test('is passed on, the rest of the upload stops on both sides, and nothing of it is read as a request', async () => {
    await using upstream = await startUpstream(steps(head(413, [['content-length', '5']]), 'early'))
    await using served = await open(way, upstream)
    using client = await connectRaw(served.url)
    await client.write(upload)
    const reply = await client.reply('POST')
    expect([reply.status, await reply.settled(), reply.header('connection')]).toEqual([413, 'whole', 'close'])
    expect(await (await upstream.request(1)).settled).toBe('cut')
    await client.ended()
    expect(upstream.requests).toHaveLength(1)
  })

  test('of a caller that waits for 100 Continue comes in time', async () => {
    await using upstream = await startUpstream(steps(wholeRequest, json({})))
    await using served = await open(way, upstream)
    using client = await connectRaw(served.url)
    await client.write('POST /x HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\nexpect: 100-continue\r\n\r\n')
    expect(await client.interim()).toBe(100)
    await client.write('abc')
    expect((await client.reply('POST')).status).toBe(200)
    expect(upstream.requests.map(({ body }) => body.toString())).toEqual(['abc'])
  })
})

describe.each(wayNames)('%s: HTTP/1.0', (way) => {
  test('a reply that breaks is reset: a close would look like its end', async () => {
    await using upstream = await startUpstream(
      steps(wholeRequest, head(200, [['transfer-encoding', 'chunked']]), chunk('half'), 'no size\r\n'),
    )
    await using served = await open(way, upstream)
    using client = await connectRaw(served.url)
    await client.write('GET /x HTTP/1.0\r\nhost: h\r\n\r\n')
    const reply = await client.reply()
    expect([await reply.settled(), await client.ended()]).toEqual(['cut', 'reset'])
  })

  test.for([
    ['before the head', silence],
    ['in the body', steps(wholeRequest, head(200, [['content-length', '100']]), 'half', silence)],
  ] as const)('nothing is left of a connection whose caller ends its side %s', async ([, script]) => {
    await using upstream = await startUpstream(script)
    await using served = await open(way, upstream)
    using client = await connectRaw(served.url)
    await client.write('GET /x HTTP/1.0\r\nhost: h\r\n\r\n')
    await upstream.request(1)
    const front = sockets.at(Number(new URL(served.url).port))
    client.fin()
    await upstream.closed(1)
    await served.report(1)
    await when(() => front?.closed === true)
    expect(served.gate.inFlight).toBe(0)
  })
})

const mounts = {
  'node mount': (gate: Gateway) => nodeHandler(gate),
  'stream mount': (gate: Gateway) => {
    const handle = streamHandler(gate)
    return (...[request, response]: Parameters<ReturnType<typeof nodeHandler>>) =>
      void handle(request, response, (reply) => {
        response.writeHead(reply.status, [...reply.headers])
        reply.body.pipe(response)
      })
  },
}

describe.each(Object.keys(mounts) as (keyof typeof mounts)[])('%s in a server that reads leniently', (mount) => {
  test.for<[string, ServerOptions]>([
    ['insecureHTTPParser', { insecureHTTPParser: true }],
    ['httpValidation', { httpValidation: 'insecure' }],
  ])('refuses every request (%s)', async ([, options]) => {
    await using upstream = await startUpstream(reset)
    await using gate = new Gateway({ version: 1, ...oneRoute({ a: upstream.url }) })
    const served = await listen(createServer(options, mounts[mount](gate)), gate)
    using client = await connectRaw(served.url)
    await client.send({})
    const reply = await client.reply()
    expect([reply.status, reply.header('x-headgate-error')]).toEqual([500, 'lenient_parser'])
    await client.ended()
    expect(upstream.requests).toHaveLength(0)
    await served.close()
  })
})
