/** Syntax of header fields, and the fields that are left alone. */

import { describe, expect, test } from 'vitest'

import { fieldValuePattern, isHostValue, reservedFieldProblem, tokenPattern } from './header-fields.ts'

test.for<[string, boolean]>([
  ['x-model-id', true],
  ["!#$%&'*+-.^_`|~09azAZ", true],
  ['', false],
  ['x y', false],
  ['x:', false],
  ['x\n', false],
  ['(x)', false],
  [':authority', false],
  ['ä', false],
])('%j is a token: %s', ([text, expected]) => {
  expect(tokenPattern.test(text)).toBe(expected)
})

test.for<[string, boolean]>([
  ['', true],
  ['a\tb', true],
  ['Bearer x', true],
  ['\u00e9', true],
  ['a\nb', false],
  ['a\n', false],
  ['a\rb', false],
  ['a\u0000', false],
  ['a\u007f', false],
  ['\u0100', false],
])('%j is a field value: %s', ([text, expected]) => {
  expect(fieldValuePattern.test(text)).toBe(expected)
})

describe('fields that must be left alone', () => {
  const names = ['Connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'TE']
  const others = ['trailer', 'Transfer-Encoding', 'upgrade', 'http2-settings', 'Content-Length', 'expect']
  const actions = ['set', 'add', 'remove'] as const

  test.for([...names, ...others])('%s cannot be set, added or removed', (name) => {
    for (const action of actions) {
      expect(reservedFieldProblem(name, 'request', action)).toContain(name.toLowerCase())
      expect(reservedFieldProblem(name, 'response', action)).toContain(name.toLowerCase())
    }
  })

  test('host can be set on a request and nothing else', () => {
    expect(reservedFieldProblem('Host', 'request', 'set')).toBeUndefined()
    expect(reservedFieldProblem('Host', 'request', 'add')).toContain('exactly one')
    expect(reservedFieldProblem('Host', 'request', 'remove')).toContain('exactly one')
    expect(reservedFieldProblem('Host', 'response', 'set')).toContain('response')
  })

  test.for(['x-tenant', 'authorization', 'content-type', 'connections', 'constructor', '__proto__'])(
    '%s is free',
    (name) => {
      for (const action of actions) expect(reservedFieldProblem(name, 'request', action)).toBeUndefined()
    },
  )
})

test.for<[string, boolean]>([
  ['api.example.com', true],
  ['api.example.com:8443', true],
  ['[::1]:80', true],
  ['', false],
  ['a b', false],
  ['a/b', false],
  ['user@a', false],
  ['a:b', false],
  ['a,b', false],
])('%j is a value of Host: %s', ([text, expected]) => {
  expect(isHostValue(text)).toBe(expected)
})
