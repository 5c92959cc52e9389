/** HTTP/2 callers that ask for more than anybody needs: each is bounded, and the gateway serves others. */

import { describe, expect, test } from 'vitest'
import { json, silence, startUpstream } from '@headgate/testing'
import { codes } from './http2-client.ts'
import { heldBy, nothing, when } from './held.ts'
import { connectRawHttp2, pseudo } from './raw-http2.ts'
import type { RawHttp2 } from './raw-http2.ts'
import { oneRoute } from './serve.ts'
import { http, openSockets } from './sockets.ts'
import type { Sockets } from './sockets.ts'

const get = pseudo('GET', '/', 'h')

function open(url: string): Promise<Sockets> {
  const backends = [{ name: 'a', endpoints: [url], capacity: { maxRequests: 50, maxConnections: 50 } }]
  return openSockets({ ...oneRoute({ a: url }, {}, { listeners: [http('main')] }), backends })
}

/** The value of one of the settings that the server announced. */
function setting(client: RawHttp2, id: number): number | undefined {
  const { payload = Buffer.alloc(0) } =
    client.frames.find(({ name, payload: { length } }) => name === 'settings' && length > 0) ?? {}
  for (let at = 0; at + 6 <= payload.length; at += 6)
    if (payload.readUInt16BE(at) === id) return payload.readUInt32BE(at + 2)
  return undefined
}

test('a connection may have 1024 streams at once, and says so', async () => {
  await using upstream = await startUpstream(silence)
  await using sockets = await open(upstream.url)
  using client = await connectRawHttp2(sockets.port('main'))
  await client.settle()
  expect(setting(client, 3)).toBe(1024)
  for (let index = 0; index < 1000; index++) client.request(1 + 2 * index, get, true)
  await when(() => upstream.requests.length === 50)
  await client.settle()
  // Above the bound of the backend it is 503.
  expect(client.frames.filter(({ name }) => name === 'headers')).toHaveLength(950)
  expect(heldBy(sockets.gate).inFlight).toBe(50)
})

describe('is ended by the server', () => {
  test.for<[string, (client: RawHttp2) => void]>([
    [
      'who opens streams and resets them at once',
      (client) => {
        for (let index = 0; index < 5000; index++) {
          client.request(1 + 2 * index, get, true)
          client.reset(1 + 2 * index, codes.cancel)
        }
      },
    ],
    [
      'who opens more streams than it may',
      (client) => {
        for (let index = 0; index < 1100; index++) client.request(1 + 2 * index, get, true)
      },
    ],
    [
      'whose head never comes to its end',
      (client) => {
        client.send('headers', 0, 1, Buffer.alloc(0))
        for (let index = 0; index < 5000; index++) client.send('continuation', 0, 1, Buffer.from([0, 1, 97, 1, 98]))
      },
    ],
    [
      'who sends empty frames without end',
      (client) => {
        client.request(1, pseudo('POST', '/', 'h'), false)
        for (let index = 0; index < 20_000; index++) client.send('settings', 0, 0, Buffer.alloc(0))
      },
    ],
  ])('%s', async ([, flood]) => {
    await using upstream = await startUpstream(silence)
    await using sockets = await open(upstream.url)
    using client = await connectRawHttp2(sockets.port('main'))
    await client.settle()
    flood(client)
    await client.closed()
    await when(() => heldBy(sockets.gate).inFlight === 0 && heldBy(sockets.gate).connections === 0)
    expect(heldBy(sockets.gate)).toEqual(nothing)
    upstream.use(json({}))
    expect((await fetch(sockets.url('main'))).status).toBe(200)
  })
})
