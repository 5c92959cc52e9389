/** What a listener waits for, and for how long: heads, prefaces, connections on which nothing happens. */

import type { ServerHttp2Session } from 'node:http2'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { connectRaw, event, eventStream, gate as newGate, startUpstream } from '@headgate/testing'
import { Gateway } from 'headgate'
import { Door } from '../src/listeners/door.ts'
import { Entrance } from '../src/listeners/entrance.ts'
import { createServers } from '../src/listeners/serve-http.ts'
import { when } from './held.ts'
import { connectRawHttp2, pseudo } from './raw-http2.ts'
import { seeSockets } from './seen-sockets.ts'
import { oneRoute } from './serve.ts'
import { http } from './sockets.ts'

const sockets = seeSockets()
const host = 'one.test'

/** Node has them, its types do not. */
interface Times {
  readonly connectionsCheckingInterval: number
  readonly timeout: number
}

describe('a head that does not come to its end', () => {
  test.for([
    ['the first byte', 'G'],
    ['a request line', 'GET / HTTP/1.1\r\n'],
    ['some fields', 'GET / HTTP/1.1\r\nhost: one.test\r\nx-a:'],
  ])('is given up: %s', async ([, beginning = '']) => {
    await using gate = new Gateway({ version: 1, listeners: [http('main')] })
    const servers = createServers(gate, new Door(gate, ['main']), 16_384)
    // The same watch with shorter times: it takes them when it starts.
    Object.assign(servers.http1, { headersTimeout: 50, connectionsCheckingInterval: 10 })
    servers.http1.emit('listening')
    const entrance = Entrance.plain(servers)
    const { port } = await entrance.listen({ host: '127.0.0.1', port: 0 })
    using client = await connectRaw(`http://127.0.0.1:${port}`)
    await client.write(beginning)
    expect((await client.reply()).status).toBe(408)
    await client.ended()
    entrance.stop()
    entrance.drop()
  })
})

describe('times of a listener', () => {
  test('a head has no more than a minute in all, and other uploads have no limit', async () => {
    await using gate = new Gateway({ version: 1, listeners: [http('main')] })
    const { http1 } = createServers(gate, new Door(gate, ['main']), 16_384)
    const { headersTimeout, connectionsCheckingInterval, requestTimeout } = http1 as typeof http1 & Times
    // Five seconds go by at most until a beginning is told from HTTP/2.
    expect(5000 + headersTimeout + connectionsCheckingInterval).toBeLessThanOrEqual(60_000)
    expect(requestTimeout).toBe(0)
    http1.close()
  })

  test('a session of HTTP/2 on which nothing happens is closed, and its streams end before', async () => {
    const more = newGate()
    await using upstream = await startUpstream(eventStream([event('one'), more, event('two')]))
    await using gate = new Gateway({ version: 1, ...oneRoute({ a: upstream.url }, {}, { listeners: [http('main')] }) })
    const servers = createServers(gate, new Door(gate, ['main']), 16_384)
    const opened = new Promise<ServerHttp2Session & Pick<Times, 'timeout'>>((resolve) =>
      servers.http2.once('session', resolve),
    )
    const entrance = Entrance.plain(servers)
    const { port } = await entrance.listen({ host: '127.0.0.1', port: 0 })
    using session = await connectRawHttp2(port)
    const server = await opened
    session.request(1, pseudo('GET', '/', host), true)
    await session.until(() => session.bytes(1) > 0)
    expect(server.timeout).toBe(60_000)
    server.emit('timeout')
    await session.until(() => session.frames.some(({ name }) => name === 'goaway'))
    more.release()
    await session.closed()
    expect(session.story(1)).toContain('data end')
    entrance.stop()
    entrance.drop()
  })

  test('a preface that has begun must go on', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    await using gate = new Gateway({ version: 1, listeners: [http('main')] })
    const entrance = Entrance.plain(createServers(gate, new Door(gate, ['main']), 16_384))
    const { port } = await entrance.listen({ host: '127.0.0.1', port: 0 })
    using client = await connectRaw(`http://127.0.0.1:${port}`)
    await when(() => sockets.at(port) !== undefined)
    const taken = sockets.at(port)
    await client.write('PRI')
    await when(() => taken?.bytesRead === 3)
    await client.write(' * ')
    await when(() => taken?.bytesRead === 6)
    vi.advanceTimersByTime(4999)
    expect(taken?.destroyed).toBe(false)
    vi.advanceTimersByTime(1)
    expect(taken?.destroyed).toBe(true)
    await client.ended()
    entrance.stop()
    entrance.drop()
  })
})
