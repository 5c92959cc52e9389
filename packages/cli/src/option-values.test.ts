import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addressText,
  parseAddress,
  parseHeaders,
  parseListen,
  parseRequest,
  parseResolves,
  parseWorkers,
} from './option-values.ts'

describe('addresses', () => {
  test.for([
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['localhost:65535', { host: 'localhost', port: 65_535 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['a-b.example:1', { host: 'a-b.example', port: 1 }],
  ] as const)('%s', ([text, expected]) => {
    expect(parseAddress(text)).toEqual(expected)
    expect(addressText(expected)).toBe(text)
  })

  test.for([
    '127.0.0.1:65536',
    '127.0.0.1',
    '127.0.0.1:',
    ':80',
    '::1:80',
    '[::1]80',
    'a b:80',
    'http://a:80',
    'a:80/',
  ])('%s is none', (text) => {
    expect(parseAddress(text)).toBeUndefined()
  })

  test('what is written is read again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.domain(), fc.ipV6()), fc.integer({ min: 0, max: 65_535 }), (host, port) => {
        expect(parseAddress(addressText({ host, port }))).toEqual({ host, port })
      }),
    )
  })
})

test('the name of a listener ends at the first equals sign', () => {
  expect(parseListen('a=b:1')).toEqual({ name: 'a', address: { host: 'b', port: 1 } })
})

test.for(['', '=127.0.0.1:80', 'http', 'http=', 'http=80', 'http=127.0.0.1:99999', 'a=b=c:1'])(
  '--listen %j is refused with an example',
  (text) => {
    expect(() => parseListen(text)).toThrow(/expected NAME=HOST:PORT, such as http=127\.0\.0\.1:8080/)
  },
)

test.for(['a.ns:80=http://h', 'a.b.ns:1=https://h:8/', 'a-b.n-s:65535=http://[::1]:1'])('--resolve %s', (text) => {
  expect([...parseResolves([text]).keys()]).toEqual([text.slice(0, text.indexOf('='))])
})

test.for([
  'a:80=http://h',
  'a.ns=http://h',
  'a.ns:0=http://h',
  'a.ns:65536=http://h',
  'A.ns:80=http://h',
  'a.ns:80',
  'a.ns:80=h:80',
  'a.ns:80=ftp://h',
  'a.ns:80=http://h/path',
  'a.ns:80=http://h?q',
  'a.ns:80=http://u:p@h',
])('--resolve %s is refused', (text) => {
  expect(() => parseResolves([text])).toThrow(/expected SERVICE\.NAMESPACE:PORT=URL/)
})

test.for([
  ['POST http://h/v1?a=b', 'POST', 'http://h/v1?a=b'],
  ['/v1/a%2Fb', 'GET', '/v1/a%2Fb'],
  ['  DELETE   HTTPS://h  ', 'DELETE', 'HTTPS://h'],
  ['M-SEARCH /', 'M-SEARCH', '/'],
] as const)('the request %j', ([text, method, target]) => {
  expect(parseRequest(text)).toEqual({ method, target })
})

test.for(['', 'POST', 'POST h/v1', 'a b c', 'GET http:///x', '{}(/'])('the request %j is refused', (text) => {
  expect(() => parseRequest(text)).toThrow(/expected METHOD and URL or path/)
})

test('header names have no case, and those of Object.prototype are plain names', () => {
  const headers = parseHeaders(['X-A: 1', 'x-a:2 ', '__proto__: 3', 'empty:'])
  expect(Object.entries(headers)).toEqual([
    ['x-a', ['1', '2']],
    ['__proto__', ['3']],
    ['empty', ['']],
  ])
})

test.for(['', 'x', ': 1', 'x y: 1', 'x: a\nb', 'x: a\0'])('the header %j is refused', (text) => {
  expect(() => parseHeaders([text])).toThrow(/expected 'name: value'/)
})

test.for(['0', '-1', '1.5', '513', '99999', 'x', '', '1e1'])('%s workers are refused', (text) => {
  expect(() => parseWorkers(text)).toThrow(/from 1 to 512/)
})
