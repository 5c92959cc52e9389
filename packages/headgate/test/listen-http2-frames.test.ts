/** HTTP/2 to callers, frame by frame: how streams end, what is malformed, and who waits for whom. */

import { expect, test } from 'vitest'
import {
  chunk,
  event,
  eventStream,
  gate as newGate,
  head,
  json,
  lastChunk,
  reply,
  reset,
  silence,
  startUpstream,
  steps,
  wholeRequest,
} from '@headgate/testing'
import type { Script } from '@headgate/testing'
import { codes } from './http2-client.ts'
import { connectRawHttp2, pseudo } from './raw-http2.ts'
import type { RawHttp2 } from './raw-http2.ts'
import { chat, oneRoute } from './serve.ts'
import { http, openSockets } from './sockets.ts'
import type { Sockets } from './sockets.ts'

const host = 'one.test'
const get = pseudo('GET', '/', host)
const post = pseudo('POST', chat, host)

type RuleInput = Parameters<typeof oneRoute>[1]
type More = Parameters<typeof oneRoute>[2]

function open(url: string, rule: RuleInput = {}, more: More = {}): Promise<Sockets> {
  return openSockets(oneRoute({ a: url }, rule, { ...more, listeners: [http('main', host)] }))
}

/** The story of a stream once its request is settled and everything has come. */
async function storyOf(client: RawHttp2, sockets: Sockets, stream = 1): Promise<readonly string[]> {
  await sockets.report((stream + 1) / 2)
  // The frames of a reply leave a moment after the report.
  while (!client.story(stream).some((word) => / end$|^rst/.test(word))) await client.settle()
  await client.settle()
  await client.settle()
  return client.story(stream)
}

const chunked = head(200, [['transfer-encoding', 'chunked']])

const endings: readonly [string, string, Script, readonly string[]][] = [
  ['a body', 'GET', json({}), ['headers', 'data', 'data end']],
  ['no body', 'GET', reply({ status: 204 }), ['headers end']],
  ['no body to send', 'HEAD', json({}), ['headers end']],
  ['an empty body', 'GET', reply(), ['headers', 'data end']],
  ['a stream', 'GET', eventStream([event('one'), event('two')]), ['headers', 'data', 'data end']],
  ['trailers', 'GET', steps(chunked, chunk('body'), lastChunk([['x-sum', '42']])), ['headers', 'data', 'headers end']],
]

test.for(endings)(
  'a reply with %s ends with END_STREAM and nothing after it: %s',
  async ([, method, script, story]) => {
    await using upstream = await startUpstream(script)
    await using sockets = await open(upstream.url)
    using client = await connectRawHttp2(sockets.port('main'))
    client.request(1, pseudo(method, '/', host), true)
    expect(await storyOf(client, sockets)).toEqual(story)
  },
)

test('a reply to an upload that was read ends the same way', async () => {
  await using upstream = await startUpstream()
  await using sockets = await open(upstream.url)
  using client = await connectRawHttp2(sockets.port('main'))
  client.request(1, post, false)
  client.data(1, 'one')
  client.data(1, 'two', true)
  expect(await storyOf(client, sockets)).toEqual(['headers', 'data', 'data end'])
  expect((await upstream.request(1)).body.toString()).toBe('onetwo')
})

const refusals: readonly [string, RuleInput, readonly string[]][] = [
  ['an error', { backends: [] }, ['headers', 'data', 'data end', 'rst 0']],
  ['a redirect', { backends: [], filters: [{ type: 'RequestRedirect', port: 8443 }] }, ['headers end', 'rst 0']],
]

test.for(refusals)(
  '%s before the upload has ended is whole, and then the upload is refused',
  async ([, rule, story]) => {
    await using upstream = await startUpstream()
    await using sockets = await open(upstream.url, rule)
    using client = await connectRawHttp2(sockets.port('main'))
    client.request(1, post, false)
    client.data(1, 'the beginning')
    expect(await storyOf(client, sockets)).toEqual(story)
    // The session lives on.
    client.request(3, get, true)
    expect((await storyOf(client, sockets, 3)).at(0)).toMatch(/^headers/)
  },
)

test('a reply of the backend before the upload has ended is whole, and then the upload is refused', async () => {
  await using upstream = await startUpstream(steps(head(200, [['content-length', '4']]), 'done'))
  await using sockets = await open(upstream.url)
  using client = await connectRawHttp2(sockets.port('main'))
  client.request(1, post, false)
  client.data(1, 'the beginning')
  expect(await storyOf(client, sockets)).toEqual(['headers', 'data', 'data end', 'rst 0'])
})

test('a reply that breaks has no END_STREAM', async () => {
  const more = newGate()
  await using upstream = await startUpstream(steps(wholeRequest, chunked, chunk('half'), more, reset))
  await using sockets = await open(upstream.url)
  using client = await connectRawHttp2(sockets.port('main'))
  client.request(1, get, true)
  await client.until(() => client.bytes(1) === 4)
  more.release()
  expect(await storyOf(client, sockets)).toEqual(['headers', 'data', `rst ${codes.internal}`])
})

const cuts: readonly [string, (client: RawHttp2) => void][] = [
  ['reset', (client) => client.reset(1, codes.cancel)],
  ['reset without an error', (client) => client.reset(1, codes.none)],
  ['left with its connection', (client) => client[Symbol.dispose]()],
]

test.for(cuts)('an upload that is %s never looks whole to the backend', async ([, cut]) => {
  await using upstream = await startUpstream(steps(wholeRequest, silence))
  await using sockets = await open(upstream.url)
  using client = await connectRawHttp2(sockets.port('main'))
  client.request(1, post, false)
  client.data(1, 'half')
  const request = await upstream.request(1)
  cut(client)
  expect(await request.settled).toBe('cut')
  expect(await sockets.report(1)).toMatchObject({ result: 'abandoned' })
  expect(sockets.gate.inFlight).toBe(0)
})

test('an upload that is shorter than it said never looks whole either', async () => {
  await using upstream = await startUpstream(steps(wholeRequest, silence))
  await using sockets = await open(upstream.url)
  using client = await connectRawHttp2(sockets.port('main'))
  client.request(1, [...post, ['content-length', '100000']], false)
  client.data(1, 'half')
  const request = await upstream.request(1)
  client.data(1, 'end', true)
  expect(await request.settled).toBe('cut')
  expect((await storyOf(client, sockets)).at(-1)).toBe(`rst ${codes.protocol}`)
})

const without = (name: string): readonly (readonly [string, string])[] => get.filter(([field]) => field !== name)

test.for<[string, readonly (readonly [string, string])[]]>([
  ['no path', without(':path')],
  ['no method', without(':method')],
  ['two paths', [...get, [':path', '/other']]],
  ['a pseudo-header field after others', [...without(':path'), ['x-a', '1'], [':path', '/']]],
  ['a field of HTTP/1.1 connections', [...get, ['connection', 'close']]],
  ['a field name in upper case', [...get, ['X-A', '1']]],
])('%s: the stream is refused, and the session lives on', async ([, fields]) => {
  await using upstream = await startUpstream()
  await using sockets = await open(upstream.url)
  using client = await connectRawHttp2(sockets.port('main'))
  client.request(1, fields, true)
  await client.until(() => client.story(1).length > 0)
  expect(client.story(1)).toEqual([`rst ${codes.protocol}`])
  client.request(3, get, true)
  await client.until(() => client.story(3).includes('data end'))
  expect(upstream.requests).toHaveLength(1)
})

test('a value with a line break is not passed on', async () => {
  await using upstream = await startUpstream()
  await using sockets = await open(upstream.url)
  using client = await connectRawHttp2(sockets.port('main'))
  client.request(1, [...get, ['x-a', '1\r\nx-b: 2'], ['x-c', '3']], true)
  const request = await upstream.request(1)
  expect(['x-a', 'x-b', 'x-c'].map((name) => request.header(name))).toEqual([undefined, undefined, '3'])
})

test('a caller that takes no more holds the backend back, and other streams pass', async () => {
  const whole = 64 * 1024 * 1024
  const piece = Buffer.alloc(256 * 1024, 'x')
  let written = 0
  const flood: Script = async (_request, connection) => {
    await connection.write(head(200, [['content-length', String(whole)]]))
    while (written < whole && connection.ending === undefined) {
      await connection.write(piece)
      written += piece.length
    }
  }
  await using upstream = await startUpstream([flood, json({})])
  await using sockets = await open(upstream.url)
  using client = await connectRawHttp2(sockets.port('main'))
  client.request(1, get, true)
  await client.until(() => client.bytes(1) === 65_535)
  // Still for twenty round trips: everything on the way is full.
  for (let still = 0, before = -1; still < 20 && written < whole; still = written === before ? still + 1 : 0) {
    before = written
    await client.settle()
  }
  expect(client.bytes(1)).toBe(65_535)
  expect(written).toBeLessThan(whole / 2)
  client.request(3, [...get.slice(0, 2), [':path', '/other'], [':authority', host]], true)
  await client.until(() => client.story(3).includes('headers'))
  client.allow(1, 100_000)
  // The other stream took its bytes of the connection's window.
  await client.until(() => client.bytes(1) + client.bytes(3) === 165_535)
})
