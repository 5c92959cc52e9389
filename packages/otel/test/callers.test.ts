/** Spans by the way in which a request came: HTTP/2, gRPC, WebSocket, and each framework around the gateway. */

import { connect } from 'node:http2'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, ServerCredentials, credentials, makeGenericClientConstructor, status } from '@grpc/grpc-js'
import type { ServerDuplexStream, ServiceDefinition } from '@grpc/grpc-js'
import { serve } from '@hono/node-server'
import { expressGate } from '@headgate/express'
import { fastifyGate } from '@headgate/fastify'
import { honoGate } from '@headgate/hono'
import { json, startUpstream } from '@headgate/testing'
import express from 'express'
import fastify from 'fastify'
import type { Gateway } from 'headgate'
import { Hono } from 'hono'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { attemptSpan, exactSpans, requestSpan } from './exact.ts'
import { chat, observedGate, observeListener, question, route, spanSdk } from './observed.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const callerId = 'b7ad6b7169203331'
const traceparent = `00-${traceId}-${callerId}-01`
const noSplit = { 'http.response.body.size': 2 }

test('HTTP/2', async () => {
  await using a = await startUpstream(json({}))
  const sdk = spanSdk()
  await using gate = await observeListener(route({ a: a.url }), sdk)
  const session = connect(gate.url)
  const stream = session.request({
    ':method': 'POST',
    ':path': `${chat}?key=1`,
    'content-type': 'application/json',
    traceparent,
    tracestate: 'congo=t61rcWkgMzE',
  })
  stream.resume()
  stream.end(question.body)
  await new Promise((resolve) => stream.once('close', resolve))
  session.destroy()
  await gate.report(1)
  expect(exactSpans(sdk)).toEqual([
    requestSpan(
      gate.url,
      { 'network.protocol.version': '2', 'http.request.body.size': question.body.length, ...noSplit },
      { parent: callerId },
    ),
    attemptSpan(a.url, noSplit),
  ])
  const [, attempt] = sdk.lives
  expect(a.requests[0]?.header('traceparent')).toBe(`00-${traceId}-${attempt?.span.spanContext().spanId}-01`)
  expect(a.requests[0]?.header('tracestate')).toBe('congo=t61rcWkgMzE')
})

const same = (bytes: Buffer): Buffer => bytes
const service: ServiceDefinition = {
  Talk: {
    path: '/chat.Chat/Talk',
    requestStream: true,
    responseStream: true,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  },
}
const Client = makeGenericClientConstructor(service, 'Chat')

async function grpcServer(): Promise<{ readonly url: string; readonly traceparents: unknown[] }> {
  const server = new Server()
  const traceparents: unknown[] = []
  server.addService(service, {
    Talk(call: ServerDuplexStream<Buffer, Buffer>) {
      traceparents.push(...call.metadata.get('traceparent'))
      call.on('data', (bytes: Buffer) => call.write(bytes))
      call.on('end', () => call.end())
    },
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    )
  })
  onTestFinished(() => server.forceShutdown())
  return { url: `http://127.0.0.1:${port}`, traceparents }
}

test('gRPC, whose spans last as long as the call', async () => {
  const { url, traceparents } = await grpcServer()
  const sdk = spanSdk()
  const matches = [{ path: { type: 'Exact' as const, value: '/chat.Chat/Talk' }, method: 'POST' }]
  const rules = [{ matches, backends: [{ backend: 'a' }] }]
  const config = {
    backends: [{ name: 'a', endpoints: [url], protocol: 'h2c' as const }],
    routes: [{ kind: 'GRPC' as const, name: 'chat', rules }],
  }
  await using gate = await observeListener(config, sdk)
  const client = new Client(new URL(gate.url).host, credentials.createInsecure())
  onTestFinished(() => client.close())
  const call = client['Talk']?.() as unknown as ServerDuplexStream<Buffer, Buffer>
  const ended = new Promise<number>((resolve) => call.on('status', ({ code }: { code: number }) => resolve(code)))
  call.write(Buffer.from('one'))
  await new Promise((resolve) => call.once('data', resolve))
  expect([sdk.begun, sdk.spans()]).toEqual([['POST /chat.Chat/Talk', 'POST'], []])
  call.end()
  expect(await ended).toBe(status.OK)
  await gate.report(1)
  // A message is its length of five bytes and itself.
  const sizes = { 'http.response.body.size': 8 }
  expect(exactSpans(sdk)).toEqual([
    requestSpan(
      gate.url,
      {
        ...sizes,
        'http.request.body.size': 8,
        'network.protocol.version': '2',
        'url.path': '/chat.Chat/Talk',
        'http.route': '/chat.Chat/Talk',
        'headgate.rule': 'chat',
      },
      { name: 'POST /chat.Chat/Talk' },
    ),
    attemptSpan(
      url,
      {
        ...sizes,
        'url.full': `${url}/chat.Chat/Talk`,
        'gen_ai.operation.name': undefined,
        'gen_ai.provider.name': undefined,
      },
      { name: 'POST' },
    ),
  ])
  const [, attempt] = sdk.spans().toReversed()
  expect(traceparents).toEqual([`00-${attempt?.spanContext().traceId}-${sdk.lives[1]?.span.spanContext().spanId}-01`])
})

async function echoServer(): Promise<string> {
  const http = createServer()
  const server = new WebSocketServer({ server: http })
  server.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    http.close()
    http.closeAllConnections()
    for (const client of server.clients) client.terminate()
  })
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`
}

test('WebSocket, whose spans end when the tunnel ends', async () => {
  const url = await echoServer()
  const sdk = spanSdk()
  await using gate = await observeListener(route({ a: url }), sdk)
  const socket = new WebSocket(`${gate.url.replace('http', 'ws')}/v1/realtime?key=1`, { headers: { traceparent } })
  await new Promise((resolve) => socket.once('open', resolve))
  socket.send('hello')
  await new Promise((resolve) => socket.once('message', resolve))
  expect([sdk.begun, sdk.spans()]).toEqual([['GET /v1', 'GET'], []])
  socket.close(1000)
  await gate.report(1)
  // Frames of the greeting and of the close, whose head is 2 bytes and 6 from the client (RFC 6455, 5.2).
  const size = { up: 6 + 5 + 6 + 2, down: 2 + 5 + 2 + 2 }
  const switched = {
    'http.request.method': 'GET',
    'http.response.status_code': 101,
    'http.response.body.size': size.down,
  }
  expect(exactSpans(sdk)).toEqual([
    requestSpan(
      gate.url,
      { ...switched, 'url.path': '/v1/realtime', 'http.request.body.size': size.up },
      { name: 'GET /v1', parent: callerId },
    ),
    attemptSpan(
      url,
      {
        ...switched,
        'url.full': `${url}/v1/realtime`,
        'gen_ai.operation.name': undefined,
        'gen_ai.provider.name': undefined,
      },
      { name: 'GET' },
    ),
  ])
})

/** Where the application with the gateway below `/llm` is reached. */
type Start = (gate: Gateway) => Promise<string>

const portOf = (server: { address(): unknown }): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const frameworks: [name: string, start: Start][] = [
  [
    'Express',
    async (gate) => {
      const app = express().use('/llm', expressGate(gate, { stripPrefix: '/llm' }))
      const server = createServer(app)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      onTestFinished(() => void server.close())
      return portOf(server)
    },
  ],
  [
    'Fastify',
    async (gate) => {
      const app = fastify()
      await app.register(fastifyGate, { gate, prefix: '/llm', stripPrefix: '/llm' })
      await app.listen({ port: 0, host: '127.0.0.1' })
      onTestFinished(() => app.close())
      return portOf(app.server)
    },
  ],
  [
    'Hono',
    async (gate) => {
      const app = new Hono().use('/llm/*', honoGate(gate, { stripPrefix: '/llm' }))
      const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
      await new Promise((resolve) => server.once('listening', resolve))
      onTestFinished(() => void server.close())
      return portOf(server)
    },
  ],
]

describe('below a prefix, which the route of the span has and the backend does not see', () => {
  test.for(frameworks)('%s', async ([, start]) => {
    await using a = await startUpstream(json({}))
    const sdk = spanSdk()
    const observed = observedGate(route({ a: a.url }), sdk)
    onTestFinished(() => observed.gate.close({ drainMs: 0 }))
    const url = await start(observed.gate)
    const headers = { ...question.headers, traceparent, connection: 'close' }
    await (await fetch(`${url}/llm${chat}?key=1`, { ...question, headers })).text()
    await observed.report(1)
    expect(exactSpans(sdk)).toEqual([
      requestSpan(
        url,
        {
          ...noSplit,
          'http.request.body.size': question.body.length,
          'url.path': `/llm${chat}`,
          'http.route': '/llm/v1',
        },
        { name: 'POST /llm/v1', parent: callerId },
      ),
      attemptSpan(a.url, noSplit),
    ])
  })
})
