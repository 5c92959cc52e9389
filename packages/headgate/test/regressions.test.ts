/** Defects that were found by attacking a running gateway; each test has the symptom as its name. */

import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  chunk,
  connectRaw,
  gate as newGate,
  eventStream,
  event,
  failure,
  head,
  json,
  rawRequest,
  silence,
  startUpstream,
  steps,
  stopReading,
  wholeRequest,
} from '@headgate/testing'
import type { Script } from '@headgate/testing'
import { Gateway, nodeHandler } from 'headgate'
import { chat, oneRoute, question, serve } from './serve.ts'

const post = { method: 'POST', target: chat, body: question.body }
const fast = { base: 1, max: 2 }
const breaker = { failures: 1, openFor: '1h' as const, maxOpenFor: '1h' as const }

/** A reply whose framing breaks after the first bytes of its body. */
const brokenBody = steps(wholeRequest, head(200, [['transfer-encoding', 'chunked']]), chunk('one'), 'no size\r\n')

describe('a broken reply that could not be cut', () => {
  test('a pipelined reply that breaks before its turn ends the connection instead of blocking it', async () => {
    const hold = newGate()
    await using upstream = await startUpstream([steps(wholeRequest, hold, json({ n: 1 })), brokenBody])
    await using served = await serve(oneRoute({ a: upstream.url }))
    const client = await connectRaw(served.url)
    await client.send({})
    await upstream.request(1)
    await client.send(post)
    expect(await served.report(1)).toMatchObject({ method: 'POST', result: 'broken' })
    hold.release()
    const first = await client.reply()
    expect([await first.settled(), first.body.toString()]).toEqual(['whole', '{"n":1}'])
    await client.ended()
    client.abort()
  })

  test.for(['1.1', '1.0'])(
    'on a socket that cannot be reset a broken reply is cut all the same (HTTP/%s)',
    async (version) => {
      const more = newGate()
      const short = steps(wholeRequest, head(200, [['content-length', '100']]), 'half', more, (_request, wire) =>
        wire.fin(),
      )
      await using upstream = await startUpstream(short)
      await using gate = new Gateway({ version: 1, ...oneRoute({ a: upstream.url }) })
      const server = createServer(nodeHandler(gate))
      const path = join(tmpdir(), `headgate-${process.pid}-${version}.sock`)
      await new Promise<void>((resolve) => server.listen(path, resolve))
      const socket = connect(path)
      const seen = new Promise<string>((resolve) => {
        let text = ''
        socket.on('data', (data) => {
          text += data.toString()
          if (text.endsWith('half')) more.release()
        })
        socket.once('close', () => resolve(text))
      })
      socket.write(`GET / HTTP/${version}\r\nhost: h\r\n\r\n`)
      expect(await seen).toMatch(/half$/)
      expect(gate.inFlight).toBe(0)
      server.close()
    },
  )
})

describe('requests that a reload failed', () => {
  test('one in its back-off whose endpoint is removed still gets its further try', async () => {
    await using upstream = await startUpstream([failure(503), json({ from: 'a' })])
    await using other = await startUpstream(json({ from: 'b' }))
    const retry = { retries: 1, on: [503], backoff: { type: 'minimum' as const, base: 20, max: 20 } }
    await using served = await serve(oneRoute({ a: upstream.url }, { retry }))
    served.gate.once('retry-scheduled', () => served.gate.update({ version: 1, ...oneRoute({ b: other.url }) }))
    const reply = await fetch(served.url + chat, question)
    expect(await reply.json()).toEqual({ from: 'a' })
  })

  test('one whose body is still coming when its endpoint is removed is served by it', async () => {
    await using upstream = await startUpstream(json({ from: 'a' }))
    await using other = await startUpstream(json({ from: 'b' }))
    await using served = await serve(oneRoute({ a: upstream.url }))
    const client = await connectRaw(served.url)
    await client.write(`POST ${chat} HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n\r\n{`)
    while (served.gate.inFlight === 0) await new Promise((resolve) => setImmediate(resolve))
    served.gate.update({ version: 1, ...oneRoute({ b: other.url }) })
    await client.write('}')
    const reply = await client.reply('POST')
    await reply.settled()
    expect(reply.body.toString()).toBe('{"from":"a"}')
    client.abort()
  })
})

describe('requests that never ended', () => {
  test('an upload that outgrows what is kept while a failed reply is held gets that reply', async () => {
    const rest = newGate()
    const early = steps(head(503, [['content-length', '5']]), rest, 'early')
    await using upstream = await startUpstream(early)
    const retry = { retries: 1, on: [503], backoff: fast }
    const config = oneRoute({ a: '' }, { retry }, { bodies: { keepPerRequest: 50_000 } })
    // With two endpoints one stays closed; the change of the other tells that the head of the early reply was seen.
    const backends = [
      { name: 'a', endpoints: [upstream.url, `${upstream.url.replace('127.0.0.1', 'localhost')}`], breaker },
    ]
    await using served = await serve({ ...config, backends })
    const opened = new Promise<void>((resolve) => served.gate.once('breaker-changed', () => resolve()))
    const client = await connectRaw(served.url)
    await client.write(`POST ${chat} HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n`)
    await client.write(chunk('x'.repeat(20_000)))
    await opened
    await client.write(chunk('x'.repeat(40_000)))
    const request = await upstream.request(1)
    while (request.body.length < 60_000) await new Promise((resolve) => setImmediate(resolve))
    rest.release()
    const reply = await client.reply('POST')
    expect([reply.status, await reply.settled(), reply.body.toString()]).toEqual([503, 'whole', 'early'])
    expect(served.gate.backends()[0]?.inFlight).toBe(0)
    client.abort()
  })

  test('one whose caller resets the connection while the backend reads nothing is given up', async () => {
    await using upstream = await startUpstream(steps(stopReading, silence))
    const seen: IncomingMessage[] = []
    const target = (request: IncomingMessage): string => (seen.push(request), chat)
    await using served = await serve(oneRoute({ a: upstream.url }), { mount: { target } })
    const client = await connectRaw(served.url)
    const head = `POST ${chat} HTTP/1.1\r\nhost: h\r\ncontent-length: 100000000\r\n\r\n`
    void client.write(head + 'x'.repeat(30_000_000))
    for (let stalled = 0; stalled < 100; stalled = seen[0]?.isPaused() === true ? stalled + 1 : 0) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    client.abort()
    expect(await served.report(1)).toMatchObject({ result: 'abandoned' })
    expect(served.gate.inFlight).toBe(0)
  })

  test('one whose caller left before the gateway was asked is not sent', async () => {
    await using upstream = await startUpstream(silence)
    await using gate = new Gateway({ version: 1, ...oneRoute({ a: upstream.url }) })
    const handle = nodeHandler(gate)
    const asked = Promise.withResolvers<void>()
    const carried = Promise.withResolvers<number>()
    const server = createServer((request, response) => {
      response.once('close', () => {
        setImmediate(() => {
          handle(request, response)
          carried.resolve(gate.inFlight)
        })
      })
      asked.resolve()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const client = await connectRaw(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    await client.send(post)
    await asked.promise
    client.abort()
    expect(await carried.promise).toBe(0)
    expect(upstream.connections).toHaveLength(0)
    server.close()
  })
})

describe('a breaker that a caller could open', () => {
  const endless: Script = async (_request, wire) => {
    const piece = chunk('x'.repeat(60_000))
    await wire.write(head(200, [['transfer-encoding', 'chunked']]))
    while (wire.ending === undefined) await Promise.race([wire.write(piece), wire.closed])
  }

  test.for<[string, Script, string]>([
    ['by not sending its upload', silence, `content-length: 100000\r\n\r\n${'x'.repeat(20_000)}`],
    ['by not reading the reply', endless, 'content-length: 2\r\n\r\n{}'],
  ])('%s', async ([, script, rest]) => {
    await using upstream = await startUpstream(script)
    const config = oneRoute({ a: '' }, { timeouts: { idle: 100 } })
    await using served = await serve({ ...config, backends: [{ name: 'a', endpoints: [upstream.url], breaker }] })
    const client = await connectRaw(served.url)
    client.stopReading()
    await client.write(`POST /v1/other HTTP/1.1\r\nhost: h\r\n${rest}`)
    expect((await served.report(1)).attempts).toMatchObject([{ outcome: 'timeout', clock: 'idle' }])
    expect(served.gate.backends()[0]?.endpoints[0]?.breaker).toBe('closed')
    client.abort()
  })

  test('a backend that neither reads nor answers still opens it', async () => {
    await using upstream = await startUpstream((_request, wire) => wire.stopReading())
    const config = oneRoute({ a: '' }, { timeouts: { idle: 600 } })
    await using served = await serve({ ...config, backends: [{ name: 'a', endpoints: [upstream.url], breaker }] })
    const client = await connectRaw(served.url)
    void client.write(`POST ${chat} HTTP/1.1\r\nhost: h\r\ncontent-length: 100000000\r\n\r\n${'x'.repeat(30_000_000)}`)
    await served.report(1)
    expect(served.gate.backends()[0]?.endpoints[0]?.breaker).toBe('open')
    client.abort()
  })
})

describe('the ledger', () => {
  test('a GET on a pooled connection found dead is sent once more, also where the policy does not name resets', async () => {
    await using upstream = await startUpstream([json({ n: 1 }), (_request, wire) => wire.reset(), json({ n: 2 })])
    await using served = await serve(oneRoute({ a: upstream.url }, { retry: { retries: 1, on: [503], backoff: fast } }))
    expect(await (await fetch(served.url)).json()).toEqual({ n: 1 })
    expect(await (await fetch(served.url)).json()).toEqual({ n: 2 })
  })

  test('a GET on a new connection that is reset is not: the policy decides', async () => {
    await using upstream = await startUpstream((_request, wire) => wire.reset())
    await using served = await serve(oneRoute({ a: upstream.url }, { retry: { retries: 1, on: [503], backoff: fast } }))
    expect((await fetch(served.url)).status).toBe(502)
    expect(upstream.requests).toHaveLength(1)
  })

  test('a repeat that is not made because the caller left goes back to the budget', async () => {
    await using upstream = await startUpstream(failure(503))
    const backoff = { type: 'minimum' as const, base: 1, max: 1 }
    const retryBudget = { percent: 0, window: '1h' as const, minimum: 1 }
    const config = oneRoute({ a: '' }, { retry: { retries: 1, on: [503], backoff } })
    await using served = await serve({ ...config, backends: [{ name: 'a', endpoints: [upstream.url], retryBudget }] })
    const rest = newGate()
    upstream.use(steps(wholeRequest, head(503, [['content-length', '5']]), rest, 'early'))
    const client = await connectRaw(served.url)
    await client.send(post)
    await rest.reached
    client.abort()
    await served.report(1)
    upstream.use(failure(503))
    expect((await fetch(served.url + chat, question)).status).toBe(503)
    expect(upstream.requests).toHaveLength(3)
  })

  test('the clock of the request gives 504 also after a real reply to an earlier try', async () => {
    await using upstream = await startUpstream([failure(503), silence])
    const rule = { retry: { retries: 1, on: [503], backoff: fast }, timeouts: { request: 200 } }
    await using served = await serve(oneRoute({ a: upstream.url }, rule))
    const reply = await fetch(served.url + chat, question)
    expect([reply.status, reply.headers.get('x-headgate-error')]).toEqual([504, 'request_timeout'])
    expect(upstream.requests).toHaveLength(2)
  })
})

test('an error reply that stops in its body leaves time for the fallback', async () => {
  await using upstream = await startUpstream(steps(wholeRequest, head(503, [['content-length', '9']]), 'part', silence))
  await using reserve = await startUpstream(json({ from: 'reserve' }))
  const rule = { fallback: { backends: ['b'] }, timeouts: { request: 900 } }
  await using served = await serve(oneRoute({ a: upstream.url, b: reserve.url }, rule))
  expect(await (await fetch(served.url + chat, question)).json()).toEqual({ from: 'reserve' })
})

test('a listener that is async and rejects becomes a warning, not an unhandled rejection', async () => {
  await using upstream = await startUpstream(json({}))
  await using served = await serve(oneRoute({ a: upstream.url }))
  const warned = new Promise((resolve) => served.gate.once('warning', resolve))
  const rejecting = (): unknown => Promise.reject(new Error('listener'))
  served.gate.on('request-ended', rejecting)
  await fetch(served.url)
  expect(await warned).toMatchObject({ code: 'listener_threw' })
})

test('what is refused during close() also closes the connection', async () => {
  const hold = newGate()
  await using upstream = await startUpstream(eventStream([event({ n: 1 }), hold]))
  await using served = await serve(oneRoute({ a: upstream.url }))
  const streaming = await connectRaw(served.url)
  await streaming.send(post)
  const stream = await streaming.reply('POST')
  const closing = served.gate.close()
  const late = await rawRequest(served.url, post)
  expect([late.status, late.header('connection')]).toEqual([503, 'close'])
  hold.release()
  expect(await stream.settled()).toBe('whole')
  await closing
  streaming.abort()
})
