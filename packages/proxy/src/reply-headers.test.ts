import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cleanReason, rawFields, passableTrailers, responseHeaders, unknownTransferCoding } from './reply-headers.ts'

test('hop-by-hop fields and those that Connection names do not go on', () => {
  const raw = [
    'X-A',
    '1',
    'Connection',
    'X-A, keep-alive',
    'Keep-Alive',
    'timeout=5',
    'x-b',
    '2',
    'Upgrade',
    'h2c',
    'Proxy-Authenticate',
    'Basic',
    'Trailer',
    'x',
    'Set-Cookie',
    'a',
    'set-cookie',
    'b',
    'x-a',
    '3',
  ]
  expect(responseHeaders(raw)).toEqual(['x-b', '2', 'Set-Cookie', 'a', 'set-cookie', 'b'])
})

test('one framing goes on', () => {
  expect(responseHeaders(['Content-Length', '3', 'transfer-encoding', 'chunked'])).toEqual([])
  expect(responseHeaders(['Content-Length', '3', 'connection', 'content-length'])).toEqual(['Content-Length', '3'])
})

test('any bytes of a value can be written again', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
      const value = Buffer.from(bytes)
      const [, text] = responseHeaders([Buffer.from('x'), value])
      expect(Buffer.from(text ?? '', 'latin1').equals(value)).toBe(true)
    }),
  )
})

test.for([
  [[], false],
  [['Transfer-Encoding', 'Chunked'], false],
  [['Transfer-Encoding', ' chunked '], false],
  [['Transfer-Encoding', 'gzip'], true],
  [['Transfer-Encoding', 'gzip, chunked'], true],
  [['Transfer-Encoding', ''], true],
  [['transfer-encoding', 'chunked', 'Transfer-Encoding', 'chunked'], true],
] as const)('%j is an unknown coding: %s', ([raw, expected]) => {
  expect(unknownTransferCoding(raw)).toBe(expected)
})

test('trailers that mean too much are left out', () => {
  const raw = ['x-sum', '1', 'Content-Length', '3', 'Set-Cookie', 'a', 'X-Forwarded-For', '1', 'Server-Timing', 'x']
  expect(passableTrailers(raw)).toEqual(['x-sum', '1', 'Server-Timing', 'x'])
  expect(passableTrailers(['host', 'a'])).toBeUndefined()
  expect(passableTrailers([])).toBeUndefined()
})

test.for([
  [undefined, ''],
  ['', ''],
  ['Not Found', 'Not Found'],
  ['caf\u00e9', ''],
  ['a\u0000', ''],
] as const)('the reason %j goes on as %j', ([reason, expected]) => {
  expect(cleanReason(reason)).toBe(expected)
})

test('what is no list of fields is read as none', () => {
  expect([rawFields(null), rawFields(undefined), rawFields({ a: 'b' })]).toEqual([[], [], []])
})
