/** Cases: bodies in both directions keep their bytes, their framing and their flow. */

import { gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { chunk, gate, head, json, lastChunk, reply, steps, wholeRequest } from '@headgate/testing'
import { type MountCase, oneBackend, post } from './bench.ts'

/** JSON that does not survive being parsed and printed again. */
const delicateJson = ` {"seed":12345678901234567890,"float":1.0,"exp":1E+2,\r\n\t"text":"\\u00e9é€😀\\/","dup":1,"dup":2, "list":[ ] }\n`
/** JSON that a parser in front may print again without changing its meaning. */
const plainJson = ` {"n": 1.50, "text": "\\u00e9é€😀", "nested": {"list": [1, 2, null, true]}}\n`

const exact: MountCase = {
  name: 'a JSON body reaches the backend byte for byte',
  run: async (bench) => {
    const upstream = await bench.upstream()
    const mounted = await bench.mountOne(upstream)
    await bench.exchange(mounted, post('/v1/chat/completions', delicateJson))
    const request = await upstream.request(1)
    expect([request.body.toString(), request.state]).toEqual([delicateJson, 'whole'])
    expect(request.values('content-length')).toEqual([String(Buffer.byteLength(delicateJson))])
  },
}

const exactBehindParser: MountCase = {
  name: 'a JSON body reaches the backend byte for byte with a parser in front',
  concerns: (traits) => traits.supportsRawBody,
  run: async (bench) => {
    const upstream = await bench.upstream()
    const mounted = await bench.mount(oneBackend(upstream.url), { bodyParser: true })
    await bench.exchange(mounted, post('/v1/chat/completions', delicateJson))
    expect((await upstream.request(1)).body.toString()).toBe(delicateJson)
  },
}

const parsed: MountCase = {
  name: 'a JSON body that a parser in front has read reaches the backend with the same value',
  run: async (bench) => {
    const upstream = await bench.upstream()
    const mounted = await bench.mount(oneBackend(upstream.url), { bodyParser: true })
    const received = await bench.exchange(mounted, post('/v1/chat/completions', plainJson))
    const request = await upstream.request(1)
    expect([received.status, request.state]).toEqual([200, 'whole'])
    expect(JSON.parse(request.body.toString())).toEqual(JSON.parse(plainJson))
  },
}

const chunkedUpload: MountCase = {
  name: 'a chunked upload without a length reaches the backend whole',
  run: async (bench) => {
    const upstream = await bench.upstream()
    const mounted = await bench.mountOne(upstream)
    const client = await bench.connect(mounted)
    await client.write(
      'POST /v1/files HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n',
    )
    await client.write(Buffer.concat([chunk('one'), chunk('two'), Buffer.from(lastChunk())]))
    expect((await client.reply('POST')).status).toBe(200)
    const request = await upstream.request(1)
    expect([request.body.toString(), request.state]).toEqual(['onetwo', 'whole'])
  },
}

const largeUpload: MountCase = {
  name: 'a body of 2 MiB streams: the backend has its beginning before its end is sent',
  run: async (bench) => {
    const upstream = await bench.upstream()
    const mounted = await bench.mountOne(upstream)
    const body = pattern(2 * 1024 * 1024)
    const half = body.length / 2
    const client = await bench.connect(mounted)
    const headers = `host: x\r\ncontent-type: application/octet-stream\r\ncontent-length: ${body.length}\r\n`
    await client.write(`POST /v1/files HTTP/1.1\r\n${headers}\r\n`)
    await client.write(body.subarray(0, half))
    const request = await upstream.request(1)
    await client.write(body.subarray(half))
    expect((await client.reply('POST')).status).toBe(200)
    expect([request.state, request.body.equals(body)]).toEqual(['whole', true])
  },
}

const largeReply: MountCase = {
  name: 'a reply of 2 MiB reaches the caller whole, its beginning before its end',
  run: async (bench) => {
    const body = pattern(2 * 1024 * 1024)
    const half = body.length / 2
    const pause = gate()
    const headers = [['content-length', String(body.length)]] as const
    const upstream = await bench.upstream(
      steps(wholeRequest, head(200, headers), body.subarray(0, half), pause, body.subarray(half)),
    )
    const received = await bench.send(await bench.mountOne(upstream))
    await pause.reached
    expect(received.status).toBe(200)
    pause.release()
    expect([await received.settled(), received.body.equals(body)]).toEqual(['whole', true])
  },
}

const bodiless: MountCase = {
  name: 'replies to HEAD and with 204 and 304 have no body, and the next reply on the connection is read right',
  run: async (bench) => {
    const upstream = await bench.upstream([
      reply({ body: 'four' }),
      reply({ status: 204 }),
      reply({ status: 304, headers: [['etag', '"x"']] }),
      json('after'),
    ])
    const client = await bench.connect(await bench.mountOne(upstream))
    const seen: (readonly [number, string])[] = []
    for (const method of ['HEAD', 'GET', 'GET', 'GET']) {
      await client.send({ method })
      const received = await client.reply(method)
      expect(await received.settled()).toBe('whole')
      seen.push([received.status, received.text])
    }
    expect(seen).toEqual([
      [200, ''],
      [204, ''],
      [304, ''],
      [200, '"after"'],
    ])
  },
}

const headLength: MountCase = {
  name: 'the content-length of a reply to HEAD reaches the caller',
  run: async (bench) => {
    const upstream = await bench.upstream(reply({ body: 'four' }))
    const received = await bench.exchange(await bench.mountOne(upstream), { method: 'HEAD' })
    expect(received.values('content-length')).toEqual(['4'])
  },
}

const expectContinue: MountCase = {
  name: 'a caller that expects 100 Continue is told to go on and its body arrives once',
  run: async (bench) => {
    const upstream = await bench.upstream()
    const client = await bench.connect(await bench.mountOne(upstream))
    const headers = 'host: x\r\ncontent-type: application/json\r\ncontent-length: 7\r\nexpect: 100-continue\r\n'
    await client.write(`POST /v1/chat/completions HTTP/1.1\r\n${headers}\r\n`)
    expect(await client.interim()).toBe(100)
    await client.write('{"a":1}')
    const received = await client.reply('POST')
    expect([received.status, received.interim]).toEqual([200, []])
    expect(upstream.requests.map((request) => request.body.toString())).toEqual(['{"a":1}'])
  },
}

const coded: MountCase = {
  name: 'content codings pass untouched in both directions',
  run: async (bench) => {
    const zipped = gzipSync('{"zipped":true}')
    const upstream = await bench.upstream(
      reply({
        headers: [
          ['content-type', 'application/json'],
          ['content-encoding', 'gzip'],
        ],
        body: zipped,
      }),
    )
    const received = await bench.exchange(await bench.mountOne(upstream), {
      method: 'POST',
      headers: [
        ['content-type', 'application/json'],
        ['content-encoding', 'gzip'],
        ['accept-encoding', 'gzip;q=1.0'],
      ],
      body: zipped,
    })
    const request = await upstream.request(1)
    expect([request.values('content-encoding'), request.values('accept-encoding')]).toEqual([['gzip'], ['gzip;q=1.0']])
    expect(request.body.equals(zipped)).toBe(true)
    expect(received.values('content-encoding')).toEqual(['gzip'])
    expect(received.body.equals(zipped)).toBe(true)
  },
}

const trailers: MountCase = {
  name: 'trailers of a reply arrive as trailers or not at all, never a cookie among them',
  run: async (bench) => {
    const sent = [
      ['x-checksum', 'abc'],
      ['set-cookie', 'a=1'],
    ] as const
    const headers = [
      ['content-type', 'text/plain'],
      ['trailer', 'x-checksum'],
      ['transfer-encoding', 'chunked'],
    ] as const
    const upstream = await bench.upstream(steps(wholeRequest, head(200, headers), chunk('body'), lastChunk(sent)))
    const received = await bench.exchange(await bench.mountOne(upstream), {
      headers: [
        ['te', 'trailers'],
        ['connection', 'te'],
      ],
    })
    expect([received.text, received.state]).toEqual(['body', 'whole'])
    expect(received.trailers.map(([name, value]) => [name.toLowerCase(), value])).toEqual(
      bench.traits.trailers ? [['x-checksum', 'abc']] : [],
    )
  },
}

/** Bytes that tell when a piece is lost, doubled or moved. */
function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; at += 4) bytes.writeUInt32LE(at, at)
  return bytes
}

export const bodyCases: readonly MountCase[] = [
  exact,
  exactBehindParser,
  parsed,
  chunkedUpload,
  largeUpload,
  largeReply,
  bodiless,
  headLength,
  expectContinue,
  coded,
  trailers,
]
