import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { Attempt } from '../src/index.ts'
import { Collector, begin, run } from './support/collector.ts'
import { endpointOf } from './support/endpoints.ts'
import { answering, rawServer, turns, until } from './support/raw-server.ts'

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const framings: Readonly<Record<string, (socket: Socket, data: string) => unknown>> = {
  length: (socket, data) => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${data.length}\r\n\r\n${data}`),
  chunked: (socket, data) => {
    const half = data.length >> 1
    const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    socket.write(`${chunk(data.slice(0, half))}${chunk(data.slice(half))}0\r\n\r\n`)
  },
  'until-close': (socket, data) => socket.end(`HTTP/1.1 200 OK\r\n\r\n${data}`),
}

describe.each(Object.entries(framings))('%s', (framing, write) => {
  test('replies that pause each other keep their own bytes', async () => {
    const size = 300_000
    const server = await rawServer((socket, received) => {
      const letter = /^GET \/([a-z]) /.exec(received)?.[1]
      if (letter !== undefined) write(socket, letter.repeat(size))
    })
    const endpoint = endpointOf(server)
    const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    const paused: Attempt[] = []
    const all = letters.map((letter) => {
      const collector = new Collector()
      collector.accept = false
      const { attempt } = begin(endpoint, { path: `/${letter}`, collector })
      collector.onData = () => {
        // Whoever gets data lets the others go on, out of its own callback.
        for (const other of paused.splice(0)) other.resume()
        paused.push(attempt)
      }
      return collector
    })
    const pump = setInterval(() => paused.shift()?.resume(), 1)
    await Promise.all(all.map(({ over }) => over))
    clearInterval(pump)
    for (const [index, { body, ended, late }] of all.entries()) {
      expect([ended, late, body.length]).toEqual([true, 0, size])
      expect(body.replaceAll(letters[index]!, '')).toBe('')
    }
  })

  test('a reply that is paused at its last byte is over all the same, and its connection reads on', async () => {
    const server = await rawServer((socket) => write(socket, 'ok'))
    const endpoint = endpointOf(server)
    for (let round = 0; round < 3; round++) {
      const collector = new Collector()
      collector.accept = false
      const { attempt } = begin(endpoint, { collector })
      await until(() => collector.bytes === 2)
      attempt.resume()
      await collector.over
      expect(collector).toMatchObject({ body: 'ok', ended: true, late: 0 })
      await until(() => endpoint.idleConnections === endpoint.activeConnections)
    }
    expect(server.accepted).toBe(framing === 'until-close' ? 3 : 1)
  })

  test('while a reply is paused its end is not told, and a reset is once it reads on', async () => {
    const server = await rawServer((socket) => {
      write(socket, 'x'.repeat(2_000_000))
    })
    const endpoint = endpointOf(server)
    const collector = new Collector()
    collector.accept = false
    const { attempt } = begin(endpoint, { collector })
    await until(() => collector.bytes > 0)
    server.sockets[0]!.resetAndDestroy()
    await turns(20)
    expect([collector.ended, collector.failure]).toEqual([false, undefined])
    collector.accept = true
    attempt.resume()
    await collector.over
    expect(collector.failure).toMatchObject({ kind: 'reset', headSeen: true })
  })

  test.for(['head', 'data'] as const)('an attempt that is cancelled in its %s hears no more', async (when) => {
    const server = await rawServer((socket) => write(socket, 'x'.repeat(200_000)))
    const endpoint = endpointOf(server)
    const collector = new Collector()
    const { attempt } = begin(endpoint, { collector })
    const cancel = (): void => {
      collector.accept = false
      attempt.cancel()
      attempt.resume()
    }
    if (when === 'head') collector.onHead = cancel
    else collector.onData = cancel
    await collector.over
    expect(endpoint.activeConnections).toBe(0)
    await until(() => server.closed[0] !== undefined)
    expect(collector).toMatchObject({ ended: false, late: 0, failure: { kind: 'cancelled', headSeen: true } })
  })

  test.for(['head', 'data', 'end'] as const)('an endpoint that is destroyed in the %s of a reply is', async (when) => {
    const server = await rawServer((socket) => write(socket, 'x'.repeat(1_000)))
    const endpoint = endpointOf(server, { maxConnections: 1 })
    const collector = new Collector()
    const waiting = new Collector()
    let closed: Promise<void> | undefined
    const destroy = (): void => {
      closed ??= endpoint.destroy()
    }
    if (when === 'head') collector.onHead = destroy
    else if (when === 'data') collector.onData = destroy
    else void collector.over.then(destroy)
    begin(endpoint, { collector })
    begin(endpoint, { collector: waiting })
    await Promise.all([collector.over, waiting.over])
    await closed
    expect([endpoint.activeConnections, endpoint.waiting, collector.late, waiting.late]).toEqual([0, 0, 0, 0])
    expect([collector.ended, waiting.failure?.kind]).toEqual([when === 'end', 'cancelled'])
  })
})

test('a listener that throws in the middle of a read leaves the other connections alone', async () => {
  const server = await answering(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`)
  const endpoint = endpointOf(server)
  const throwing = [new Collector(), new Collector()]
  const fail = (): never => {
    throw new TypeError('a listener')
  }
  throwing[0]!.onHead = fail
  throwing[1]!.onData = fail
  const others = Array.from({ length: 4 }, () => run(endpoint))
  for (const collector of throwing) begin(endpoint, { collector })
  await Promise.all(throwing.map(({ over }) => over))
  expect(throwing.map(({ failure, late }) => [failure?.kind, late])).toEqual([
    ['cancelled', 0],
    ['cancelled', 0],
  ])
  for (const other of await Promise.all(others)) expect(other).toMatchObject({ body: 'ok', ended: true })
  await until(() => endpoint.activeConnections === 4)
})

test('an upload of nothing but empty chunks is an empty body', async () => {
  const server = await rawServer((socket, received) => {
    if (received.endsWith('0\r\n\r\n')) socket.write(ok)
  })
  const source = new PassThrough()
  const { collector } = begin(endpointOf(server), { method: 'POST', body: source })
  for (let chunk = 0; chunk < 3; chunk++) source.write(Buffer.alloc(0))
  source.end()
  await collector.over
  expect(collector.ended).toBe(true)
  expect(server.received[0]?.split('\r\n\r\n')).toEqual([expect.stringContaining('chunked'), '0', ''])
})

test.for([
  ['longer', 'too much', false],
  ['shorter', 'no', true],
] as const)('an upload that is %s than announced is cut, and never whole', async ([, body, sent]) => {
  const server = await rawServer(() => {})
  const endpoint = endpointOf(server)
  const source = new PassThrough()
  const headers = ['host', 'model.test', 'content-length', '3']
  const { collector } = begin(endpoint, { method: 'POST', headers, body: source })
  source.end(body)
  await collector.over
  expect(collector.failure).toMatchObject({ kind: 'upload-failed', sent })
  await until(() => server.closed[0] !== undefined)
  expect(server.received[0]).not.toContain(body === 'no' ? '0\r\n\r\n' : 'too')
  expect([source.destroyed, endpoint.activeConnections]).toEqual([true, 0])
})

test('an upload that breaks before its first byte sends nothing', async () => {
  const server = await rawServer(() => {})
  const endpoint = endpointOf(server)
  const source = new PassThrough()
  const { attempt, collector } = begin(endpoint, { method: 'POST', body: source })
  await until(() => attempt.phase === 'uploading')
  source.destroy(new Error('the caller left'))
  await collector.over
  expect(collector.failure).toMatchObject({ kind: 'upload-failed', sent: false })
  await until(() => server.closed[0] !== undefined)
  expect(server.received).toEqual([''])
})

test('a reply in the middle of an upload stops the upload, and its connection is not used again', async () => {
  const server = await answering(ok)
  const endpoint = endpointOf(server)
  const source = new PassThrough()
  const { collector } = begin(endpoint, { method: 'POST', body: source })
  source.write('a part\r\n\r\n')
  await collector.over
  expect(collector).toMatchObject({ body: 'ok', ended: true })
  await until(() => source.destroyed && server.closed[0] !== undefined)
  expect(endpoint.activeConnections).toBe(0)
})
