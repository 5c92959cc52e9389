import { describe, expect, test } from 'vitest'
import { Refusal, announcedLength, readIncoming } from './incoming.ts'
import type { Incoming, IncomingHead } from './incoming.ts'

const head = (rawHeaders: readonly string[], more: Partial<IncomingHead> = {}): IncomingHead => ({
  method: 'POST',
  target: '/v1/chat/completions',
  httpVersion: '1.1',
  rawHeaders,
  remoteAddress: '127.0.0.1',
  protocol: 'http',
  ...more,
})

function read(rawHeaders: readonly string[], more: Partial<IncomingHead> = {}): Incoming {
  const incoming = readIncoming(head(rawHeaders, more), '', 0)
  if (incoming instanceof Refusal) throw new Error(incoming.answer.message)
  return incoming
}

describe('a head that is not clear is refused', () => {
  test.for<[string, readonly string[], Partial<IncomingHead>, number]>([
    ['two Host fields', ['host', 'a', 'Host', 'a'], {}, 400],
    ['no Host in HTTP/1.1', ['accept', '*/*'], {}, 400],
    ['a Host with a path', ['host', 'a/b'], {}, 400],
    ['two framings', ['host', 'a', 'content-length', '3', 'transfer-encoding', 'chunked'], {}, 400],
    ['a transfer coding besides chunked', ['host', 'a', 'transfer-encoding', 'gzip, chunked'], {}, 501],
    ['chunked twice', ['host', 'a', 'transfer-encoding', 'chunked', 'transfer-encoding', 'chunked'], {}, 501],
    ['chunked in HTTP/1.0', ['host', 'a', 'transfer-encoding', 'chunked'], { httpVersion: '1.0' }, 400],
    ['TRACE', ['host', 'a'], { method: 'TRACE' }, 405],
    ['CONNECT', ['host', 'a'], { method: 'CONNECT', target: 'a:80' }, 405],
    ['dot segments', ['host', 'a'], { target: '/a/../b' }, 400],
  ])('%s', ([, rawHeaders, more, status]) => {
    const refusal = readIncoming(head(rawHeaders, more), '', 0)
    expect(refusal).toBeInstanceOf(Refusal)
    expect((refusal as Refusal).answer.status).toBe(status)
    expect((refusal as Refusal).answer.headers).toEqual(['connection', 'close'])
  })
})

test('HTTP/1.0 may come without a Host', () => {
  expect(read([], { httpVersion: '1.0' }).host).toBe('')
})

test('an absolute target names the host, whatever the Host field says', () => {
  const incoming = read(['host', 'a'], { target: 'http://B.example:81/v1?x' })
  expect(incoming.host).toBe('b.example')
  expect(incoming.authority).toBe('B.example:81')
  expect([incoming.path, incoming.search, incoming.query]).toEqual(['/v1', '?x', 'x'])
})

test('a repeated field is one list, also where Node keeps only the first; cookies are joined as cookies', () => {
  const raw = ['host', 'a', 'User-Agent', 'x', 'user-agent', 'y', 'x-model-id', 'm', 'X-Model-Id', 'n']
  const incoming = read(raw)
  expect(incoming.header('user-agent')).toBe('x, y')
  expect(incoming.header('x-model-id')).toBe('m, n')
  expect(read(['host', 'a', 'cookie', 'a=1', 'Cookie', 'b=2']).header('cookie')).toBe('a=1; b=2')
})

test.for(['__proto__', 'constructor', 'tostring'])('%s is an ordinary name', (name) => {
  expect(read(['host', 'a']).header(name)).toBeUndefined()
  expect(read(['host', 'a', name, 'v']).header(name)).toBe('v')
})

test.for<[readonly string[], number]>([
  [['host', 'a'], 0],
  [['host', 'a', 'content-length', '12'], 12],
  [['host', 'a', 'transfer-encoding', 'Chunked'], -1],
])('%j announces a body of %i bytes', ([raw, length]) => {
  expect(announcedLength(read(raw))).toBe(length)
})

test.for<[number, string, string]>([
  [0, '6.6.6.6, 10.0.0.1', '127.0.0.1'],
  [1, '6.6.6.6, 10.0.0.1', '10.0.0.1'],
  [2, '6.6.6.6, 10.0.0.1', '6.6.6.6'],
  [3, '6.6.6.6, 10.0.0.1', '127.0.0.1'],
])('with %i trusted proxies in front, %s came from %s', ([hops, chain, expected]) => {
  const incoming = readIncoming(head(['host', 'a', 'x-forwarded-for', chain]), '', hops)
  expect((incoming as Incoming).remoteAddress).toBe(expected)
})
