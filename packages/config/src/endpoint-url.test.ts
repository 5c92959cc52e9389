/** Which URLs are origins, and how they are stored and shown. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { endpointOrigin, endpointProblem, withoutCredentials } from './endpoint-url.ts'

/** Every UTF-16 unit, line ends, controls and lone surrogates included. */
const anyText = fc.string({ unit: fc.oneof(fc.nat(0x7f), fc.nat(0xffff)).map((unit) => String.fromCharCode(unit)) })

describe('an endpoint', () => {
  test.for<[string, string]>([
    ['http://vllm-0:8000', 'http://vllm-0:8000'],
    ['https://api.example.com', 'https://api.example.com'],
    ['https://api.example.com/', 'https://api.example.com'],
    ['HTTP://API.Example.com:80', 'http://api.example.com'],
    ['https://a:443', 'https://a'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['http://127.0.0.1:1', 'http://127.0.0.1:1'],
  ])('%s is stored as %s', ([text, origin]) => {
    expect(endpointProblem(text)).toBeUndefined()
    expect(endpointOrigin(text)).toBe(origin)
  })

  test.for<[string, string]>([
    ['', 'begin with'],
    ['vllm-0:8000', 'begin with'],
    ['ftp://a', 'begin with'],
    ['http:a', 'begin with'],
    ['http:/a', 'begin with'],
    [' http://a', 'begin with'],
    ['http://a b', 'blank'],
    ['http://a\t', 'blank'],
    ['http://a\u0000', 'control'],
    ['http://a\\b', 'backslash'],
    ['http://user:pass@a', 'credentials'],
    ['http://@a', 'credentials'],
    ['http://a/v1', 'drop it here'],
    ['http://a//', 'drop it here'],
    ['http://a/.', 'drop it here'],
    ['http://a?', 'query'],
    ['http://a/?x=1', 'query'],
    ['http://a#', 'fragment'],
    ['http://', 'host or port'],
    ['http:///', 'host or port'],
    ['http://a:', 'host or port'],
    ['http://a:65536', 'host or port'],
    ['http://a:x', 'host or port'],
    ['http://[::1', 'host or port'],
    ['http://a:0', 'port 0'],
  ])('%j is refused', ([text, reason]) => {
    expect(endpointProblem(text)).toContain(reason)
  })

  test('is stored in a form that is accepted and stays as it is', () => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: false, validSchemes: ['http', 'https'] }), (url) => {
        fc.pre(endpointProblem(url) === undefined)
        const origin = endpointOrigin(url)
        expect(endpointProblem(origin)).toBeUndefined()
        expect(endpointOrigin(origin)).toBe(origin)
      }),
    )
  })

  test('that is accepted is an origin, and no text makes the judgement throw', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const url = `http://${text}`
        const stored = endpointProblem(url) === undefined ? endpointOrigin(url) : 'http://refused'
        expect(stored).toMatch(/^http:\/\/[^/]+$/)
      }),
    )
  })
})

test.for<[string, string]>([
  ['http://user:secret@a/x', 'http://***@a/x'],
  ['http://a/?key=secret', 'http://a/?***'],
  ['http://a/x', 'http://a/x'],
  ['a@b?c', 'a@b?c'],
])('%s is shown as %s', ([text, expected]) => {
  expect(withoutCredentials(text)).toBe(expected)
})
