/** HTTP/2 to callers, in clear text by prior knowledge and over TLS by ALPN: streaming, trailers, cancelling, many at once. */

import { describe, expect, test } from 'vitest'
import {
  chunk,
  event,
  eventStream,
  gate as newGate,
  head,
  json,
  lastChunk,
  rawRequest,
  reply,
  reset,
  silence,
  startUpstream,
  steps,
  wholeRequest,
} from '@headgate/testing'
import { one } from './certificates.ts'
import { startHttp2Upstream } from './http2-upstream.ts'
import { codes, connectHttp2 } from './http2-client.ts'
import type { Http2Client } from './http2-client.ts'
import { chat, oneRoute, question } from './serve.ts'
import { http, https, openSockets } from './sockets.ts'
import type { Sockets } from './sockets.ts'

type RuleInput = Parameters<typeof oneRoute>[1]

const authority = 'one.test'
const get = { ':authority': authority, ':path': '/' }
const post = { ':authority': authority, ':path': chat, ':method': 'POST', 'content-type': 'application/json' }

/** Both ways in, each listener with the host name that requests have. */
const ways = [
  ['h2c', http('main', authority), (port: number) => connectHttp2(`http://127.0.0.1:${port}`)],
  [
    'h2',
    https('main', authority, ['one']),
    (port: number) =>
      connectHttp2(`https://127.0.0.1:${port}`, { servername: authority, ca: one.certificate, ALPNProtocols: ['h2'] }),
  ],
] as const

function open(listener: (typeof ways)[number][1], url: string, rule: RuleInput = {}): Promise<Sockets> {
  return openSockets(oneRoute({ a: url }, rule, { listeners: [listener] }))
}

function settled(sockets: Sockets): unknown {
  const endpoints = sockets.gate.backends().flatMap((backend) => backend.endpoints)
  return [sockets.gate.inFlight, ...endpoints.map(({ inFlight }) => inFlight)]
}

describe.for(ways)('%s', ([name, listener, connect]) => {
  const scheme = name === 'h2' ? 'https' : 'http'
  const session = (sockets: Sockets): Promise<Http2Client> => connect(sockets.port('main'))

  test('a request and its reply, as the backend and the caller see them', async () => {
    await using upstream = await startUpstream(
      json(
        { ok: true },
        {
          headers: [
            ['X-Reply', 'yes'],
            ['set-cookie', 'a=1'],
            ['set-cookie', 'b=2'],
            ['connection', 'x-hop'],
            ['x-hop', '1'],
          ],
        },
      ),
    )
    await using sockets = await open(listener, upstream.url)
    using client = await session(sockets)
    const call = await client.ask(
      { ...post, ':path': `${chat}?x=1`, cookie: ['c=1', 'd=2'], 'x-own': 'é' },
      question.body,
    )
    expect([call.status, call.text, call.whole]).toEqual([200, '{"ok":true}', true])
    expect(call.headers).toMatchObject({ 'x-reply': 'yes', 'set-cookie': ['a=1', 'b=2'], 'content-length': '11' })
    expect(call.headers).not.toHaveProperty('x-hop')
    const request = await upstream.request(1)
    expect([request.method, request.target, request.body.toString()]).toEqual(['POST', `${chat}?x=1`, question.body])
    expect(request.values('host')).toEqual([authority])
    expect(request.values('cookie')).toEqual(['c=1; d=2'])
    expect(request.values('x-forwarded-host')).toEqual([authority])
    expect(request.values('via')).toEqual(['2.0 headgate'])
    expect(request.headers.filter(([field]) => field.startsWith(':'))).toEqual([])
  })

  test('the protocol is told to the backend', async () => {
    await using upstream = await startUpstream()
    await using sockets = await open(listener, upstream.url)
    using client = await session(sockets)
    await client.ask(get)
    expect((await upstream.request(1)).values('x-forwarded-proto')).toEqual([scheme])
  })

  test.for<[string, number]>([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('a reply without a body ends: %s, %i', async ([method, status]) => {
    await using upstream = await startUpstream(reply({ status, headers: [['etag', '"1"']] }))
    await using sockets = await open(listener, upstream.url)
    using client = await session(sockets)
    const call = await client.ask({ ...get, ':method': method })
    expect([call.status, call.headers?.['etag'], call.text, call.whole]).toEqual([status, '"1"', '', true])
    expect(await sockets.report(1)).toMatchObject({ status, result: 'completed' })
  })

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
    await using sockets = await open(listener, upstream.url)
    using client = await session(sockets)
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
    await using sockets = await open(listener, upstream.url)
    using client = await session(sockets)
    const call = client.open(post)
    call.stream.end(question.body)
    expect(await call.until('one')).toBe(event('one'))
    more.release()
    await call.closed()
    expect(call.text).toBe(event('one') + event('two'))
  })

  test('trailers of the backend are trailers of the reply', async () => {
    await using upstream = await startUpstream(
      steps(
        wholeRequest,
        head(200, [
          ['transfer-encoding', 'chunked'],
          ['trailer', 'x-sum'],
        ]),
        chunk('body'),
        lastChunk([['x-sum', '42']]),
      ),
    )
    await using sockets = await open(listener, upstream.url)
    using client = await session(sockets)
    const call = await client.ask({ ...get, te: 'trailers' })
    expect([call.text, call.trailers?.['x-sum'], call.whole]).toEqual(['body', '42', true])
    expect((await upstream.request(1)).values('te')).toEqual(['trailers'])
  })

  test('trailers of the caller go on to a backend that speaks HTTP/2', async () => {
    await using upstream = await startHttp2Upstream()
    const config = oneRoute({}, { backends: [{ backend: 'a' }] }, { listeners: [listener] })
    await using sockets = await openSockets({
      ...config,
      backends: [{ name: 'a', endpoints: [upstream.url], protocol: 'h2c' }],
    })
    using client = await session(sockets)
    const call = client.open(post, { waitForTrailers: true })
    call.stream.on('wantTrailers', () => call.stream.sendTrailers({ 'x-sum': '42' }))
    call.stream.end('body')
    await call.closed()
    expect([call.status, call.text, call.trailers?.['x-sum']]).toEqual([200, 'body', '42'])
  })

  test('a stream that the caller cancels closes the backend, and the session lives on', async () => {
    await using upstream = await startUpstream([eventStream([event('one'), silence]), json({})])
    await using sockets = await open(listener, upstream.url)
    using client = await session(sockets)
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
    await using sockets = await open(listener, upstream.url)
    using client = await session(sockets)
    const call = client.open(post)
    call.stream.end(question.body)
    await upstream.request(1)
    call.stream.close(codes.cancel)
    expect(await upstream.closed(1)).toMatch(/^peer-/)
    expect(await sockets.report(1)).toMatchObject({ result: 'abandoned', status: 0 })
  })

  test('a caller whose connection breaks closes every backend of its streams', async () => {
    await using upstream = await startUpstream(eventStream([event('one'), silence]))
    await using sockets = await open(listener, upstream.url)
    using client = await session(sockets)
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
    await using sockets = await open(listener, upstream.url)
    using client = await session(sockets)
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
    await using sockets = await open(listener, upstream.url)
    using client = await session(sockets)
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
      oneRoute({ a: upstream.url }, { limits: ['none'] }, { limits, listeners: [listener] }),
    )
    using client = await session(sockets)
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
      oneRoute({ a: upstream.url }, { limits: ['one'] }, { limits, listeners: [listener] }),
    )
    using client = await session(sockets)
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
    await using sockets = await open(listener, upstream.url)
    using client = await session(sockets)
    const calls = await Promise.all(
      Array.from({ length: count }, (_, number) => client.ask({ ...get, ':path': `/${number}` })),
    )
    expect(calls.map((call) => call.text)).toEqual(Array.from({ length: count }, (_, number) => String(number)))
    expect(settled(sockets)).toEqual([0, 0])
  })

  test('a large body both ways, byte for byte', async () => {
    await using upstream = await startUpstream(async (request, connection) => {
      await request.settled
      await reply({ body: request.body })(request, connection)
    })
    await using sockets = await open(listener, upstream.url)
    using client = await session(sockets)
    const body = Array.from({ length: 300_000 }, (_, number) => number.toString(36)).join(',')
    const call = await client.ask({ ...post, 'content-length': String(body.length) }, body)
    expect([call.status, call.text.length, call.text === body]).toEqual([200, body.length, true])
  })

  test.for<[string, Record<string, string>, number, string]>([
    ['no route', { ':path': '/elsewhere' }, 404, 'no_route'],
    ['a path with dot segments', { ':path': '/only/../x' }, 400, 'bad_target'],
    ['a target that is no path', { ':path': '*', ':method': 'OPTIONS' }, 400, 'bad_target'],
    ['a host that is none', { ':authority': 'a:b:c' }, 400, 'bad_host'],
    ['two hosts', { ':authority': authority, host: 'two.test' }, 400, 'bad_host'],
    ['a method that is not served', { ':method': 'TRACE' }, 405, 'method_not_allowed'],
  ])('%s is refused', async ([, fields, status, code]) => {
    await using upstream = await startUpstream()
    const rule = { matches: [{ path: { type: 'PathPrefix' as const, value: '/only' } }], backends: [{ backend: 'a' }] }
    await using sockets = await open(listener, upstream.url, rule)
    using client = await session(sockets)
    const call = await client.ask({ ':authority': authority, ':path': '/only', ...fields })
    expect([call.status, call.headers?.['x-headgate-error']]).toEqual([status, code])
    expect(upstream.requests).toEqual([])
  })

  test('the same host twice is one', async () => {
    await using upstream = await startUpstream()
    await using sockets = await open(listener, upstream.url)
    using client = await session(sockets)
    expect((await client.ask({ ...get, host: authority })).status).toBe(200)
    expect((await upstream.request(1)).values('host')).toEqual([authority])
  })

  test('a head above the bound is refused, and the session lives on', async () => {
    await using upstream = await startUpstream()
    await using sockets = await open(listener, upstream.url)
    using client = await session(sockets)
    const call = await client.ask({ ...get, 'x-long': 'x'.repeat(20_000) })
    expect([call.status, await call.closed()]).toEqual([undefined, codes.calm])
    expect((await client.ask(get)).status).toBe(200)
    expect(upstream.requests).toHaveLength(1)
  })
})

test('HTTP/1.1 and HTTP/2 in clear text share a port', async () => {
  await using upstream = await startUpstream()
  await using sockets = await open(http('main', authority), upstream.url)
  using client = await connectHttp2(sockets.url('main'))
  const plain = await rawRequest(sockets.url('main'), { headers: [['host', authority]] })
  expect([plain.status, (await client.ask(get)).status]).toEqual([200, 200])
  expect(upstream.requests.map((request) => request.header('via'))).toEqual(['1.1 headgate', '2.0 headgate'])
})
