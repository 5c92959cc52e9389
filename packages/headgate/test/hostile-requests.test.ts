/** Bytes that no caller should send (reliability, section 3): refused, the connection closed, and nothing of it forwarded. */

import { describe, expect, test } from 'vitest'
import { connectRaw, json, startUpstream } from '@headgate/testing'
import { chat, oneRoute, serve } from './serve.ts'

const line = `POST ${chat} HTTP/1.1\r\nhost: h\r\n`

describe('is refused and forwards nothing', () => {
  test.for<[string, string, number[]]>([
    [
      'Content-Length and Transfer-Encoding',
      `${line}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      [400],
    ],
    ['two Content-Lengths', `${line}content-length: 3\r\ncontent-length: 4\r\n\r\nabcd`, [400]],
    ['a Content-Length with a sign', `${line}content-length: +3\r\n\r\nabc`, [400]],
    ['a Content-Length that is a list', `${line}content-length: 3, 3\r\n\r\nabc`, [400]],
    ['an empty Content-Length', `${line}content-length: \r\n\r\n`, [400]],
    ['a Content-Length in hex', `${line}content-length: 0x3\r\n\r\nabc`, [400]],
    ['a huge Content-Length', `${line}content-length: 99999999999999999999\r\n\r\nabc`, [400]],
    ['another transfer coding', `${line}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, [400, 501]],
    ['chunked twice', `${line}transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n`, [400, 501]],
    ['chunked in HTTP/1.0', `POST / HTTP/1.0\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, [400]],
    ['space before the colon', `${line}x-a : b\r\n\r\n`, [400]],
    ['a NUL in a value', `${line}x-a: b\u0000c\r\n\r\n`, [400]],
    ['a bare CR in a value', `${line}x-a: b\rc\r\n\r\n`, [400]],
    ['a name that is no token', `${line}x(a): b\r\n\r\n`, [400]],
    ['two Hosts', `GET / HTTP/1.1\r\nhost: h\r\nhost: h\r\n\r\n`, [400]],
    ['no Host', `GET / HTTP/1.1\r\naccept: */*\r\n\r\n`, [400]],
    ['a Host with a path', `GET / HTTP/1.1\r\nhost: h/x\r\n\r\n`, [400]],
    ['a Host with a user', `GET / HTTP/1.1\r\nhost: a@h\r\n\r\n`, [400]],
    ['dot segments', `GET /v1/../admin HTTP/1.1\r\nhost: h\r\n\r\n`, [400]],
    ['encoded dot segments', `GET /v1/%2e%2e/admin HTTP/1.1\r\nhost: h\r\n\r\n`, [400]],
    ['dot segments beside an encoded slash', `GET /v1/..%2fadmin HTTP/1.1\r\nhost: h\r\n\r\n`, [400]],
    ['dot segments beside a backslash', `GET /v1\\..\\admin HTTP/1.1\r\nhost: h\r\n\r\n`, [400]],
    ['two slashes first', `GET //evil/x HTTP/1.1\r\nhost: h\r\n\r\n`, [400]],
    ['a fragment', `GET /a#b HTTP/1.1\r\nhost: h\r\n\r\n`, [400]],
    ['TRACE', `TRACE / HTTP/1.1\r\nhost: h\r\n\r\n`, [405, 501]],
    ['an unknown version', `GET / HTTP/7.0\r\nhost: h\r\n\r\n`, [400, 505]],
    ['TLS on a plain port', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000', [400]],
    ['a head above the limit', `${line}x-a: ${'a'.repeat(20_000)}\r\n\r\n`, [431]],
  ])('%s', async ([, bytes, statuses]) => {
    await using upstream = await startUpstream()
    await using served = await serve(oneRoute({ a: upstream.url }))
    const client = await connectRaw(served.url)
    await client.write(Buffer.from(bytes, 'latin1'))
    const reply = await client.reply()
    expect(statuses).toContain(reply.status)
    await client.ended()
    expect(upstream.requests).toHaveLength(0)
    client.abort()
  })

  test('malformed chunks: the backend never sees a whole body', async () => {
    await using upstream = await startUpstream()
    await using served = await serve(oneRoute({ a: upstream.url }))
    const client = await connectRaw(served.url)
    await client.write(`${line}transfer-encoding: chunked\r\n\r\n3\nabc\n0\n\n`)
    await client.ended()
    expect(upstream.requests.filter(({ state }) => state === 'whole')).toHaveLength(0)
    client.abort()
  })

  test('CONNECT', async () => {
    await using upstream = await startUpstream()
    await using served = await serve(oneRoute({ a: upstream.url }))
    const client = await connectRaw(served.url)
    await client.write('CONNECT h:80 HTTP/1.1\r\nhost: h:80\r\n\r\n')
    await client.ended()
    expect(upstream.requests).toHaveLength(0)
    client.abort()
  })
})

test('a refusal is told to listeners, without what the request said', async () => {
  await using served = await serve(oneRoute({ a: 'http://127.0.0.1:1' }))
  const refused: unknown[] = []
  served.gate.on('request-refused', (report) => refused.push(report))
  const client = await connectRaw(served.url)
  await client.send({ target: '/v1/../secret' })
  expect((await client.reply()).status).toBe(400)
  expect(refused).toEqual([
    { id: expect.any(String), status: 400, code: 'bad_target', message: 'The request path holds dot segments.' },
  ])
  client.abort()
})

describe('goes on byte for byte', () => {
  test.for([
    '/v1/models/org%2Fmodel',
    '/a//b',
    '/v1/x?b=2&a=1&b=%41',
    '/v1/x?',
    '/%c3%a9/%E9',
    '/v1/gpt-4.1',
    '/a;b=c',
  ])('%s', async (target) => {
    await using upstream = await startUpstream()
    await using served = await serve(oneRoute({ a: upstream.url }))
    const client = await connectRaw(served.url)
    await client.send({ target })
    expect((await client.reply()).status).toBe(200)
    expect(upstream.requests[0]?.target).toBe(target)
    client.abort()
  })

  test('an absolute target is forwarded in origin form, with its host', async () => {
    await using upstream = await startUpstream()
    await using served = await serve(oneRoute({ a: upstream.url }))
    const client = await connectRaw(served.url)
    await client.send({ target: 'http://other.example:81/x?y' })
    expect((await client.reply()).status).toBe(200)
    expect([upstream.requests[0]?.target, upstream.requests[0]?.header('host')]).toEqual(['/x?y', 'other.example:81'])
    client.abort()
  })
})

describe('hop-by-hop fields stay here', () => {
  test('those of the caller, and those that Connection names; what headgate sets is never removed by it', async () => {
    await using upstream = await startUpstream(json({}))
    await using served = await serve(oneRoute({ a: upstream.url }))
    const client = await connectRaw(served.url)
    const headers = [
      ['connection', 'keep-alive, x-foo, x-forwarded-for'],
      ['x-foo', '1'],
      ['keep-alive', 'timeout=5'],
      ['te', 'gzip'],
      ['proxy-authorization', 'Basic x'],
      ['proxy-connection', 'keep-alive'],
      ['upgrade', 'h2c'],
      ['http2-settings', 'x'],
      ['x-forwarded-for', '6.6.6.6'],
      ['x-kept', '1'],
    ] as const
    await client.send({ headers })
    await client.reply()
    const seen = upstream.requests[0]
    const gone = ['x-foo', 'keep-alive', 'te', 'proxy-authorization', 'proxy-connection', 'upgrade', 'http2-settings']
    expect(gone.filter((name) => seen?.header(name) !== undefined)).toEqual([])
    expect([seen?.header('x-kept'), seen?.header('x-forwarded-for')]).toEqual(['1', '127.0.0.1'])
    client.abort()
  })
})

describe('an answer before the upload is read', () => {
  test('is whole, and the rest is not taken for another request', async () => {
    await using upstream = await startUpstream()
    const config = oneRoute({ a: upstream.url }, { matches: [{ path: { type: 'Exact', value: '/only' } }] })
    await using served = await serve(config)
    const client = await connectRaw(served.url)
    const smuggled = 'GET /only HTTP/1.1\r\nhost: h\r\n\r\n'
    await client.write(`POST /none HTTP/1.1\r\nhost: h\r\ncontent-length: 200000\r\n\r\n${smuggled}`)
    const reply = await client.reply('POST')
    expect(reply.status).toBe(404)
    expect(await reply.settled()).toBe('whole')
    await client.ended()
    expect(upstream.requests).toHaveLength(0)
    client.abort()
  })

  test('leaves the connection usable when the upload is short', async () => {
    await using upstream = await startUpstream()
    const config = oneRoute({ a: upstream.url }, { matches: [{ path: { type: 'Exact', value: '/only' } }] })
    await using served = await serve(config)
    const client = await connectRaw(served.url)
    await client.send({ method: 'POST', target: '/none', body: 'short' })
    expect((await client.reply('POST')).status).toBe(404)
    await client.send({ target: '/only' })
    expect((await client.reply()).status).toBe(200)
    client.abort()
  })

  test('after a refusal by a limit the connection goes on with the next request, also when the body comes in pieces', async () => {
    await using upstream = await startUpstream()
    const limits = [{ name: 'none', per: { header: 'x-tenant-id' }, tokens: 1, every: '1h' as const }]
    await using served = await serve(oneRoute({ a: upstream.url }, { limits: ['none'] }, { limits }))
    const client = await connectRaw(served.url)
    await client.send({ method: 'POST', headers: [['x-tenant-id', 't']], body: 'first' })
    expect((await client.reply('POST')).status).toBe(200)
    await client.write('POST / HTTP/1.1\r\nhost: h\r\nx-tenant-id: t\r\ncontent-length: 8\r\n\r\nhalf')
    await client.write('half')
    const refused = await client.reply('POST')
    expect([refused.status, refused.header('connection')]).toEqual([429, 'keep-alive'])
    await client.send({ body: 'next', method: 'POST' })
    expect((await client.reply('POST')).status).toBe(200)
    client.abort()
  })
})
