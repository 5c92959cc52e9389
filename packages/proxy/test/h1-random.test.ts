import { PassThrough } from 'node:stream'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { ClockWheel, Endpoint } from '../src/index.ts'
import { Collector, begin, type Request } from './support/collector.ts'
import { rawServer, turns, until } from './support/raw-server.ts'

type Random = () => number

/** A small seeded generator: the same choices in each run. */
function seeded(seed: number): Random {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function oneOf<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)]!
}

const bodyOf = (id: string): string => `<${id}>`.repeat(1 + (Number(id) % 7) * 40)

const chunk = (data: string): string => `${data.length.toString(16)}\r\n${data}\r\n`
const evil = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'

/** Whole replies, by framing. */
const replies: ((body: string) => string)[] = [
  (body) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  (body) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(body)}0\r\n\r\n`,
  (body) => `HTTP/1.1 103 Early\r\nx: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  (body) => `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  (body) => `HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
]

/** What a backend does with a reply. Whatever it sends after one goes with it: what comes later may be the reply to another request. */
const manners: ((socket: Socket, reply: string, random: Random) => void)[] = [
  (socket, reply) => socket.write(reply),
  (socket, reply) => socket.write(reply),
  (socket, reply) => socket.write(reply),
  (socket, reply, random) => {
    // In two reads, with some turns between them.
    const at = Math.floor(random() * reply.length)
    socket.write(reply.slice(0, at))
    void turns(Math.floor(random() * 4)).then(() => socket.write(reply.slice(at)))
  },
  (socket, reply) => socket.end(reply),
  (socket, reply) => socket.write(reply + evil),
  (socket, reply) => socket.end(reply + evil),
  (socket, reply, random) => socket.end(reply.slice(0, Math.floor(random() * reply.length))),
  (socket, reply) => {
    socket.write(reply)
    void turns(2).then(() => socket.resetAndDestroy())
  },
  (socket, reply) => {
    socket.write(reply)
    void turns(2).then(() => socket.end())
  },
  (socket) => socket.resetAndDestroy(),
  (socket) => socket.end(),
  (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n'),
  (socket, reply) => socket.write(`zz${reply}`),
]

/** What a caller sends. */
const requests: ((random: Random) => Request)[] = [
  () => ({}),
  () => ({ method: 'HEAD' }),
  () => ({ method: 'POST', body: Buffer.from('once') }),
  (random) => {
    const body = new PassThrough()
    void turns(Math.floor(random() * 4)).then(() => body.write('a part'))
    void turns(Math.floor(random() * 8)).then(() => (random() < 0.2 ? body.destroy() : body.end()))
    return { method: 'POST', body }
  },
  (random) => {
    const body = new PassThrough()
    void turns(Math.floor(random() * 3)).then(() => body.end(random() < 0.5 ? 'abc' : 'abcd'))
    return { method: 'POST', body, headers: ['host', 'model.test', 'content-length', '3'] }
  },
]

test.for([1, 2, 3, 4])(
  'whatever happens when (%i), each attempt ends once and with no bytes of another one',
  async (seed) => {
    const random = seeded(seed)
    const server = await rawServer((socket, _received, _connection, data) => {
      const id = /(?:GET|HEAD|POST) \/([0-9]+) HTTP/.exec(data.toString('latin1'))?.[1]
      if (id === undefined || socket.destroyed) return
      const reply = oneOf(random, replies)(bodyOf(id))
      const whole = data.toString('latin1').startsWith('HEAD')
        ? reply.slice(0, reply.lastIndexOf('\r\n\r\n') + 4)
        : reply
      oneOf(random, manners)(socket, whole, random)
    })
    const wheel = new ClockWheel()
    const endpoint = new Endpoint(server.url, wheel, { maxConnections: 6, maxRequestsPerConnection: 5 })
    const clocks = { headersMs: 10_000, idleMs: 10_000, backendMs: 0 }
    let most = 0
    const runs = Array.from({ length: 400 }, async (_, id) => {
      await turns(Math.floor(random() * 120))
      const collector = new Collector()
      const { attempt } = begin(endpoint, { ...oneOf(random, requests)(random), path: `/${id}`, clocks, collector })
      most = Math.max(most, endpoint.activeConnections)
      if (random() < 0.3) {
        collector.accept = false
        collector.onData = () => void turns(Math.floor(random() * 3)).then(() => attempt.resume())
      }
      if (random() < 0.1) collector.onHead = () => attempt.cancel()
      if (random() < 0.1) void turns(Math.floor(random() * 10)).then(() => attempt.cancel())
      await collector.over
      return collector
    })
    const all = await Promise.all(runs)
    // With guests that wait, or none, and connections that are replaced.
    await endpoint.close()
    for (const [id, { body, ended, late, failure }] of all.entries()) {
      expect([ended, late]).toEqual([failure === undefined, 0])
      expect(bodyOf(`${id}`).startsWith(body)).toBe(true)
      expect(!ended || body === '' || body === bodyOf(`${id}`)).toBe(true)
    }
    expect(all.filter(({ ended }) => ended).length).toBeGreaterThan(100)
    expect(all.filter(({ failure }) => failure?.kind === 'timeout')).toEqual([])
    expect([most, wheel.armed, endpoint.activeConnections, endpoint.waiting]).toEqual([6, 0, 0, 0])
    await until(() => server.closed.every((closed) => closed !== undefined))
    await server.close()
  },
)
