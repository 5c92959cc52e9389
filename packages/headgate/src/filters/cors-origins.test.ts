import { expect, test } from 'vitest'
import { AllowedOrigins } from './cors-origins.ts'

const allowed = ['https://www.foo.com', 'https://*.bar.com', 'http://local.test:3000', 'https://*.port.test:8443']

test.for([
  ['https://www.foo.com', true],
  ['https://www.foo.com:443', true],
  ['HTTPS://WWW.Foo.com', true],
  ['https://www.foo.com:8443', false],
  ['http://www.foo.com', false],
  ['https://foo.com', false],
  ['https://a.www.foo.com', false],
  ['https://www.foo.com.evil.test', false],
  ['https://www.foo.com/', false],
  ['https://www.bar.com', true],
  ['https://xpto.www.bar.com', true],
  ['https://www.bar.com:443', true],
  ['https://bar.com', false],
  ['https://.bar.com', false],
  ['https://evilbar.com', false],
  ['https://www.bar.com:8443', false],
  ['https://*.bar.com', false],
  ['http://www.bar.com', false],
  ['http://www.bar.com:443', false],
  ['https://evil.test/.bar.com', false],
  ['https://evil.test:1.bar.com', false],
  ['https://user@www.bar.com', false],
  ['http://local.test:3000', true],
  ['http://local.test', false],
  ['https://a.port.test:8443', true],
  ['https://a.port.test', false],
  ['https://www.foo.com, https://www.bar.com', false],
  ['null', false],
  ['', false],
  ['*', false],
] as const)('of a list %s is allowed: %s', ([origin, expected]) => {
  expect(new AllowedOrigins(allowed).allows(origin)).toBe(expected)
})

test.for([
  ['https://*', 'https://any.test', true],
  ['https://*', 'https://any.test:443', true],
  ['https://*', 'https://[::1]', true],
  ['https://*', 'https://any.test:8443', false],
  ['https://*', 'http://any.test', false],
  ['https://*:8443', 'https://any.test:8443', true],
  ['http://*', 'http://localhost', true],
  ['HTTPS://App.Example.com:443', 'https://app.example.com', true],
  ['http://a.test:443', 'http://a.test', false],
  ['http://[::1]:3000', 'http://[::1]:3000', true],
] as const)('%s: %s is allowed: %s', ([pattern, origin, expected]) => {
  expect(new AllowedOrigins([pattern]).allows(origin)).toBe(expected)
})

test.for([
  ['https://any.test:12345', true],
  ['null', true],
  ['app://localhost', true],
  ['chrome-extension://abcdef', true],
  ['https://a.test, https://b.test', false],
  ['https://a.test https://b.test', false],
  ['https://a.test/path', false],
  ['no-origin', false],
  ['', false],
] as const)('*: %s, one origin or not, is allowed: %s', ([origin, expected]) => {
  expect(new AllowedOrigins(['*']).allows(origin)).toBe(expected)
})

test('none allows none', () => {
  const none = new AllowedOrigins([])
  expect([none.any, none.allows('https://a.test'), none.allows('null')]).toEqual([false, false, false])
})
