import type { RedirectFilterConfig } from '@headgate/config'
import { describe, expect, test } from 'vitest'
import { redirectAnswer, type RedirectRequest } from './redirect.ts'

type Filter = Omit<RedirectFilterConfig, 'type'>

const base: RedirectRequest = {
  scheme: 'http',
  host: 'api.test',
  listenerPort: 80,
  path: '/a/b',
  search: '',
  matchedPrefix: '/a',
}

function location(filter: Partial<Filter>, request: Partial<RedirectRequest> = {}): string | undefined {
  return redirectAnswer({ type: 'RequestRedirect', statusCode: 302, ...filter }, { ...base, ...request })?.location
}

describe('the port', () => {
  const example = { hostname: 'example.org' }

  test.for<[string, Filter['scheme'], number | undefined, string]>([
    ['http:80', undefined, undefined, 'http://example.org'],
    ['http:80', undefined, 80, 'http://example.org'],
    ['http:80', undefined, 8080, 'http://example.org:8080'],
    ['http:80', undefined, 443, 'http://example.org:443'],
    ['http:80', 'https', undefined, 'https://example.org'],
    ['http:80', 'https', 443, 'https://example.org'],
    ['http:80', 'https', 80, 'https://example.org:80'],
    ['http:80', 'https', 8443, 'https://example.org:8443'],
    ['http:8080', undefined, undefined, 'http://example.org:8080'],
    ['http:8080', undefined, 80, 'http://example.org'],
    ['http:8080', 'https', undefined, 'https://example.org'],
    ['http:8080', 'http', undefined, 'http://example.org'],
    ['https:443', undefined, undefined, 'https://example.org'],
    ['https:443', undefined, 443, 'https://example.org'],
    ['https:443', undefined, 8443, 'https://example.org:8443'],
    ['https:443', 'http', undefined, 'http://example.org'],
    ['https:443', 'http', 80, 'http://example.org'],
    ['https:443', 'http', 8080, 'http://example.org:8080'],
    ['https:8443', undefined, undefined, 'https://example.org:8443'],
    ['https:80', undefined, undefined, 'https://example.org:80'],
  ])('listener %s, scheme %s, port %s: %s', ([listener, scheme, port, expected]) => {
    const [own, listenerPort] = listener.split(':')
    const filter = { ...example, ...(scheme && { scheme }), ...(port && { port }) }
    const request = { scheme: own === 'https' ? 'https' : 'http', listenerPort: Number(listenerPort) } as const
    expect(location(filter, request)).toBe(`${expected}/a/b`)
  })

  test('of the Host field counts for nothing under a listener', () => {
    expect(location({}, { host: 'api.test:3000' })).toBe('http://api.test/a/b')
    expect(location({ scheme: 'https' }, { host: 'api.test:3000', listenerPort: 8080 })).toBe('https://api.test/a/b')
  })

  test.for([
    ['http', 'api.test:3000', 'http://api.test:3000'],
    ['http', 'api.test:80', 'http://api.test'],
    ['https', 'api.test:443', 'https://api.test'],
    ['http', 'api.test', 'http://api.test'],
    ['https', 'api.test:', 'https://api.test'],
    ['http', '[::1]:3000', 'http://[::1]:3000'],
    ['https', '[::1]', 'https://[::1]'],
  ] as const)('without a listener (%s, %s) is the one that Host names', ([scheme, host, expected]) => {
    expect(location({}, { scheme, host, listenerPort: undefined })).toBe(`${expected}/a/b`)
  })

  test('without a listener is still the one of a scheme that is given', () => {
    expect(location({ scheme: 'https' }, { host: 'api.test:3000', listenerPort: undefined })).toBe(
      'https://api.test/a/b',
    )
  })
})

test.for([
  ['api.test', 'http://api.test:8080/a/b'],
  ['API.test.:3000', 'http://API.test.:8080/a/b'],
  ['[2001:db8::1]', 'http://[2001:db8::1]:8080/a/b'],
  ['[2001:db8::1]:3000', 'http://[2001:db8::1]:8080/a/b'],
  ['127.0.0.1:3000', 'http://127.0.0.1:8080/a/b'],
] as const)('the host %s loses its port and nothing else', ([host, expected]) => {
  expect(location({}, { host, listenerPort: 8080 })).toBe(expected)
})

test('a request without a host is redirected only where the filter names one', () => {
  expect(location({ scheme: 'https' }, { host: '' })).toBeUndefined()
  expect(location({}, { host: ':80' })).toBeUndefined()
  expect(location({ hostname: 'example.org' }, { host: '' })).toBe('http://example.org/a/b')
})

test('the path is modified, the query is kept as it came', () => {
  const search = '?b=%2F&b=&a=//x?y'
  const under = (value: string): string | undefined =>
    location({ path: { type: 'ReplacePrefixMatch', value } }, { search, path: '/a/%41' })
  expect(under('/x')).toBe(`http://api.test/x/%41${search}`)
  expect(under('/')).toBe(`http://api.test/%41${search}`)
  expect(location({ path: { type: 'ReplaceFullPath', value: '/full' } }, { search })).toBe(
    `http://api.test/full${search}`,
  )
  expect(location({}, { search: '?' })).toBe('http://api.test/a/b?')
})

test('a path behind a prefix never becomes a host', () => {
  const filter = { path: { type: 'ReplacePrefixMatch', value: '/' } } as const
  for (const path of ['/a//evil.test', '/a/\\evil.test', '/a/@evil.test']) {
    expect(new URL(location(filter, { path }) ?? '').host).toBe('api.test')
  }
})

test.for([301, 302, 303, 307, 308] as const)('the status is the one of the filter: %i', (statusCode) => {
  expect(redirectAnswer({ type: 'RequestRedirect', statusCode }, base)).toEqual({
    status: statusCode,
    location: 'http://api.test/a/b',
  })
})
