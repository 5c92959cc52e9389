/** What callers should not send, beyond the bytes of the corpus: nothing of it is acted on twice, or by the wrong party. */

import { describe, expect, test } from 'vitest'
import { connectRaw, json, startUpstream } from '@headgate/testing'
import { oneRoute, serve } from './serve.ts'

test('CONNECT is refused and forwards nothing', async () => {
  await using upstream = await startUpstream()
  await using served = await serve(oneRoute({ a: upstream.url }))
  const client = await connectRaw(served.url)
  await client.write('CONNECT h:80 HTTP/1.1\r\nhost: h:80\r\n\r\n')
  await client.ended()
  expect(upstream.requests).toHaveLength(0)
  client.abort()
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

describe('a match means one thing', () => {
  const exact = [{ headers: [{ name: 'x-model-id', value: 'gpt-4' }] }]

  test.for<[string, readonly (readonly [string, string])[], number]>([
    ['the field as it should be', [['X-Model-Id', 'gpt-4']], 200],
    [
      'twice the same value',
      [
        ['x-model-id', 'gpt-4'],
        ['x-model-id', 'gpt-4'],
      ],
      404,
    ],
    [
      'one of two values',
      [
        ['x-model-id', 'gpt-4'],
        ['x-model-id', 'other'],
      ],
      404,
    ],
    ['a list', [['x-model-id', 'gpt-4, other']], 404],
    ['underscores', [['x_model_id', 'gpt-4']], 404],
    ['another case of the value', [['x-model-id', 'GPT-4']], 404],
  ])('%s', async ([, headers, status]) => {
    await using upstream = await startUpstream()
    await using served = await serve(oneRoute({ a: upstream.url }, { matches: exact }))
    using client = await connectRaw(served.url)
    await client.send({ headers })
    expect((await client.reply()).status).toBe(status)
  })

  test('prefixes are whole segments, with their case', async () => {
    await using upstream = await startUpstream()
    const matches = [{ path: { type: 'PathPrefix' as const, value: '/v1' } }]
    await using served = await serve(oneRoute({ a: upstream.url }, { matches }))
    const statuses: number[] = []
    for (const target of ['/v1', '/v1/x', '/v1x', '/V1/x', '/v1%2Fx']) {
      using client = await connectRaw(served.url)
      await client.send({ target })
      statuses.push((await client.reply()).status)
    }
    expect(statuses).toEqual([200, 200, 404, 404, 404])
  })
})

test('nothing that a caller says names a backend', async () => {
  await using upstream = await startUpstream()
  await using other = await startUpstream()
  await using served = await serve(oneRoute({ a: upstream.url }))
  using client = await connectRaw(served.url)
  const host = new URL(other.url).host
  const headers = ['x-backend', 'x-upstream', 'x-forwarded-host', 'x-original-url', 'x-rewrite-url', 'forwarded']
  await client.send({
    target: `${other.url}/x?backend=${other.url}`,
    headers: [['host', host], ...headers.map((name) => [name, other.url] as const), ['cookie', `backend=${other.url}`]],
  })
  expect((await client.reply()).status).toBe(200)
  expect([upstream.requests.length, other.connections.length]).toEqual([1, 0])
})
