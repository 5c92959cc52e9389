/** Holds the two strict readers to the framing of RFC 9112, however the bytes are cut. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BodyReader } from './http-body.ts'
import { type Field, FramingError, replyFraming, requestFraming, takeHead } from './http-head.ts'
import { type ReceivedRequest, RequestReader } from './received-request.ts'

function read(pieces: readonly (string | Uint8Array)[]): ReceivedRequest[] {
  const requests: ReceivedRequest[] = []
  const reader = new RequestReader(1, (request) => requests.push(request))
  for (const piece of pieces) reader.push(Buffer.from(piece))
  reader.end()
  return requests
}

test('a head keeps order, case and repetition of its field lines', () => {
  const [request] = read(['GET /a%2Fb?q=1&q=2 HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nx-a:\t2 \r\n\r\n'])
  expect(request?.target).toBe('/a%2Fb?q=1&q=2')
  expect(request?.headers).toEqual([
    ['Host', 'x'],
    ['X-A', '1'],
    ['x-a', '2'],
  ])
  expect(request?.values('X-a')).toEqual(['1', '2'])
})

test.for<[string, string]>([
  ['a bare LF in the head', 'GET / HTTP/1.1\nhost: x\r\n\r\n'],
  ['a space before the colon', 'GET / HTTP/1.1\r\nhost : x\r\n\r\n'],
  ['a folded line', 'GET / HTTP/1.1\r\nhost: x\r\n folded\r\n\r\n'],
  ['NUL in a value', 'GET / HTTP/1.1\r\nhost: x\u0000\r\n\r\n'],
  ['two spaces in the request line', 'GET  / HTTP/1.1\r\n\r\n'],
  ['another version', 'GET / HTTP/1.0\r\n\r\n'],
  ['both framing fields', 'POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n'],
  ['two lengths', 'POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n'],
  ['a signed length', 'POST / HTTP/1.1\r\ncontent-length: +1\r\n\r\n'],
  ['a list of codings', 'POST / HTTP/1.1\r\ntransfer-encoding: gzip, chunked\r\n\r\n'],
  ['a chunk size with a sign', 'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n+1\r\na\r\n'],
  ['a bare LF after a chunk size', 'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\na\r\n'],
  ['a chunk longer than its size', 'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n'],
])('a request with %s is refused', ([, bytes]) => {
  expect(() => read([bytes])).toThrow(FramingError)
})

test.for<[string, string, number, readonly Field[], string]>([
  ['HEAD', 'HEAD', 200, [['content-length', '5']], 'none'],
  ['204', 'GET', 204, [], 'none'],
  ['304', 'GET', 304, [['content-length', '5']], 'none'],
  ['a length', 'GET', 200, [['content-length', '5']], 'length'],
  ['chunked', 'GET', 200, [['transfer-encoding', 'chunked']], 'chunked'],
  ['no framing field', 'GET', 200, [], 'close'],
])('the body of a reply with %s ends by its rule', ([, method, status, fields, kind]) => {
  expect(replyFraming(method, status, fields).kind).toBe(kind)
})

test('a request without framing fields has no body', () => {
  expect(requestFraming([['host', 'x']]).kind).toBe('none')
})

test('a body is whole only when its framing says so', () => {
  const short = new BodyReader({ kind: 'length', length: 3 })
  short.push(Buffer.from('ab'))
  short.end(true)
  expect(short.state).toBe('cut')
  const closed = new BodyReader({ kind: 'close' })
  closed.end(true)
  expect(closed.state).toBe('whole')
  const broken = new BodyReader({ kind: 'close' })
  broken.end(false)
  expect(broken.state).toBe('cut')
})

test('an unfinished head is not yet a head', () => {
  expect(takeHead(Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n'))).toBeUndefined()
})

test('pipelined requests are read the same however the bytes are cut', () => {
  const bytes = Buffer.from(
    'POST /1 HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc' +
      'POST /2 HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2;x=y\r\nde\r\n1\r\nf\r\n0\r\nx-t: 1\r\n\r\n' +
      'GET /3 HTTP/1.1\r\n\r\n',
  )
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
      const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
      const pieces = edges.slice(1).map((end, index) => bytes.subarray(edges[index], end))
      const requests = read(pieces)
      expect(requests.map((request) => [request.target, request.body.toString(), request.state])).toEqual([
        ['/1', 'abc', 'whole'],
        ['/2', 'def', 'whole'],
        ['/3', '', 'whole'],
      ])
      expect(requests[1]?.trailers).toEqual([['x-t', '1']])
    }),
  )
})
