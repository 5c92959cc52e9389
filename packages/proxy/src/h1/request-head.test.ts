import { createServer, METHODS, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CarrierError } from '../failure.ts'
import { requestHead } from './request-head.ts'

interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly fields: readonly string[]
  readonly body: string
}

/** A strict reader that is not ours: node:http's. One connection for all heads, so that a byte too much is seen by the next one. */
async function strictReader(): Promise<{ read(text: string): Promise<Seen>; close(): Promise<void> }> {
  let tell: (seen: Seen | PromiseLike<never>) => void = () => {}
  const server = createServer({ keepAliveTimeout: 0 }, (request: IncomingMessage, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString('latin1')
    })
    request.on('end', () => {
      const { method, url, rawHeaders } = request
      response.end(() => tell({ method, url, fields: rawHeaders, body }))
    })
  })
  server.on('clientError', (error) => tell(Promise.reject(error)))
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1').resume()
  return {
    read: (text) =>
      new Promise((resolve) => {
        tell = resolve
        socket.write(text, 'latin1')
      }),
    async close() {
      socket.destroy()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}

const odd = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  '\t',
  ' ',
  ':',
  '\u007f',
  '\u0080',
  '\u00ff',
  '\u0100',
  '\u560a',
  '\u{1f600}',
  '/',
]
const oddText = fc.string({ unit: fc.constantFrom('a', 'Z', '1', '-', '_', '"', '%', ...odd), maxLength: 6 })
/** Odd ones are rare, or hardly a head would be written. */
const mostly = (good: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: oddText })

const method = mostly(
  fc.constantFrom('GET', 'POST', 'HEAD', 'DELETE', 'PATCH', 'OPTIONS', 'get', 'GE T', 'GET / HTTP/1.1\r\n'),
)
const path = mostly(fc.webPath().map((text) => `/${text}`))
const hopNames = ['Connection', 'Transfer-Encoding', 'TE', 'Upgrade', 'Keep-Alive', 'Trailer', 'Proxy-Connection']
const name = mostly(fc.constantFrom('x-a', 'X-B', 'accept', '__proto__', 'cookie', 'x_y', ...hopNames))
const value = mostly(fc.constantFrom('', 'a', 'a, b', 'caf\u00e9', 'chunked', 'close', '"q"', 'x\ty', '\u00ff'))
const framing = fc.constantFrom<[string[], number | undefined]>(
  [[], undefined],
  [[], -1],
  [[], 0],
  [[], 3],
  [['content-length', '3'], -1],
  [['Content-Length', '3'], 3],
  [['content-length', '0'], undefined],
)

test('whatever is asked for is refused, or is one request with just these fields to a strict reader', async () => {
  const reader = await strictReader()
  let written = 0
  const fields = fc.array(fc.tuple(name, value), { maxLength: 5 })
  const property = fc.asyncProperty(
    method,
    path,
    fields,
    framing,
    async (verb, target, pairs, [length, bodyLength]) => {
      let head
      try {
        head = requestHead(verb, target, [...pairs.flat(), ...length], bodyLength, 'model.test:80')
      } catch (error) {
        if (!(error instanceof CarrierError) || error.kind !== 'bad-request') throw error
        return
      }
      expect(head.text.startsWith(`${verb} ${target} HTTP/1.1\r\n`)).toBe(true)
      // A method that Node's reader does not know.
      if (!METHODS.includes(verb)) return
      written++
      const body = head.length === -1 ? '3\r\nabc\r\n0\r\n\r\n' : 'abc'.slice(0, head.length)
      const seen = await reader.read(head.text + body)
      const passed = pairs.filter(([one]) => !hopNames.includes(one))
      const te = pairs.some(([one]) => one === 'TE')
      const framed = head.text.includes('\r\ntransfer-encoding: ') ? ['transfer-encoding', 'chunked'] : []
      const announced = head.text.includes('\r\ncontent-length: ') ? ['content-length', `${head.length}`] : []
      expect(seen.fields.slice(0, 4)).toEqual([
        'host',
        'model.test:80',
        'connection',
        te ? 'keep-alive, te' : 'keep-alive',
      ])
      expect(seen.fields.filter((_, at) => at > 3 && seen.fields[at & ~1] !== 'te')).toEqual([
        ...passed.flatMap(([one, text]) => [one, text.replace(/^[ \t]+|[ \t]+$/g, '')]),
        ...framed,
        ...announced,
      ])
      expect([seen.method, seen.url]).toEqual([verb, target])
      expect(seen.body).toBe(head.length === 0 ? '' : 'abc')
    },
  )
  await fc.assert(property, { seed: 13, numRuns: 1_500 })
  await reader.close()
  expect(written).toBeGreaterThan(300)
})

const get = (fields: readonly string[]): string => requestHead('GET', '/', fields, undefined, 'host.test').text

test('Host goes first, that of the fields or that of the endpoint', () => {
  expect(get(['x-a', '1', 'Host', 'own.test'])).toBe(
    'GET / HTTP/1.1\r\nhost: own.test\r\nconnection: keep-alive\r\nx-a: 1\r\n\r\n',
  )
  expect(get([])).toBe('GET / HTTP/1.1\r\nhost: host.test\r\nconnection: keep-alive\r\n\r\n')
})

test('TE goes on as what can be promised, once, and as a field of this hop', () => {
  expect(get(['TE', 'trailers', 'te', 'gzip'])).toBe(
    'GET / HTTP/1.1\r\nhost: host.test\r\nconnection: keep-alive, te\r\nte: trailers\r\n\r\n',
  )
})

test.for([
  ['two hosts', ['host', 'a', 'Host', 'a']],
  ['two lengths', ['content-length', '0', 'Content-Length', '0']],
  ['a length with a sign', ['content-length', '+0']],
  ['a length in hex', ['content-length', '0x0']],
  ['an empty length', ['content-length', '']],
  ['an empty name', ['', 'a']],
  ['a line break in a value', ['x-a', 'a\r\nx-b: c']],
  ['a line break in a value that is one only as latin1', ['x-a', '\u560d\u560a']],
  ['a line break in a name', ['x-a\r\nx-b', 'a']],
  ['a colon in a name', ['x-a:', 'a']],
  ['a line break in a field of this hop', ['connection', 'a\r\nb: c']],
  ['a line break in Host', ['host', 'a\r\nb: c']],
] as const)('%s cannot be written', ([, fields]) => {
  expect(() => get(fields)).toThrow(expect.objectContaining({ kind: 'bad-request' }))
})

test.for([
  ['', '/'],
  ['GET', ''],
  ['GET', 'a'],
  ['GET', '*'],
  ['GET', 'http://other.test/'],
  ['GET', '/a b'],
  ['GET', '/\u0100'],
  ['G:T', '/'],
] as const)('method %j with the target %j cannot be written', ([verb, target]) => {
  expect(() => requestHead(verb, target, [], undefined, 'host.test')).toThrow(
    expect.objectContaining({ kind: 'bad-request' }),
  )
})

test.for([
  ['GET', undefined, undefined, ''],
  ['GET', undefined, '0', ''],
  ['DELETE', undefined, undefined, ''],
  ['DELETE', undefined, '0', 'content-length: 0'],
  ['POST', undefined, undefined, 'content-length: 0'],
  ['GET', 0, undefined, 'content-length: 0'],
  ['GET', 3, '3', 'content-length: 3'],
  ['POST', -1, undefined, 'transfer-encoding: chunked'],
  ['POST', -1, '3', 'content-length: 3'],
] as const)(
  '%s with a body of %s bytes, announced as %s, is framed by "%s"',
  ([verb, bodyLength, announced, expected]) => {
    const fields = announced === undefined ? [] : ['content-length', announced]
    const { text } = requestHead(verb, '/', fields, bodyLength, 'host.test')
    expect(text.split('\r\n').slice(3, -2)).toEqual(expected === '' ? [] : [expected])
  },
)

test.for([
  [undefined, '3'],
  [2, '3'],
  [3, '0'],
] as const)('a body of %s bytes that was announced as %s is not sent', ([bodyLength, announced]) => {
  expect(() => requestHead('POST', '/', ['content-length', announced], bodyLength, 'h')).toThrow(
    expect.objectContaining({ kind: 'upload-failed' }),
  )
})
