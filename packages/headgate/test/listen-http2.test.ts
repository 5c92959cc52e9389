/** HTTP/2 to callers: what backends hear, what callers get, and what is refused. */

import { describe, expect, test } from 'vitest'
import { chunk, head, json, lastChunk, rawRequest, reply, startUpstream, steps, wholeRequest } from '@headgate/testing'
import { startHttp2Upstream } from './http2-upstream.ts'
import { codes, connectHttp2 } from './http2-client.ts'
import { authority, get, post, ways } from './http2-ways.ts'
import { chat, oneRoute, question } from './serve.ts'
import { http, openSockets } from './sockets.ts'

describe.for(ways)('$name', (way) => {
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
    await using sockets = await way.open(upstream.url)
    using client = await way.connect(sockets)
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
    await using sockets = await way.open(upstream.url)
    using client = await way.connect(sockets)
    await client.ask(get)
    expect((await upstream.request(1)).values('x-forwarded-proto')).toEqual([way.scheme])
  })

  test.for<[string, number]>([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('a reply without a body ends: %s, %i', async ([method, status]) => {
    await using upstream = await startUpstream(reply({ status, headers: [['etag', '"1"']] }))
    await using sockets = await way.open(upstream.url)
    using client = await way.connect(sockets)
    const call = await client.ask({ ...get, ':method': method })
    expect([call.status, call.headers?.['etag'], call.text, call.whole]).toEqual([status, '"1"', '', true])
    expect(await sockets.report(1)).toMatchObject({ status, result: 'completed' })
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
    await using sockets = await way.open(upstream.url)
    using client = await way.connect(sockets)
    const call = await client.ask({ ...get, te: 'trailers' })
    expect([call.text, call.trailers?.['x-sum'], call.whole]).toEqual(['body', '42', true])
    expect((await upstream.request(1)).values('te')).toEqual(['trailers'])
  })

  test('trailers of the caller go on to a backend that speaks HTTP/2', async () => {
    await using upstream = await startHttp2Upstream()
    const config = oneRoute({}, { backends: [{ backend: 'a' }] }, { listeners: [way.listener] })
    await using sockets = await openSockets({
      ...config,
      backends: [{ name: 'a', endpoints: [upstream.url], protocol: 'h2c' }],
    })
    using client = await way.connect(sockets)
    const call = client.open(post, { waitForTrailers: true })
    call.stream.on('wantTrailers', () => call.stream.sendTrailers({ 'x-sum': '42' }))
    call.stream.end('body')
    await call.closed()
    expect([call.status, call.text, call.trailers?.['x-sum']]).toEqual([200, 'body', '42'])
  })

  test('a large body both ways, byte for byte', async () => {
    await using upstream = await startUpstream(async (request, connection) => {
      await request.settled
      await reply({ body: request.body })(request, connection)
    })
    await using sockets = await way.open(upstream.url)
    using client = await way.connect(sockets)
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
    await using sockets = await way.open(upstream.url, rule)
    using client = await way.connect(sockets)
    const call = await client.ask({ ':authority': authority, ':path': '/only', ...fields })
    expect([call.status, call.headers?.['x-headgate-error']]).toEqual([status, code])
    expect(upstream.requests).toEqual([])
  })

  test('the same host twice is one', async () => {
    await using upstream = await startUpstream()
    await using sockets = await way.open(upstream.url)
    using client = await way.connect(sockets)
    expect((await client.ask({ ...get, host: authority })).status).toBe(200)
    expect((await upstream.request(1)).values('host')).toEqual([authority])
  })

  test('a head above the bound is refused, and the session lives on', async () => {
    await using upstream = await startUpstream()
    await using sockets = await way.open(upstream.url)
    using client = await way.connect(sockets)
    const call = await client.ask({ ...get, 'x-long': 'x'.repeat(20_000) })
    expect([call.status, await call.closed()]).toEqual([undefined, codes.calm])
    expect((await client.ask(get)).status).toBe(200)
    expect(upstream.requests).toHaveLength(1)
  })
})

test('HTTP/1.1 and HTTP/2 in clear text share a port', async () => {
  await using upstream = await startUpstream()
  await using sockets = await openSockets(oneRoute({ a: upstream.url }, {}, { listeners: [http('main', authority)] }))
  using client = await connectHttp2(sockets.url('main'))
  const plain = await rawRequest(sockets.url('main'), { headers: [['host', authority]] })
  expect([plain.status, (await client.ask(get)).status]).toEqual([200, 200])
  expect(upstream.requests.map((request) => request.header('via'))).toEqual(['1.1 headgate', '2.0 headgate'])
})
