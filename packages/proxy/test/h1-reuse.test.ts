import { PassThrough } from 'node:stream'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { Endpoint, EndpointOptions } from '../src/index.ts'
import { begin, run, type Request } from './support/collector.ts'
import { endpointOf } from './support/endpoints.ts'
import { answering, rawServer, turns, until, type RawServer } from './support/raw-server.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const evil = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil'
/** A server with one connection to it that was used and is idle. */
async function idle(options?: EndpointOptions): Promise<{ server: RawServer; endpoint: Endpoint; socket: Socket }> {
  const server = await answering(ok)
  const endpoint = endpointOf(server, options)
  await run(endpoint)
  await until(() => endpoint.idleConnections === 1)
  await turns(2)
  return { server, endpoint, socket: server.sockets[0]! }
}

const post = (): Request => ({ method: 'POST', body: Buffer.from('once') })

/** What a backend can do to a connection that it should leave alone. */
const deaths: Readonly<Record<string, (socket: Socket) => unknown>> = {
  'is ended': (socket) => socket.end(),
  'is reset': (socket) => socket.resetAndDestroy(),
  'brings a reply': (socket) => socket.write(evil),
  'brings a reply and is ended': (socket) => socket.end(evil),
  'brings one byte': (socket) => socket.write('H'),
}

describe.each(Object.entries(deaths))('a connection that %s in the very turn in which it is used again', (how, die) => {
  test('takes no request with it', async () => {
    const { server, endpoint, socket } = await idle({ maxConnections: 1 })
    die(socket)
    const { collector } = begin(endpoint, post())
    expect(endpoint.activeConnections).toBe(1)
    await collector.over
    expect(collector).toMatchObject({ body: 'ok', ended: true, failure: undefined, late: 0 })
    expect(server.received[0]).not.toContain('POST')
    expect(server.received[1]).toContain('once')
    await until(() => endpoint.idleConnections === 1)
    expect([server.accepted, endpoint.activeConnections, endpoint.waiting]).toEqual([2, 1, 0])
  })

  test('holds up no close of its endpoint, and is replaced for the guest that it had', async () => {
    const { endpoint, socket } = await idle({ maxConnections: 1 })
    die(socket)
    const { collector } = begin(endpoint, post())
    await endpoint.close()
    expect(collector).toMatchObject({ body: 'ok', ended: true, late: 0 })
    expect([endpoint.activeConnections, endpoint.waiting]).toEqual([0, 0])
  })

  test('is replaced while its endpoint is retired', async () => {
    const { endpoint, socket } = await idle()
    die(socket)
    const { collector } = begin(endpoint, post())
    endpoint.retire()
    await collector.over
    expect(collector).toMatchObject({ body: 'ok', ended: true, late: 0 })
    await until(() => endpoint.activeConnections === 0)
  })

  test('is not replaced when its guest or its endpoint has given up', async () => {
    const { server, endpoint, socket } = await idle()
    die(socket)
    const { attempt, collector } = begin(endpoint, post())
    attempt.cancel()
    const other = begin(endpoint, post())
    await Promise.all([endpoint.destroy(), collector.over, other.collector.over])
    for (const { failure, late } of [collector, other.collector])
      expect([failure?.kind, failure?.sent, late]).toEqual(['cancelled', false, 0])
    await turns(5)
    expect([server.received.filter((text) => text.includes('POST')), endpoint.activeConnections]).toEqual([[], 0])
  })

  test('is no reply to an upload that has not begun', async () => {
    const { server, endpoint, socket } = await idle()
    const { attempt, collector } = begin(endpoint, { method: 'POST', body: new PassThrough() })
    await until(() => attempt.phase === 'uploading')
    die(socket)
    await collector.over
    expect(collector).toMatchObject({ body: '', status: 0, late: 0, failure: { kind: 'reset', sent: false } })
    await until(() => endpoint.activeConnections === 0)
    expect(server.received[0]).not.toContain('POST')
  })

  test('right behind a reply takes none of those with it that waited for it', async () => {
    const server = await rawServer((socket, received) => {
      if (!received.endsWith('once')) return
      socket.write(ok)
      die(socket)
    })
    const endpoint = endpointOf(server, { maxConnections: 1 })
    const replies = await Promise.all(Array.from({ length: 6 }, () => run(endpoint, post())))
    // A reset may overtake the reply before it.
    const good = how === 'is reset' ? ['ok', 'reset'] : ['ok']
    const kinds = replies.map(({ body, failure }) => failure?.kind ?? body)
    expect(kinds.filter((kind) => !good.includes(kind))).toEqual([])
    expect(server.received.map((text) => text.split('POST').length - 1)).toEqual([1, 1, 1, 1, 1, 1])
  })
})

test('a connection that dies again and again before use is replaced once for each time, and never loops', async () => {
  const server = await answering(ok)
  const endpoint = endpointOf(server, { maxConnections: 2 })
  for (let round = 0; round < 20; round++) {
    await Promise.all([run(endpoint), run(endpoint)])
    await until(() => endpoint.idleConnections === 2)
    await turns(2)
    for (const socket of server.sockets) if (!socket.destroyed) socket.resetAndDestroy()
    const [one, two] = [begin(endpoint, post()), begin(endpoint, post())]
    expect(endpoint.activeConnections).toBe(2)
    await Promise.all([one.collector.over, two.collector.over])
    expect([one.collector.body, two.collector.body]).toEqual(['ok', 'ok'])
  }
  expect(server.accepted).toBe(2 + 20 * 2)
})

test('when nobody listens any more, the guest of a dead connection is told that nothing was sent', async () => {
  const { server, endpoint } = await idle({ maxConnections: 1 })
  const closed = server.close()
  const { collector } = begin(endpoint, post())
  const waiting = begin(endpoint, post())
  await Promise.all([closed, collector.over, waiting.collector.over])
  for (const { failure } of [collector, waiting.collector])
    expect(failure).toMatchObject({ kind: 'connect-failure', sent: false })
  expect([endpoint.activeConnections, endpoint.waiting]).toEqual([0, 0])
})

test('an upload that was closed while it waited for its connection is told at once', async () => {
  const server = await answering(ok)
  const endpoint = endpointOf(server)
  const source = new PassThrough()
  const { collector } = begin(endpoint, { method: 'POST', body: source })
  source.destroy()
  await collector.over
  expect(collector.failure).toMatchObject({ kind: 'upload-failed', sent: false })
  await until(() => endpoint.activeConnections === 0)
})

test('a reply that comes before the request was taken to its end leaves no connection', async () => {
  const server = await rawServer((socket, received) => {
    if (received.length > 100_000 || socket.isPaused()) return
    socket.pause()
    socket.write(ok)
  })
  const endpoint = endpointOf(server)
  // More than the buffers of the sockets hold.
  const reply = await run(endpoint, { method: 'POST', body: Buffer.alloc(16_000_000) })
  expect(reply).toMatchObject({ body: 'ok', ended: true })
  await turns(2)
  expect(endpoint.activeConnections).toBe(0)
})
