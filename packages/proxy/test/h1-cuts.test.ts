import type { Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { ClockWheel, Endpoint } from '../src/index.ts'
import { run, type Collector } from './support/collector.ts'
import { rawServer, until } from './support/raw-server.ts'

const wheel = new ClockWheel()
const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** Each request says in its path how much of the reply it gets, and `how` the connection is ended then. */
async function cutReplies(
  reply: string,
  how: (socket: Socket) => unknown,
  places: readonly number[],
): Promise<Collector[]> {
  const server = await rawServer((socket, received) => {
    const place = Number(/^GET \/([0-9]+) /.exec(received)?.[1])
    const cut = (): unknown => how(socket)
    if (place > 0) socket.write(reply.slice(0, place), 'latin1', cut)
    else cut()
  })
  const endpoint = new Endpoint(server.url, wheel)
  cleanups.push(
    () => server.close(),
    () => endpoint.destroy(),
  )
  const replies = await Promise.all(places.map((place) => run(endpoint, { path: `/${place}` })))
  await until(() => endpoint.activeConnections === 0)
  expect(replies.filter(({ late }) => late > 0)).toEqual([])
  return replies
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at)

const ends: Readonly<Record<string, (socket: Socket) => unknown>> = {
  ended: (socket) => socket.end(),
  reset: (socket) => socket.resetAndDestroy(),
}

const replies = {
  'with a length': 'HTTP/1.1 200 OK\r\nx-a: 1\r\nContent-Length: 4\r\n\r\nbody',
  'in chunks': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a\r\nbod\r\n1\r\ny\r\n0\r\nx-t: 1\r\n\r\n',
  'behind an interim one': 'HTTP/1.1 103 Early\r\nx: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody',
}

test.for(
  Object.entries(replies).flatMap(([name, reply]) =>
    Object.entries(ends).map(([end, how]) => [name, end, reply, how] as const),
  ),
)('a reply %s whose connection is %s at any of its bytes is broken, and says how far it came', async (one) => {
  const [, end, reply, how] = one
  const places = upTo(reply.length)
  const cut = await cutReplies(reply, how, places)
  const headEnds = reply.lastIndexOf('OK') + reply.slice(reply.lastIndexOf('OK')).indexOf('\r\n\r\n') + 4
  for (const [at, { ended, failure, body, status }] of cut.entries()) {
    expect([ended, failure?.kind, failure?.sent]).toEqual([false, 'reset', true])
    expect('body'.startsWith(body)).toBe(true)
    // What stands in front of a reset may be lost with it.
    const headSeen = end === 'reset' ? status === 200 : at >= headEnds
    expect([failure?.headSeen, status]).toEqual(headSeen ? [true, 200] : [false, 0])
  }
})

test.for(Object.entries(replies))('a reply %s is whole when its connection ends behind its last byte', async (one) => {
  const [, reply] = one
  const [whole] = await cutReplies(reply, (socket) => socket.end(), [reply.length])
  expect(whole).toMatchObject({ ended: true, body: 'body' })
})

test('a reply without a length is whole where its connection ends, and broken where it is reset', async () => {
  const head = 'HTTP/1.1 200 OK\r\nx-a: 1\r\n\r\n'
  const reply = `${head}body`
  const places = upTo(reply.length + 1)
  const ended = await cutReplies(reply, (socket) => socket.end(), places)
  expect(ended.map((one) => one.ended)).toEqual(places.map((at) => at >= head.length))
  expect(ended.map(({ body }) => body)).toEqual(places.map((at) => reply.slice(head.length, at)))
  const reset = await cutReplies(reply, (socket) => socket.resetAndDestroy(), places)
  expect(reset.map(({ failure }) => failure?.kind)).toEqual(places.map(() => 'reset'))
})

test.for(Object.entries(replies))('a reply %s that comes byte by byte is the same reply', async ([, reply]) => {
  const server = await rawServer((socket) => {
    socket.setNoDelay(true)
    const send = (at: number): void => {
      if (at === reply.length) return
      socket.write(reply.slice(at, at + 1))
      setImmediate(send, at + 1)
    }
    send(0)
  })
  const endpoint = new Endpoint(server.url, wheel)
  cleanups.push(
    () => server.close(),
    () => endpoint.destroy(),
  )
  expect(await run(endpoint)).toMatchObject({ status: 200, body: 'body', ended: true })
  await until(() => endpoint.idleConnections === 1)
})
