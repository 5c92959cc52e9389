/** Holds the scripted upstream and the raw client to each other over real sockets. */

import { expect, onTestFinished, test } from 'vitest'
import {
  earlyReply,
  faultsAfterReply,
  faultsBeforeReply,
  faultsInBody,
  interimStorm,
  refuseToRead,
  slowHead,
} from './faults.ts'
import { gate } from './gate.ts'
import { FramingError } from './http-head.ts'
import { connectRaw, type RawClient, rawRequest } from './raw-client.ts'
import { cutReply, event, eventStream, json, reply, tooManyRequests } from './replies.ts'
import { reset, type Script, silence, steps } from './script.ts'
import { refusingUrl, startUpstream, type Upstream, type UpstreamOptions } from './upstream.ts'

async function start(script?: Script | readonly Script[], options?: UpstreamOptions): Promise<Upstream> {
  const upstream = await startUpstream(script, options)
  onTestFinished(() => upstream.close())
  return upstream
}

async function connect(upstream: Upstream): Promise<RawClient> {
  const client = await connectRaw(upstream.url)
  onTestFinished(() => client.abort())
  return client
}

test('the nth request runs the nth script and the last one repeats', async () => {
  const upstream = await start([json({ n: 1 }), json({ n: 2 })])
  const texts: string[] = []
  for (let request = 0; request < 3; request++) texts.push((await rawRequest(upstream.url)).text)
  expect(texts).toEqual(['{"n":1}', '{"n":2}', '{"n":2}'])
})

test('the journal has target, fields and body byte for byte', async () => {
  const upstream = await start()
  await rawRequest(upstream.url, {
    method: 'POST',
    target: '/v1/a%2Fb?x=1&x=2',
    headers: [['X-Odd', ' spaced ']],
    body: Buffer.from([0, 255, 10]),
  })
  const request = await upstream.request(1)
  expect([request.method, request.target, request.state]).toEqual(['POST', '/v1/a%2Fb?x=1&x=2', 'whole'])
  expect(request.headers).toContainEqual(['X-Odd', 'spaced'])
  expect([...request.body]).toEqual([0, 255, 10])
})

test('an event is held back until its gate is released', async () => {
  const pause = gate()
  const upstream = await start(eventStream([event('one'), pause, event('two')]))
  const client = await connect(upstream)
  await client.send({})
  const received = await client.reply()
  await received.until('one')
  await pause.reached
  expect(received.text).toBe('data: one\n\n')
  pause.release()
  expect(await received.settled()).toBe('whole')
  expect(received.text).toBe('data: one\n\ndata: two\n\n')
})

test('an event stream may end by close', async () => {
  const upstream = await start(eventStream([event('one')], { framing: 'close' }))
  const received = await rawRequest(upstream.url)
  expect([received.framing, received.state, received.text]).toEqual(['close', 'whole', 'data: one\n\n'])
})

test.for(Object.entries(faultsBeforeReply))('no whole reply can be read after: %s', async ([, script]) => {
  const upstream = await start(script)
  const client = await connect(upstream)
  await client.send({})
  await expect(client.reply().then((received) => received.settled())).rejects.toThrow(
    /connection ended|not an HTTP|not one valid|field line|control bytes|transfer-encoding|101|a head of more/,
  )
})

test.for(Object.entries(faultsInBody))('the head can be read and the body is cut after: %s', async ([, script]) => {
  const upstream = await start(script)
  const client = await connect(upstream)
  await client.send({})
  const received = await client.reply()
  expect(received.status).toBe(200)
  const end = await received.settled().catch((error: unknown) => (error instanceof FramingError ? 'cut' : error))
  expect(end).toBe('cut')
  expect(received.state).toBe('cut')
})

test.for(Object.entries(faultsAfterReply))('a whole reply is followed by stray bytes: %s', async ([, script]) => {
  const upstream = await start(steps(script, (_request, connection) => connection.fin()))
  const client = await connect(upstream)
  await client.send({})
  const received = await client.reply()
  expect(await received.settled()).toBe('whole')
  expect(await client.ended()).toBe('fin')
  expect(client.unread.length).toBeGreaterThan(0)
})

test('an interim storm comes before its final reply', async () => {
  const upstream = await start(interimStorm(json({}), 50))
  const received = await rawRequest(upstream.url)
  expect(received.interim.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 103))
  expect(received.status).toBe(200)
})

test('a slow head arrives when it is released', async () => {
  const pause = gate()
  const upstream = await start(slowHead(pause))
  const answer = rawRequest(upstream.url)
  await pause.reached
  pause.release()
  expect((await answer).text).toBe('slow')
})

test('an early reply arrives while the upload is still under way', async () => {
  const upstream = await start(earlyReply(413))
  const client = await connect(upstream)
  await client.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc')
  const received = await client.reply('POST')
  expect([received.status, (await upstream.request(1)).state]).toEqual([413, 'reading'])
  await client.write('defghij')
  expect(await (await upstream.request(1)).settled).toBe('whole')
})

test('an upstream that refuses to read holds an upload back until it is released', async () => {
  const pause = gate()
  const upstream = await start(refuseToRead(pause, reply({ body: 'read' })))
  const client = await connect(upstream)
  const size = 32 * 1024 * 1024
  const sent = client.send({ method: 'POST', body: Buffer.alloc(size) })
  await pause.reached
  const request = await upstream.request(1)
  expect(request.body.length).toBeLessThan(size)
  pause.release()
  await sent
  expect((await client.reply('POST')).status).toBe(200)
  expect(request.body.length).toBe(size)
})

test.for([
  [{ body: 'abcdef' }, 'abc', 'peer-reset'],
  [{ body: 'abcdef', after: 1, by: 'fin' }, 'a', 'peer-fin'],
  [{ body: 'abcdef', after: 0, status: 500, headers: [['x-a', 'b']] }, '', 'peer-reset'],
] as const)('a reply is cut in its middle: %j', async ([options, sent, ending]) => {
  const upstream = await start(cutReply(options))
  const client = await connect(upstream)
  await client.send({})
  const received = await client.reply()
  expect([received.status, received.header('content-length')]).toEqual(['status' in options ? 500 : 200, '6'])
  expect([await received.settled(), received.text]).toEqual(['cut', sent])
  expect(`peer-${await client.ended()}`).toBe(ending)
})

test('429 carries Retry-After as given', async () => {
  const upstream = await start(tooManyRequests('7'))
  const received = await rawRequest(upstream.url)
  expect([received.status, received.header('retry-after')]).toEqual([429, '7'])
})

test.for<[string, (client: RawClient) => void, string]>([
  ['aborts', (client) => client.abort(), 'peer-reset'],
  ['closes', (client) => client.fin(), 'peer-fin'],
])(
  'a client that %s in the middle of its upload is seen as such, and the request as cut',
  async ([, leave, ending]) => {
    const upstream = await start(silence)
    const client = await connect(upstream)
    await client.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc')
    const request = await upstream.request(1)
    leave(client)
    expect(await upstream.closed(1)).toBe(ending)
    expect(await request.settled).toBe('cut')
  },
)

test('the journal keeps the order of events', async () => {
  const upstream = await start(steps('HTTP/1.1 204 No Content\r\n\r\n', reset))
  const client = await connect(upstream)
  await client.send({})
  await client.ended()
  expect(upstream.journal).toEqual([
    { kind: 'connected', connection: 1 },
    { kind: 'request-began', connection: 1, request: 1 },
    { kind: 'request-ended', request: 1, state: 'whole' },
    { kind: 'closed', connection: 1, ending: 'own-reset' },
  ])
})

test('pipelined requests are answered in order on one connection', async () => {
  const upstream = await start([json(1), json(2)])
  const client = await connect(upstream)
  await client.write('GET /a HTTP/1.1\r\nhost: x\r\n\r\nGET /b HTTP/1.1\r\nhost: x\r\n\r\n')
  const texts: string[] = []
  for (let index = 0; index < 2; index++) {
    const received = await client.reply()
    await received.settled()
    texts.push(received.text)
  }
  expect(texts).toEqual(['1', '2'])
  expect(upstream.requests.map(({ target, connection }) => [target, connection])).toEqual([
    ['/a', 1],
    ['/b', 1],
  ])
})

test('bytes can be written on an idle connection', async () => {
  const upstream = await start()
  const client = await connect(upstream)
  await client.send({})
  await (await client.reply()).settled()
  await (await upstream.connection(1)).write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
  expect((await client.reply()).status).toBe(200)
})

test('a caller that expects 100 Continue gets it before it sends the body', async () => {
  const upstream = await start()
  const client = await connect(upstream)
  await client.write('POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n')
  expect(await client.interim()).toBe(100)
  await client.write('{}')
  expect((await client.reply('POST')).status).toBe(200)
})

test('HEAD announces the length and has no body', async () => {
  const upstream = await start(reply({ body: 'four' }))
  const received = await rawRequest(upstream.url, { method: 'HEAD' })
  expect([received.header('content-length'), received.text]).toEqual(['4', ''])
})

test('malformed requests are journaled and the connection is reset', async () => {
  const upstream = await start()
  const client = await connect(upstream)
  await client.write('NONSENSE\r\n\r\n')
  expect(await client.ended()).toBe('reset')
  expect(upstream.journal.map(({ kind }) => kind)).toContain('malformed')
  expect(upstream.requests).toHaveLength(0)
})

test('new connections can be reset at once', async () => {
  const upstream = await start(json({}), { accept: 'reset' })
  const seen = connectRaw(upstream.url).then((client) => client.ended())
  expect(await seen.catch((error: unknown) => (String(error).includes('ECONNRESET') ? 'reset' : error))).toBe('reset')
})

test('a refusing URL refuses', async () => {
  await expect(connectRaw(await refusingUrl())).rejects.toThrow(/ECONNREFUSED/)
})

test('close tells when a script threw', async () => {
  const upstream = await startUpstream(() => {
    throw new Error('in the script')
  })
  await expect(rawRequest(upstream.url)).rejects.toThrow(/ended/)
  await expect(upstream.close()).rejects.toThrow(/a script of the upstream threw/)
})
