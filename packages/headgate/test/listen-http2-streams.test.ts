/** Streams of HTTP/2 to callers: both ways at once, cancelled, broken, refused, many. */

import { describe, expect, test } from 'vitest'
import {
  chunk,
  event,
  eventStream,
  gate as newGate,
  head,
  json,
  lastChunk,
  reset,
  silence,
  startUpstream,
  steps,
  wholeRequest,
} from '@headgate/testing'
import { codes } from './http2-client.ts'
import { get, post, ways } from './http2-ways.ts'
import { oneRoute, question } from './serve.ts'
import { openSockets } from './sockets.ts'
import type { Sockets } from './sockets.ts'

function settled(sockets: Sockets): unknown {
  const endpoints = sockets.gate.backends().flatMap((backend) => backend.endpoints)
  return [sockets.gate.inFlight, ...endpoints.map(({ inFlight }) => inFlight)]
}

describe.for(ways)('$name', (way) => {
  test('both directions stream at once', async () => {
    const [first, second] = [newGate(), newGate()]
    await using upstream = await startUpstream(
      steps(
        first,
        head(200, [['transfer-encoding', 'chunked']]),
        chunk('one'),
        second,
        wholeRequest,
        chunk('two'),
        lastChunk(),
      ),
    )
    await using sockets = await way.open(upstream.url)
    using client = await way.connect(sockets)
    const call = client.open(post)
    call.stream.write('first ')
    const request = await upstream.request(1)
    first.release()
    // The reply begins while the upload goes on.
    expect(await call.until('one')).toBe('one')
    expect(request.state).toBe('reading')
    call.stream.end('second')
    second.release()
    expect(await call.until('two')).toBe('onetwo')
    expect(request.body.toString()).toBe('first second')
    expect([await call.closed(), call.whole]).toEqual([codes.none, true])
  })

  test('events reach the caller one by one', async () => {
    const more = newGate()
    await using upstream = await startUpstream(eventStream([event('one'), more, event('two')]))
    await using sockets = await way.open(upstream.url)
    using client = await way.connect(sockets)
    const call = client.open(post)
    call.stream.end(question.body)
    expect(await call.until('one')).toBe(event('one'))
    more.release()
    await call.closed()
    expect(call.text).toBe(event('one') + event('two'))
  })

  test('a stream that the caller cancels closes the backend, and the session lives on', async () => {
    await using upstream = await startUpstream([eventStream([event('one'), silence]), json({})])
    await using sockets = await way.open(upstream.url)
    using client = await way.connect(sockets)
    const call = client.open(post)
    call.stream.end(question.body)
    await call.until('one')
    call.stream.close(codes.cancel)
    expect(await upstream.closed(1)).toMatch(/^peer-/)
    expect(await sockets.report(1)).toMatchObject({ result: 'abandoned', status: 200 })
    expect(settled(sockets)).toEqual([0, 0])
    expect((await client.ask(get)).status).toBe(200)
  })

  test('cancelled before the head', async () => {
    await using upstream = await startUpstream(silence)
    await using sockets = await way.open(upstream.url)
    using client = await way.connect(sockets)
    const call = client.open(post)
    call.stream.end(question.body)
    await upstream.request(1)
    call.stream.close(codes.cancel)
    expect(await upstream.closed(1)).toMatch(/^peer-/)
    expect(await sockets.report(1)).toMatchObject({ result: 'abandoned', status: 0 })
  })

  test('a caller whose connection breaks closes every backend of its streams', async () => {
    await using upstream = await startUpstream(eventStream([event('one'), silence]))
    await using sockets = await way.open(upstream.url)
    using client = await way.connect(sockets)
    const calls = [0, 1, 2].map(() => client.open(get, { endStream: true }))
    await Promise.all(calls.map((call) => call.until('one')))
    client.session.destroy()
    await Promise.all([1, 2, 3].map((number) => upstream.closed(number)))
    await sockets.report(3)
    expect(settled(sockets)).toEqual([0, 0])
  })

  test('a backend that breaks in the middle is a broken stream, not a short one', async () => {
    const more = newGate()
    await using upstream = await startUpstream(
      steps(wholeRequest, head(200, [['transfer-encoding', 'chunked']]), chunk('half'), more, reset),
    )
    await using sockets = await way.open(upstream.url)
    using client = await way.connect(sockets)
    const call = client.open(get, { endStream: true })
    await call.until('half')
    more.release()
    expect([await call.closed(), call.whole]).toEqual([codes.internal, false])
    expect(await sockets.report(1)).toMatchObject({ result: 'broken' })
    upstream.use(json({}))
    expect((await client.ask(get)).status).toBe(200)
  })

  test('a broken event stream ends with an event that says so', async () => {
    const more = newGate()
    await using upstream = await startUpstream(eventStream([event('one'), more, reset]))
    await using sockets = await way.open(upstream.url)
    using client = await way.connect(sockets)
    const call = client.open(post)
    call.stream.end(question.body)
    await call.until('one')
    more.release()
    expect(await call.until('upstream_reset')).toContain('"code":"upstream_reset"')
    expect([await call.closed(), call.whole]).toEqual([codes.internal, false])
  })

  test('an answer before the upload is read is whole, and the rest of the upload is not asked for', async () => {
    await using upstream = await startUpstream()
    const limits = [{ name: 'none', tokens: 1, every: '1h' as const }]
    await using sockets = await openSockets(
      oneRoute({ a: upstream.url }, { limits: ['none'] }, { limits, listeners: [way.listener] }),
    )
    using client = await way.connect(sockets)
    await client.ask(get)
    const call = client.open(post)
    call.stream.write('x'.repeat(10_000))
    await call.closed()
    expect([call.status, call.whole]).toEqual([429, true])
    expect(JSON.parse(call.text)).toMatchObject({ error: { code: 'rate_limited' } })
    upstream.use(json('again'))
    expect((await client.ask({ ...get, ':path': '/again' })).status).toBe(429)
  })

  test('uploads that nobody reads leave the session its room', async () => {
    await using upstream = await startUpstream()
    const limits = [{ name: 'one', per: { header: 'x-tenant' }, tokens: 1, every: '1h' as const }]
    await using sockets = await openSockets(
      oneRoute({ a: upstream.url }, { limits: ['one'] }, { limits, listeners: [way.listener] }),
    )
    using client = await way.connect(sockets)
    const body = 'x'.repeat(60_000)
    await client.ask({ ...get, 'x-tenant': 't' })
    const refused: unknown[] = []
    for (let asked = 0; asked < 20; asked++) refused.push((await client.ask({ ...post, 'x-tenant': 't' }, body)).status)
    expect(new Set(refused)).toEqual(new Set([429]))
    expect((await client.ask(post, body.repeat(5))).status).toBe(200)
    expect((await upstream.request(2)).body).toHaveLength(300_000)
  })

  test('many streams on one session, answered in another order than they came', async () => {
    const count = 90
    const held = newGate()
    await using upstream = await startUpstream(async (request, connection) => {
      const number = Number(request.target.slice(1))
      if (number % 2 === 0) await held.pass()
      await json(number)(request, connection)
      if (upstream.requests.length === count) held.release()
    })
    await using sockets = await way.open(upstream.url)
    using client = await way.connect(sockets)
    const calls = await Promise.all(
      Array.from({ length: count }, (_, number) => client.ask({ ...get, ':path': `/${number}` })),
    )
    expect(calls.map((call) => call.text)).toEqual(Array.from({ length: count }, (_, number) => String(number)))
    expect(settled(sockets)).toEqual([0, 0])
  })
})
