/** How the middleware sits in an application: bodies that were read, what others set, and servers other than Node's. */

import { gzipSync } from 'node:zlib'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connectRaw, event, eventStream, json, rawRequest, reply, silence, startUpstream } from '@headgate/testing'
import type { Script } from '@headgate/testing'
import { createAdaptorServer } from '@hono/node-server'
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import type { Context } from 'hono'
import { setCookie } from 'hono/cookie'
import { Gateway } from 'headgate'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { honoGate } from '../src/index.ts'

async function gateTo(script: Script = json({})) {
  const upstream = await startUpstream(script)
  const rules = [
    { matches: [{ path: { type: 'PathPrefix', value: '/v1' } as const }], backends: [{ backend: 'model' }] },
  ]
  const backends = [{ name: 'model', endpoints: [upstream.url] }]
  const gate = new Gateway({ version: 1, backends, routes: [{ name: 'v1', rules }] })
  onTestFinished(async () => {
    await gate.close()
    await upstream.close()
  })
  return { upstream, gate }
}

async function serve(app: Hono, fetch: typeof app.fetch = app.fetch): Promise<string> {
  const server = createAdaptorServer({ fetch }) as Server
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const post = (body: string | Buffer, type = 'application/json', target = '/v1/x') =>
  ({ method: 'POST', target, headers: [['content-type', type]], body }) as const

const readers: readonly (readonly [string, (c: Context) => Promise<unknown>])[] = [
  ['json()', (c) => c.req.json()],
  ['text()', (c) => c.req.text()],
  ['arrayBuffer()', (c) => c.req.arrayBuffer()],
  ['blob()', (c) => c.req.blob()],
]

describe.for([false, true])('raw: %s', (raw) => {
  test.for(readers)('a body read by %s goes on byte for byte', async ([, read]) => {
    const { gate, upstream } = await gateTo()
    const app = new Hono()
    app.use(async (c, next) => {
      await read(c)
      await next()
    })
    app.use(honoGate(gate, { raw }))
    const body = ' {"n": 12345678901234567890, "text": "é"}'
    await rawRequest(await serve(app), post(body))
    const request = await upstream.request(1)
    expect([request.body.toString(), request.values('content-length')]).toEqual([
      body,
      [String(Buffer.byteLength(body))],
    ])
  })

  test('a coded body that was read stays coded', async () => {
    const { gate, upstream } = await gateTo()
    const app = new Hono()
    app.use(async (c, next) => {
      await c.req.arrayBuffer()
      await next()
    })
    app.use(honoGate(gate, { raw }))
    const body = gzipSync('{"a":1}')
    const headers = [
      ['content-type', 'application/json'],
      ['content-encoding', 'gzip'],
    ] as const
    await rawRequest(await serve(app), { method: 'POST', target: '/v1/x', headers, body })
    const request = await upstream.request(1)
    expect([request.body.equals(body), request.values('content-encoding')]).toEqual([true, ['gzip']])
  })

  test('a text that lost its byte order mark has the length that is left', async () => {
    const { gate, upstream } = await gateTo()
    const app = new Hono()
    app.use(async (c, next) => {
      await c.req.text()
      await next()
    })
    app.use(honoGate(gate, { raw }))
    await rawRequest(await serve(app), post('\ufeff{}'))
    const request = await upstream.request(1)
    expect([request.body.toString(), request.values('content-length'), request.state]).toEqual(['{}', ['2'], 'whole'])
  })

  test('a form read by parseBody() goes on byte for byte', async () => {
    const { gate, upstream } = await gateTo()
    const app = new Hono()
    app.use(async (c, next) => {
      await c.req.parseBody()
      await next()
    })
    app.use(honoGate(gate, { raw }))
    await rawRequest(await serve(app), post('a=1&a=%32', 'application/x-www-form-urlencoded'))
    expect((await upstream.request(1)).body.toString()).toBe('a=1&a=%32')
  })

  test.for<[string, (c: Context) => Promise<unknown>]>([
    ['c.req.formData()', (c) => c.req.formData()],
    ['c.req.raw.text()', (c) => c.req.raw.text()],
  ])('a body whose bytes %s has taken fails, unless no route matches', async ([, read]) => {
    const { gate, upstream } = await gateTo()
    const app = new Hono()
    const errors: unknown[] = []
    app.use(async (c, next) => {
      await read(c)
      await next()
    })
    app.use(honoGate(gate, { raw }))
    app.all('*', (c) => c.text('application'))
    app.onError((error, c) => {
      errors.push(error)
      return c.text('failed', 500)
    })
    const url = await serve(app)
    const form = 'application/x-www-form-urlencoded'
    expect((await rawRequest(url, post('a=1', form, '/other'))).text).toBe('application')
    expect((await rawRequest(url, post('a=1', form))).status).toBe(500)
    expect([errors, upstream.requests]).toEqual([[expect.objectContaining({ code: 'HEADGATE_BODY_CONSUMED' })], []])
  })

  test('fields and cookies that were set before stay beside those of the backend', async () => {
    const { gate } = await gateTo(
      reply({
        headers: [
          ['set-cookie', 'theirs=1'],
          ['set-cookie', 'more=2'],
          ['x-both', 'theirs'],
        ],
      }),
    )
    const app = new Hono()
    app.use(async (c, next) => {
      c.header('x-own', 'kept')
      c.header('x-both', 'own')
      setCookie(c, 'a', '1')
      setCookie(c, 'b', '2')
      await next()
    })
    app.use(honoGate(gate, { raw }))
    const received = await rawRequest(await serve(app), { target: '/v1/x' })
    expect([received.values('x-own'), received.values('x-both')]).toEqual([['kept'], [raw ? 'theirs' : 'own']])
    const cookies = received.values('set-cookie').map((cookie) => cookie.split(';')[0])
    expect(new Set(cookies)).toEqual(new Set(['a=1', 'b=2', 'more=2', 'theirs=1']))
  })

  test('the host of an absolute target replaces Host, and two Hosts are refused', async () => {
    const { gate, upstream } = await gateTo()
    const app = new Hono()
    app.use(honoGate(gate, { raw }))
    using client = await connectRaw(await serve(app))
    const statuses: number[] = []
    for (const [target, hosts] of [
      ['http://asked.example/v1/x', ['other.example']],
      ['/v1/x', ['Models.example:80']],
      ['/v1/x', ['a.example', 'b.example']],
    ] as const) {
      await client.send({ target, headers: hosts.map((host) => ['host', host] as const) })
      const received = await client.reply()
      await received.settled()
      statuses.push(received.status)
    }
    expect(statuses).toEqual([200, 200, 400])
    expect(upstream.requests.map((request) => [request.target, request.header('host')])).toEqual([
      ['/v1/x', 'asked.example'],
      ['/v1/x', 'Models.example:80'],
    ])
  })

  test('what no route matches leaves no trace in the reply of the application', async () => {
    const { gate } = await gateTo()
    const app = new Hono()
    app.use(async (c, next) => {
      c.header('x-early', 'set')
      await next()
      c.header('x-early', undefined)
    })
    app.use(honoGate(gate, { raw }))
    app.all('*', (c) => c.text('application'))
    const received = await rawRequest(await serve(app), { target: '/other' })
    expect([received.text, received.values('x-early')]).toEqual(['application', []])
  })

  test('the bindings are also found in c.env.server', async () => {
    const { gate, upstream } = await gateTo()
    const app = new Hono()
    app.use(honoGate(gate, { raw }))
    const url = await serve(app, (request, env) => app.fetch(request, { server: env as HttpBindings }))
    expect((await rawRequest(url, { target: '/v1/x' })).status).toBe(200)
    expect((await upstream.request(1)).header('x-forwarded-for')).toBe('127.0.0.1')
  })
})

test('a caller that leaves in the middle of a stream is no error that gets printed', async () => {
  const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => printed.mockRestore())
  const { gate, upstream } = await gateTo(eventStream([event('one'), silence]))
  const app = new Hono()
  app.use(honoGate(gate))
  const client = await connectRaw(await serve(app))
  await client.send({ target: '/v1/x' })
  await (await client.reply()).until('one')
  client.abort()
  await upstream.closed(1)
  await new Promise(setImmediate)
  expect(printed).not.toHaveBeenCalled()
})

test('middleware may change the response after next()', async () => {
  const { gate } = await gateTo()
  const app = new Hono()
  app.use(async (c, next) => {
    await next()
    c.header('x-after', String(c.res.status))
  })
  app.use(honoGate(gate))
  expect((await rawRequest(await serve(app), { target: '/v1/x' })).values('x-after')).toEqual(['200'])
})

test('it answers plain fetch, without any server', async () => {
  const { gate, upstream } = await gateTo(json({ answer: 42 }))
  const app = new Hono()
  app.use(honoGate(gate))
  const response = await app.request('/v1/x', { method: 'POST', body: '{"a":1}' })
  expect([response.status, await response.json()]).toEqual([200, { answer: 42 }])
  expect([upstream.requests[0]?.body.toString(), upstream.requests[0]?.state]).toEqual(['{"a":1}', 'whole'])
  expect((await app.request('/other')).status).toBe(404)
})

test('raw without the bindings of node-server fails with the reason', async () => {
  const { gate } = await gateTo()
  const app = new Hono()
  app.use(honoGate(gate, { raw: true }))
  app.onError((error, c) => c.text(error.message, 500))
  const response = await app.request('/v1/x')
  expect([response.status, await response.text()]).toEqual([500, expect.stringContaining('@hono/node-server')])
})

test('a prefix to strip that no path can have is refused at once', async () => {
  const { gate } = await gateTo()
  expect(() => honoGate(gate, { stripPrefix: 'llm' })).toThrow(RangeError)
  expect(() => honoGate(gate, { stripPrefix: 'llm', raw: true })).toThrow(RangeError)
})
