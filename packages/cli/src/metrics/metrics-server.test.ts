/** The address of the metrics against callers that are none of Prometheus. */

import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openMetricsServer } from './metrics-server.ts'
import type { Exposition, MetricsServer } from './metrics-server.ts'

let server: MetricsServer
let made = 0
let make: Exposition['text'] = () => Promise.resolve('a_total 1\n')

beforeEach(async () => {
  made = 0
  make = () => Promise.resolve('a_total 1\n')
  const exposition = {
    contentType: 'text/plain; version=0.0.4',
    text: () => {
      made++
      return make()
    },
  }
  server = await openMetricsServer({ host: '127.0.0.1', port: 0 }, exposition)
})

afterEach(() => server.close())

function url(path = '/metrics'): string {
  return `http://127.0.0.1:${server.address.port}${path}`
}

function raw(bytes: string | Buffer): Promise<string> {
  const socket: Socket = connect(server.address.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(bytes)
  return text(socket).catch(() => '')
}

test('GET and HEAD of /metrics, whatever the query and the Accept field', async () => {
  const reply = await fetch(url('/metrics?name[]=a'), { headers: { accept: 'application/openmetrics-text' } })
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4'])
  expect(await reply.text()).toBe('a_total 1\n')
  const head = await fetch(url(), { method: 'HEAD' })
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', ''])
})

test.for(['/', '/metrics/', '/metricsx', '/../metrics/x', '//metrics', '/METRICS'])('%s is not there', async (path) => {
  expect((await fetch(url(path))).status).toBe(404)
  expect(made).toBe(0)
})

test('other methods are refused, and their bodies are not read', async () => {
  const reply = await fetch(url(), { method: 'POST', body: 'x'.repeat(100_000) })
  expect([reply.status, reply.headers.get('allow'), reply.headers.get('connection')]).toEqual([
    405,
    'GET, HEAD',
    'close',
  ])
  expect(made).toBe(0)
})

test('whoever asks while it is made gets the same', async () => {
  const { promise, resolve } = Promise.withResolvers<string>()
  make = () => promise
  const sockets = Array.from({ length: 20 }, () => connect(server.address.port, '127.0.0.1'))
  for (const socket of sockets) socket.write('GET /metrics HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
  // The server has read what came before these.
  await Promise.all(Array.from({ length: 20 }, () => fetch(url('/elsewhere'))))
  resolve('same 1\n')
  const replies = await Promise.all(sockets.map((socket) => text(socket)))
  expect(replies.every((reply) => reply.endsWith('\r\n\r\nsame 1\n'))).toBe(true)
  expect(made).toBeLessThan(5)
})

test('what cannot be told is a 503 without a reason, and the next scrape is tried again', async () => {
  make = () => Promise.reject(new Error('secret'))
  const reply = await fetch(url())
  expect([reply.status, await reply.text()]).toEqual([503, ''])
  make = () => Promise.resolve('b 2\n')
  expect(await (await fetch(url())).text()).toBe('b 2\n')
})

test.for([
  ['no HTTP', '\0\x01\x02\xff\r\n\r\n'],
  ['TLS', Buffer.from('16030100010000', 'hex')],
  ['a head without end', `GET /metrics HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}`],
  ['two lengths', 'GET /metrics HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n'],
  ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n'],
  ['Expect', 'GET /metrics HTTP/1.1\r\nhost: a\r\nexpect: tea\r\n\r\n'],
  ['an upgrade', 'GET /metrics HTTP/1.0\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'],
] as const)('%s harms nobody', async ([, bytes]) => {
  await raw(bytes)
  expect((await fetch(url())).status).toBe(200)
})

test('connections above the bound are closed at once, and those below it are served', async () => {
  const sockets = Array.from({ length: 100 }, () => connect(server.address.port, '127.0.0.1').on('error', () => {}))
  const closed = await Promise.race(sockets.map((socket) => new Promise((resolve) => socket.on('close', resolve))))
  expect(closed).toBeDefined()
  for (const socket of sockets) socket.destroy()
  const open = sockets.filter((socket) => !socket.closed)
  await Promise.all(open.map((socket) => new Promise((resolve) => socket.on('close', resolve))))
  for (let status = 0; status !== 200;) status = (await fetch(url()).catch(() => ({ status: 0 }))).status
})

test('an address that is taken is an error', async () => {
  await expect(openMetricsServer(server.address, { contentType: '', text: () => Promise.resolve('') })).rejects.toThrow(
    'EADDRINUSE',
  )
})
