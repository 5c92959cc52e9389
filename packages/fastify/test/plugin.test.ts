/** How the plugin sits in an application: what it keeps to itself, and which hooks see it. */

import { setImmediate as turn } from 'node:timers/promises'
import { createGunzip, gzipSync } from 'node:zlib'
import { Transform } from 'node:stream'
import type { Readable } from 'node:stream'
import { connectRaw, event, eventStream, fin, gate as pause, head, json, rawRequest, reply } from '@headgate/testing'
import { startUpstream, steps, wholeRequest } from '@headgate/testing'
import type { Script } from '@headgate/testing'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { Gateway } from 'headgate'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fastifyGate } from '../src/index.ts'

async function gateTo(script: Script = json({})) {
  const upstream = await startUpstream(script)
  const gate = new Gateway({
    version: 1,
    backends: [{ name: 'model', endpoints: [upstream.url] }],
    limits: [{ name: 'one', per: { header: 'x-limited' }, tokens: 1, every: '1h' }],
    routes: [{ name: 'all', rules: [{ limits: ['one'], backends: [{ backend: 'model' }] }] }],
  })
  onTestFinished(async () => {
    await gate.close()
    await upstream.close()
  })
  return { upstream, gate }
}

async function serve(app: FastifyInstance): Promise<string> {
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => app.close())
  return url
}

const newApp = (): FastifyInstance => fastify({ forceCloseConnections: true })
const post = (body: string | Buffer, target = '/v1/x', ...headers: (readonly [string, string])[]) =>
  ({ method: 'POST', target, headers: [['content-type', 'application/json'], ...headers], body }) as const

describe.for([false, true])('raw: %s', (raw) => {
  test('other routes keep their parsers', async () => {
    const { gate } = await gateTo()
    const app = newApp()
    await app.register(fastifyGate, { gate, raw, prefix: '/v1' })
    app.post('/own', (request) => ({ got: (request.body as { a: number }).a }))
    const url = await serve(app)
    expect((await rawRequest(url, post('{"a":1}', '/own'))).text).toBe('{"got":1}')
    expect((await rawRequest(url, post('{"a":', '/own'))).status).toBe(400)
    expect((await rawRequest(url, post('{"a":'))).status).toBe(200)
  })

  test('a prefix is taken with and without its slash, and by whole segments', async () => {
    const { gate, upstream } = await gateTo()
    const app = newApp()
    await app.register(fastifyGate, { gate, raw, prefix: '/v1' })
    const url = await serve(app)
    const statuses: number[] = []
    for (const target of ['/v1', '/v1?a=1', '/v1/', '/v1/x/y', '/v10', '/v', '/']) {
      statuses.push((await rawRequest(url, { target })).status)
    }
    expect(statuses).toEqual([200, 200, 200, 200, 404, 404, 404])
    expect(upstream.requests.map((request) => request.target)).toEqual(['/v1', '/v1?a=1', '/v1/', '/v1/x/y'])
  })

  test('fields and cookies that a hook has set stay beside those of the backend', async () => {
    const { gate } = await gateTo(
      reply({
        headers: [
          ['set-cookie', 'theirs=1'],
          ['set-cookie', 'more=2'],
          ['x-both', 'theirs'],
        ],
      }),
    )
    const app = newApp()
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('x-own', 'kept').header('x-both', 'own').header('set-cookie', 'a=1').header('set-cookie', 'b=2')
    })
    await app.register(fastifyGate, { gate, raw })
    const received = await rawRequest(await serve(app))
    expect([received.values('x-own'), received.values('x-both')]).toEqual([['kept'], ['theirs']])
    expect(received.values('set-cookie').toSorted()).toEqual(['a=1', 'b=2', 'more=2', 'theirs=1'])
  })

  test('onSend hooks run only without raw, onResponse hooks always', async () => {
    const { gate } = await gateTo()
    const app = newApp()
    const ran: string[] = []
    const done = Promise.withResolvers<void>()
    for (const hook of ['onRequest', 'preHandler', 'onSend'] as const) {
      app.addHook(hook, async () => {
        ran.push(hook)
      })
    }
    app.addHook('onResponse', async () => {
      ran.push('onResponse')
      done.resolve()
    })
    await app.register(fastifyGate, { gate, raw })
    await rawRequest(await serve(app))
    await done.promise
    expect(ran).toEqual(['onRequest', 'preHandler', ...(raw ? [] : ['onSend']), 'onResponse'])
  })

  test('what a preParsing hook decodes is sent on decoded, with its new length', async () => {
    const { gate, upstream } = await gateTo()
    const app = newApp()
    app.addHook('preParsing', async (_request, _reply, payload) => payload.pipe(createGunzip()))
    await app.register(fastifyGate, { gate, raw })
    await rawRequest(await serve(app), post(gzipSync('{"a" : 1}'), '/v1/x', ['content-encoding', 'gzip']))
    const request = await upstream.request(1)
    expect([request.body.toString(), request.state]).toEqual(['{"a" : 1}', 'whole'])
    expect([request.values('content-length'), request.values('content-encoding')]).toEqual([['9'], []])
  })

  test('what a preParsing hook puts in is bounded by the body limit', async () => {
    const { gate, upstream } = await gateTo()
    const app = fastify({ forceCloseConnections: true, bodyLimit: 1000 })
    app.addHook('preParsing', async (_request, _reply, payload) => payload.pipe(createGunzip()))
    await app.register(fastifyGate, { gate, raw })
    const url = await serve(app)
    const received = await rawRequest(url, post(gzipSync('a'.repeat(1001)), '/v1/x', ['content-encoding', 'gzip']))
    expect([received.status, upstream.requests.length]).toEqual([413, 0])
  })

  test('rewriteUrl changes the route of Fastify, not the target of the gateway', async () => {
    const { gate, upstream } = await gateTo()
    const app = fastify({ forceCloseConnections: true, rewriteUrl: () => '/v1/rewritten' })
    await app.register(fastifyGate, { gate, raw, prefix: '/v1' })
    await rawRequest(await serve(app), { target: '/original?x=%2F' })
    expect(upstream.requests[0]?.target).toBe('/original?x=%2F')
  })

  test('a refusal of the gateway keeps the connection', async () => {
    const { gate } = await gateTo()
    const app = newApp()
    await app.register(fastifyGate, { gate, raw })
    using client = await connectRaw(await serve(app))
    const statuses: number[] = []
    for (const request of [{}, {}, post('{"a":1}'), { headers: [['x-limited', 'other']] as const }]) {
      await client.send({ headers: [['x-limited', 'one']], ...request })
      const received = await client.reply()
      await received.settled()
      statuses.push(received.status)
    }
    expect(statuses).toEqual([200, 429, 200, 200])
  })
})

test('an onSend hook may put its own stream in the place of the body', async () => {
  const held = pause()
  const { gate } = await gateTo(eventStream([event('one'), held, event('two')]))
  const app = newApp()
  const upper = (): Transform =>
    new Transform({ transform: (chunk: Buffer, _encoding, done) => done(null, chunk.toString().toUpperCase()) })
  app.addHook('onSend', async (_request, _reply, payload) => (payload as Readable).pipe(upper()))
  await app.register(fastifyGate, { gate })
  using client = await connectRaw(await serve(app))
  await client.send({ target: '/v1/x' })
  const received = await client.reply()
  await received.until('DATA: ONE')
  held.release()
  expect(await received.settled()).toBe('whole')
  expect(received.text).toBe('DATA: ONE\n\nDATA: TWO\n\n')
})

test('a reply that breaks while a hook still waits becomes a 502, and the process lives', async () => {
  const held = pause()
  const broken = Promise.withResolvers<void>()
  const { gate } = await gateTo(steps(wholeRequest, head(200, [['content-length', '9']]), held, fin))
  gate.on('request-ended', () => broken.resolve())
  const app = newApp()
  app.addHook('onSend', async () => {
    held.release()
    await broken.promise
    // The stream is destroyed a turn later.
    await turn()
  })
  await app.register(fastifyGate, { gate })
  const received = await rawRequest(await serve(app))
  expect([received.status, received.text.includes('127.0.0.1')]).toEqual([502, false])
})

test('a head that cannot be written becomes a 502 of the gateway', async () => {
  const { gate } = await gateTo(steps(wholeRequest, head(700, [['content-length', '0']])))
  const app = newApp()
  await app.register(fastifyGate, { gate })
  const received = await rawRequest(await serve(app))
  expect([received.status, received.header('x-headgate-error')]).toEqual([502, 'upstream_invalid'])
})

test('a prefix to strip that no path can have fails at registration', async () => {
  const { gate } = await gateTo()
  await expect(newApp().register(fastifyGate, { gate, stripPrefix: 'llm' })).rejects.toThrow(RangeError)
})
