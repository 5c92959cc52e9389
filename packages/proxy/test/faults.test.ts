import { PassThrough } from 'node:stream'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { BodyBudget, ClockWheel, Endpoint, RequestBody } from '../src/index.ts'
import { begin } from './support/collector.ts'
import { rawServer, until } from './support/raw-server.ts'

/** A small seeded generator: the same faults in each run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const head = 'HTTP/1.1 200 OK\r\n'
const faults: ((socket: Socket) => void)[] = [
  (socket) => socket.write(`${head}Content-Length: 2\r\n\r\nok`),
  (socket) => socket.write(`${head}Content-Length: 2\r\n\r\nok`),
  (socket) => socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`),
  (socket) => socket.end(`${head}\r\nok`),
  (socket) => socket.write(`${head}Connection: close\r\nContent-Length: 2\r\n\r\nok`),
  (socket) => socket.write(`${head}Content-Length: 2\r\n\r\nok${head}Content-Length: 4\r\n\r\nevil`),
  (socket) => socket.end(`${head}Content-Length: 9\r\n\r\nok`),
  (socket) => socket.write('nonsense\r\n\r\n'),
  (socket) => socket.resetAndDestroy(),
  (socket) => socket.destroy(),
  (socket) => {
    socket.write(`${head}\r\nhalf`)
    setImmediate(() => socket.resetAndDestroy())
  },
]

test('under mixed faults every attempt ends once, and nothing is left behind', async () => {
  const random = seeded(7)
  const server = await rawServer((socket, _received, _connection, chunk) => {
    if (chunk.includes('\r\n\r\n')) faults[Math.floor(random() * faults.length)]?.(socket)
  })
  const wheel = new ClockWheel()
  const budget = new BodyBudget(1_000_000)
  const endpoint = new Endpoint(server.url, wheel, { maxConnections: 8 })
  const clocks = { headersMs: 2_000, idleMs: 2_000, backendMs: 5_000 }
  const bodies: RequestBody[] = []
  const runs = Array.from({ length: 600 }, async (_, index) => {
    const source = new PassThrough()
    const body = index % 3 === 0 ? RequestBody.stream(source, undefined, 1_000, budget) : RequestBody.none()
    bodies.push(body)
    const { attempt, collector } = begin(endpoint, {
      method: index % 3 === 0 ? 'POST' : 'GET',
      body: body.open(),
      clocks,
    })
    source.end('body')
    if (random() < 0.2) setImmediate(() => attempt.cancel())
    await collector.over
    return collector
  })
  const collectors = await Promise.all(runs)
  for (const body of bodies) body.release()
  await endpoint.close()
  expect(collectors.filter(({ late }) => late > 0)).toEqual([])
  expect(collectors.filter(({ ended, failure }) => ended === (failure !== undefined))).toEqual([])
  expect(collectors.filter(({ body }) => body.includes('evil'))).toEqual([])
  expect(collectors.filter(({ ended, body }) => ended && body !== 'ok')).toEqual([])
  expect(collectors.filter(({ ended }) => ended).length).toBeGreaterThan(100)
  expect([wheel.armed, budget.used, endpoint.activeConnections, endpoint.waiting]).toEqual([0, 0, 0, 0])
  await until(() => server.closed.every((closed) => closed !== undefined))
  await server.close()
})
