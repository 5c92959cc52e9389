import { constants, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { BodyBudget, ClockWheel, Endpoint, RequestBody } from '../src/index.ts'
import { begin, type Started } from './support/collector.ts'
import { h2Server } from './support/h2-server.ts'
import { turns, until } from './support/raw-server.ts'

type Fault = (stream: ServerHttp2Stream, socket: Socket) => void

function answer(stream: ServerHttp2Stream): void {
  if (!stream.destroyed) stream.respond({})
  stream.end(Buffer.alloc(20_000, 'x'))
}

const faults: readonly Fault[] = [
  answer,
  answer,
  answer,
  answer,
  (stream) => setImmediate(answer, stream),
  (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM),
  (stream) => stream.destroy(),
  (stream) => stream.destroy(new Error('broken')),
  (stream) => {
    stream.respond({})
    stream.write('half', () => stream.destroy())
  },
  (stream) => {
    stream.session?.goaway(constants.NGHTTP2_NO_ERROR)
    answer(stream)
  },
  (stream) => stream.session?.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, Math.max(1, (stream.id ?? 1) - 2)),
  (stream) => stream.session?.close(),
  (_stream, socket) => socket.destroy(),
  (_stream, socket) => socket.resetAndDestroy(),
  () => {},
]

test('under mixed faults every attempt ends once, and nothing is left behind', async () => {
  const wheel = new ClockWheel()
  const server = await h2Server(
    (stream, headers) => {
      const fault = faults[Number(headers['x-fault'])]!
      const socket = server.sockets[server.sessions.findIndex((session) => session === stream.session)]!
      setImmediate(() => {
        if (!stream.destroyed) fault(stream, socket)
      })
    },
    { settings: { maxConcurrentStreams: 20 } },
  )
  const endpoint = new Endpoint(server.url, wheel, { protocol: 'h2c', maxConnections: 3 })
  const budget = new BodyBudget(1_000_000)
  const clocks = { headersMs: 100, idleMs: 100, backendMs: 0 }
  const started: Started[] = []
  let seed = 7
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  for (let index = 0; index < 600; index++) {
    const source = new PassThrough()
    const body = index % 3 === 0 ? RequestBody.stream(source, undefined, 0, budget) : undefined
    const headers = ['host', 'm', 'x-fault', String(random(faults.length))]
    const one = begin(endpoint, {
      method: 'POST',
      headers,
      body: body?.open() ?? null,
      clocks,
      ...(body && { trailers: body }),
    })
    started.push(one)
    if (index % 6 === 0) source.end('upload')
    else if (index % 9 === 0) source.write('half')
    if (random(10) === 0) setImmediate(() => one.attempt.cancel())
    if (random(20) === 0) setImmediate(() => source.destroy())
    if (random(5) === 0) await turns(random(10))
  }
  await Promise.all(started.map(({ collector }) => collector.over))
  await turns(50)
  const outcomes = new Set(started.map(({ collector }) => collector.failure?.kind ?? 'ended'))
  expect(started.map(({ collector }) => collector.late).filter((late) => late > 0)).toEqual([])
  expect(started.filter(({ collector }) => collector.ended && collector.bytes !== 20_000)).toEqual([])
  expect([...outcomes]).toEqual(expect.arrayContaining(['ended', 'reset', 'refused-stream', 'timeout', 'cancelled']))
  await until(() => endpoint.activeConnections === endpoint.idleConnections)
  expect([endpoint.waiting, budget.used]).toEqual([0, 0])
  await endpoint.destroy()
  expect([endpoint.activeConnections, wheel.armed]).toEqual([0, 0])
  await server.close()
})
