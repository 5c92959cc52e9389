/** What becomes of a body that something in front of the gateway has read. */

import { gzipSync } from 'node:zlib'
import { rawRequest, startUpstream } from '@headgate/testing'
import type { ReceivedReply, ReceivedRequest } from '@headgate/testing'
import express from 'express'
import type { Express, RequestHandler } from 'express'
import express4 from 'express4'
import { Gateway } from 'headgate'
import { describe, expect, onTestFinished, test } from 'vitest'
import { expressGate, keepRawBody } from '../src/index.ts'
import { listen } from './server.ts'

const prefix = { type: 'PathPrefix', value: '/v1' } as const

interface Sent {
  readonly type?: string
  readonly coding?: string
  readonly body: string | Buffer
  readonly target?: string
}

interface Seen {
  readonly reply: ReceivedReply
  readonly request: ReceivedRequest | undefined
  readonly warnings: readonly string[]
  readonly errors: readonly unknown[]
}

async function through(app: Express, front: readonly RequestHandler[], ...requests: readonly Sent[]): Promise<Seen> {
  const upstream = await startUpstream()
  const gate = new Gateway({
    version: 1,
    backends: [{ name: 'model', endpoints: [upstream.url] }],
    routes: [{ name: 'v1', rules: [{ matches: [{ path: prefix }], backends: [{ backend: 'model' }] }] }],
  })
  const warnings: string[] = []
  const errors: unknown[] = []
  gate.on('warning', ({ code, message }) => warnings.push(`${code}: ${message}`))
  if (front.length > 0) app.use(...front)
  app.use(expressGate(gate))
  app.use((_request, response) => {
    response.send('application')
  })
  app.use(((error, _request, response, _next) => {
    errors.push(error)
    response.status(500).send('failed')
  }) satisfies express.ErrorRequestHandler)
  const server = await listen(app)
  onTestFinished(async () => {
    await server.close()
    await gate.close()
    await upstream.close()
  })
  let reply: ReceivedReply | undefined
  for (const { type = 'application/json', coding, body, target = '/v1/x' } of requests) {
    const coded = coding === undefined ? [] : [['content-encoding', coding] as const]
    const headers = [['content-type', type] as const, ...coded]
    reply = await rawRequest(server.url, { method: 'POST', target, headers, body })
  }
  return { reply: reply as ReceivedReply, request: upstream.requests.at(-1), warnings, errors }
}

describe.for([
  ['Express 5', express],
  ['Express 4', express4],
] as const)('%s', ([, framework]) => {
  test('a body that no parser wanted streams on untouched', async () => {
    const { request, warnings } = await through(framework(), [framework.json()], {
      type: 'text/plain',
      body: 'as it is',
    })
    expect([request?.body.toString(), warnings]).toEqual(['as it is', []])
  })

  test('keepRawBody keeps the bytes, decoded where they were coded', async () => {
    const body = '{"n":12345678901234567890, "x": 1.0}'
    const front = [framework.json({ verify: keepRawBody })]
    const { request, warnings } = await through(framework(), front, { body: gzipSync(body), coding: 'gzip' })
    expect([request?.body.toString(), warnings]).toEqual([body, []])
    expect(request?.values('content-encoding')).toEqual([])
    expect(request?.values('content-length')).toEqual([String(body.length)])
  })

  test('a parsed body is printed again with its length, and that is told once', async () => {
    const { request, warnings } = await through(
      framework(),
      [framework.json()],
      { body: '{ "a": 1 }' },
      { body: gzipSync('{ "a" : "é" }'), coding: 'gzip' },
    )
    expect([request?.body.toString(), request?.state]).toEqual(['{"a":"é"}', 'whole'])
    expect(request?.values('content-length')).toEqual(['10'])
    expect([request?.values('content-encoding'), request?.values('transfer-encoding')]).toEqual([[], []])
    expect(warnings).toEqual([expect.stringMatching(/^body_reserialised: .*verify: keepRawBody/)])
  })

  test('a body that a middleware changed is sent on as changed', async () => {
    const change: RequestHandler = (request, _response, next) => {
      ;(request.body as { model: string }).model = 'other'
      next()
    }
    const { request } = await through(framework(), [framework.json(), change], { body: '{"model":"one","n":1}' })
    expect(request?.body.toString()).toBe('{"model":"other","n":1}')
  })

  test('bytes of express.raw() go on as they are, without a warning', async () => {
    const front = [framework.raw({ type: '*/*' })]
    const { request, warnings } = await through(framework(), front, { body: ' {"a" : 1e2}' })
    expect([request?.body.toString(), warnings]).toEqual([' {"a" : 1e2}', []])
  })

  test('the text of express.text() goes on as it is', async () => {
    const { request } = await through(framework(), [framework.text()], { type: 'text/plain', body: 'text, é' })
    expect(request?.body.toString()).toBe('text, é')
  })

  test('an empty body stays empty behind a JSON parser', async () => {
    const { request, warnings } = await through(framework(), [framework.json()], { body: '' })
    expect([request?.body.length, request?.values('content-length'), warnings]).toEqual([0, ['0'], []])
  })

  test.for([
    ['a form', 'application/x-www-form-urlencoded', 'a=1&b=2'],
    ['a text that is not UTF-8', 'application/json; charset=utf-16le', Buffer.from('{"a":1}', 'utf16le')],
  ] as const)('%s that was parsed fails with the cure, and reaches no backend', async ([, type, body]) => {
    const front = [framework.urlencoded({ extended: false }), framework.json()]
    const { reply, request, errors } = await through(framework(), front, { type, body })
    expect([reply.status, request]).toEqual([500, undefined])
    expect(errors).toEqual([
      expect.objectContaining({ code: 'HEADGATE_BODY_CONSUMED', message: expect.stringContaining('keepRawBody') }),
    ])
  })

  test('a parsed form goes on byte for byte with keepRawBody', async () => {
    const front = [framework.urlencoded({ extended: false, verify: keepRawBody })]
    const { request } = await through(framework(), front, {
      type: 'application/x-www-form-urlencoded',
      body: 'a=1&a=%32',
    })
    expect(request?.body.toString()).toBe('a=1&a=%32')
  })

  test('what no route matches is neither printed again nor refused', async () => {
    const { reply, warnings, errors } = await through(
      framework(),
      [framework.json(), framework.urlencoded({ extended: false })],
      { body: '{"a":1}', target: '/other' },
      { body: 'a=1', type: 'application/x-www-form-urlencoded', target: '/other' },
    )
    expect([reply.text, warnings, errors]).toEqual(['application', [], []])
  })
})
