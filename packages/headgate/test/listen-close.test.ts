/** Closing listeners: what is open may end, what is idle goes, and slow callers are not waited for without end. */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { connect } from 'node:net'
import { connect as connectTls, TLSSocket } from 'node:tls'
import { describe, expect, test } from 'vitest'
import {
  connectRaw,
  event,
  eventStream,
  gate as newGate,
  head,
  reply,
  silence,
  startUpstream,
  steps,
} from '@headgate/testing'
import type { Script } from '@headgate/testing'
import { Gateway } from 'headgate'
import { Door } from '../src/listeners/door.ts'
import { Entrance } from '../src/listeners/entrance.ts'
import { createServers } from '../src/listeners/serve-http.ts'
import { one } from './certificates.ts'
import { codes, connectHttp2 } from './http2-client.ts'
import { connectRawHttp2, pseudo } from './raw-http2.ts'
import type { RawHttp2 } from './raw-http2.ts'
import { collectReports } from './reports.ts'
import { chat, oneRoute, question } from './serve.ts'
import { http, https, openSockets } from './sockets.ts'
import type { Sockets } from './sockets.ts'

const host = 'one.test'
const post = {
  method: 'POST',
  target: chat,
  headers: [
    ['host', host],
    ['content-type', 'application/json'],
  ],
  body: question.body,
} as const
const streamed = { ':authority': host, ':path': chat, ':method': 'POST', 'content-type': 'application/json' }

/** Connections of callers that say nothing or only a part; the result waits for the end of each. */
async function quietConnections(sockets: Sockets, listener: 'plain' | 'secure'): Promise<() => Promise<unknown>> {
  const port = sockets.port(listener)
  const silent = [connect(port, '127.0.0.1')]
  if (listener === 'plain') silent.push(connect(port, '127.0.0.1'))
  else silent.push(...[1, 2].map(() => connectTls({ port, host: '127.0.0.1', servername: host, ca: one.certificate })))
  await Promise.all(silent.map((socket) => once(socket, socket instanceof TLSSocket ? 'secureConnect' : 'connect')))
  silent.at(-1)?.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nx-h`)
  // What was written is there before what comes on a later connection is answered.
  using after = await connectRaw(sockets.url('plain'))
  await after.send({ headers: [['host', 'else.test']] })
  await (await after.reply()).settled()
  const closings = silent.map((socket) => once(socket.on('error', () => {}).resume(), 'close'))
  return () => Promise.all(closings)
}

function open(url: string): Promise<Sockets> {
  const listeners = [http('plain', host), https('secure', host, ['one'])]
  return openSockets(oneRoute({ a: url }, {}, { listeners }))
}

describe('a close', () => {
  test('lets an HTTP/1.1 stream end, takes no new connection, and closes idle ones', async () => {
    const more = newGate()
    await using upstream = await startUpstream(eventStream([event('one'), more, event('two')]))
    await using sockets = await open(upstream.url)
    using client = await connectRaw(sockets.url('plain'))
    using idle = await connectRaw(sockets.url('plain'))
    await idle.send({ headers: [['host', 'else.test']] })
    await (await idle.reply()).settled()
    await client.send(post)
    const stream = await client.reply('POST')
    await stream.until('one')
    const closed = sockets.listening.close()
    expect(await idle.ended()).toBe('fin')
    await expect(connectRaw(sockets.url('plain'))).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(stream.state).toBe('reading')
    more.release()
    expect(await stream.settled()).toBe('whole')
    expect(stream.text).toBe(event('one') + event('two'))
    await closed
    await client.ended()
  })

  test.for([['plain'], ['secure']] as const)(
    'says GOAWAY to HTTP/2 and lets its streams end, %s',
    async ([listener]) => {
      const more = newGate()
      await using upstream = await startUpstream(eventStream([event('one'), more, event('two')]))
      await using sockets = await open(upstream.url)
      const scheme = listener === 'secure' ? 'https' : 'http'
      using client = await connectHttp2(`${scheme}://127.0.0.1:${sockets.port(listener)}`, {
        servername: host,
        ca: one.certificate,
      })
      const call = client.open(streamed)
      call.stream.end(question.body)
      await call.until('one')
      const goaway = new Promise((resolve) => client.session.once('goaway', resolve))
      const closed = sockets.listening.close()
      expect(await goaway).toBe(codes.none)
      more.release()
      expect([await call.closed(), call.whole, call.text]).toEqual([codes.none, true, event('one') + event('two')])
      await closed
      await client.closed()
    },
  )

  test('closes connections that never said anything, and sessions without a stream', async () => {
    await using upstream = await startUpstream()
    await using sockets = await open(upstream.url)
    using silent = await connectRaw(sockets.url('plain'))
    using beginning = await connectRaw(sockets.url('plain'))
    await beginning.write('PRI * HT')
    using session = await connectRawHttp2(sockets.port('plain'))
    await session.settle()
    await sockets.listening.close()
    await Promise.all([silent.ended(), beginning.ended(), session.closed()])
    expect(session.frames.map(({ name }) => name)).toContain('goaway')
  })

  test.for([['plain'], ['secure']] as const)(
    'closes connections that never sent a whole head at once, while a stream goes on, %s',
    async ([listener]) => {
      const more = newGate()
      await using upstream = await startUpstream(eventStream([event('one'), more, event('two')]))
      await using sockets = await open(upstream.url)
      using client = await connectHttp2(sockets.url('plain'))
      const call = client.open(streamed)
      call.stream.end(question.body)
      await call.until('one')
      const ended = await quietConnections(sockets, listener)
      const closed = sockets.listening.close()
      await ended()
      expect(call.text).toBe(event('one'))
      more.release()
      expect([await call.closed(), call.whole]).toEqual([codes.none, true])
      await closed
    },
  )

  test('breaks off what has not ended in time, visibly', async () => {
    await using upstream = await startUpstream(eventStream([event('one'), silence]))
    await using sockets = await open(upstream.url)
    using client = await connectRaw(sockets.url('plain'))
    using session = await connectHttp2(sockets.url('plain'))
    await client.send(post)
    const stream = await client.reply('POST')
    await stream.until('one')
    const call = session.open(streamed)
    call.stream.end(question.body)
    await call.until('one')
    await sockets.listening.close({ drainMs: 0 })
    expect([await stream.settled(), stream.text]).toEqual(['cut', expect.stringContaining('"code":"closing"')])
    await call.closed()
    expect([call.whole, call.text]).toEqual([false, expect.stringContaining('"code":"closing"')])
    await Promise.all([1, 2].map((number) => upstream.closed(number)))
  })

  test('waits for a caller that reads slowly', async () => {
    const body = Buffer.alloc(8 * 1024 * 1024, 'x')
    await using upstream = await startUpstream(reply({ body }))
    await using sockets = await open(upstream.url)
    using client = await connectRaw(sockets.url('plain'))
    await client.send(post)
    const slow = await client.reply('POST')
    client.stopReading()
    const closed = sockets.listening.close()
    client.resumeReading()
    expect([await slow.settled(), slow.body.length]).toEqual(['whole', body.length])
    await closed
  })

  test('loses nothing of a reply that only the caller has not read yet', async () => {
    const body = 'x'.repeat(10_000)
    await using upstream = await startUpstream(reply({ body }))
    await using sockets = await open(upstream.url)
    // The window of the caller holds most of the reply back.
    using session = await connectRawHttp2(sockets.port('plain'), 1000)
    await session.settle()
    session.request(1, pseudo('POST', chat, host), true)
    await sockets.report(1)
    const closed = sockets.listening.close()
    await session.until(() => session.frames.some(({ name }) => name === 'goaway'))
    expect(session.bytes(1)).toBe(1000)
    session.allow(1, 100_000)
    await session.until(() => session.story(1).includes('data end'))
    expect(session.bytes(1)).toBe(body.length)
    await closed
    await session.closed()
  })

  test('does not wait for ever for a caller that reads nothing', async () => {
    await using upstream = await startUpstream(reply({ body: 'x'.repeat(10_000) }))
    await using sockets = await open(upstream.url)
    using session = await connectRawHttp2(sockets.port('plain'), 1000)
    await session.settle()
    session.request(1, pseudo('POST', chat, host), true)
    await sockets.report(1)
    await sockets.listening.close()
    await session.closed()
    expect(session.story(1)).not.toContain('data end')
  })
})

test('a reply that waits in this process for its reader is no idle connection', async () => {
  const body = Buffer.alloc(32 * 1024 * 1024, 'x')
  const http1 = createServer((_request, response) => response.end(body))
  http1.emit('listening')
  const entrance = Entrance.plain({ http1, http2: createHttp2Server(), unasked: new Set() })
  const { port } = await entrance.listen({ host: '127.0.0.1', port: 0 })
  using client = await connectRaw(`http://127.0.0.1:${port}`)
  await client.send({})
  const received = await client.reply()
  client.stopReading()
  entrance.stop()
  const finished = entrance.finish(10_000)
  client.resumeReading()
  expect([await received.settled(), received.body.length]).toEqual(['whole', body.length])
  await finished
  await client.ended()
})

describe('an HTTP/2 session ends by itself, because no stream is left behind', () => {
  const refused = { backends: [] }
  const waits = { retry: { retries: 1, on: [503], backoff: { type: 'minimum', base: '1h', max: '1h' } } } as const
  const cancel = (session: RawHttp2): void => session.reset(1, codes.cancel)
  const stories: readonly [string, Parameters<typeof oneRoute>[1], Script, (session: RawHttp2) => void][] = [
    ['an upload that was refused', refused, reply(), () => {}],
    ['an upload that was refused after its end', refused, reply(), (session) => session.data(1, 'the end', true)],
    ['a reply before the end of the upload', {}, steps(head(200, [['content-length', '2']]), 'ok'), () => {}],
    ['a request that was reset', {}, silence, cancel],
    ['an upload that was reset while nobody read it', waits, steps(head(503, [['content-length', '0']])), cancel],
  ]

  test.for(stories)('%s', async ([, rule, script, act]) => {
    await using upstream = await startUpstream(script)
    await using gate = new Gateway({
      version: 1,
      ...oneRoute({ a: upstream.url }, rule, { listeners: [http('main')] }),
    })
    const reports = collectReports(gate)
    const waiting = new Promise((resolve) => gate.once('retry-scheduled', resolve))
    const entrance = Entrance.plain(createServers(gate, new Door(gate, ['main']), 16_384))
    const { port } = await entrance.listen({ host: '127.0.0.1', port: 0 })
    using session = await connectRawHttp2(port)
    const fields = [...pseudo('POST', chat, host), ['content-length', '1000000']] as const
    session.request(1, rule === refused ? pseudo('POST', chat, host) : fields, false)
    session.data(1, 'x'.repeat(16_000))
    if (rule !== refused) await upstream.request(1)
    if (rule === waits) {
      await waiting
      session.data(1, 'more')
      await session.settle()
    }
    act(session)
    await reports.report(1)
    await session.settle()
    entrance.stop()
    // Nothing drops it.
    await session.closed()
    expect(session.over).toBe(true)
    entrance.drop()
  })
})
