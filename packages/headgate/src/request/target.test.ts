import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { readHost, readTarget, stripPrefix } from './target.ts'

describe('readTarget', () => {
  test.for<[string, string, string, string | undefined]>([
    ['/v1/chat/completions', '/v1/chat/completions', '', undefined],
    ['/v1/models?a=1&a=2', '/v1/models', '?a=1&a=2', undefined],
    ['/v1/models?', '/v1/models', '?', undefined],
    ['/v1/models/org%2Fname', '/v1/models/org%2Fname', '', undefined],
    ['/v1/gpt-4.1/.well-known/..x', '/v1/gpt-4.1/.well-known/..x', '', undefined],
    ['/a//b', '/a//b', '', undefined],
    ['/a?x=/../b', '/a', '?x=/../b', undefined],
    ['http://other.example:81/x?y', '/x', '?y', 'other.example:81'],
    ['HTTPS://[::1]:81', '/', '', '[::1]:81'],
    ['http://a?b', '/', '?b', 'a'],
  ])('%s is read as it stands', ([text, path, search, authority]) => {
    expect(readTarget(text)).toEqual({ path, search, authority })
  })

  test.for([
    '//evil/x',
    '/a/../b',
    '/a/..',
    '/./a',
    '/a/%2e%2E/b',
    '/a/.%2e/b',
    '/a/..;x=1/b',
    '/a/..%2fb',
    '/a%2f..%2fb',
    '/a\\..\\b',
    '/a%5c..%5cb',
    '/a#b',
    '*',
    'v1/models',
    'ftp://a/b',
    'http://user@a/b',
    'http:///b',
    '',
  ])('%s is refused', (text) => {
    expect(typeof readTarget(text)).toBe('string')
  })

  test('an accepted path keeps every byte, whatever resolves dot segments would read the same path', () => {
    const piece = fc.constantFrom('/', '.', '..', '%2e', '%2F', 'a', ';', '\\', '%5C', '?', 'v1')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = `/x${pieces.join('')}`
        const target = readTarget(text)
        if (typeof target === 'string') return
        expect(target.path + target.search).toBe(text)
        const resolved = new URL(`http://h${target.path.replaceAll('\\', '/')}`).pathname
        expect(resolved).toBe(target.path.replaceAll('\\', '/'))
      }),
      { numRuns: 2000 },
    )
  })
})

describe('readHost', () => {
  test.for<[string, string | undefined]>([
    ['Api.Example.COM:8443', 'api.example.com'],
    ['[::1]:80', '[::1]'],
    ['localhost', 'localhost'],
    ['', undefined],
    ['a b', undefined],
    ['a/b', undefined],
    ['a@b', undefined],
    ['a:80:90', undefined],
    ['a,b', undefined],
  ])('%s', ([field, host]) => {
    expect(readHost(field)).toBe(host)
    expect(readHost(field)).toBe(host)
  })
})

describe('stripPrefix', () => {
  test.for<[string, string]>([
    ['/llm/v1/models', '/v1/models'],
    ['/llm', '/'],
    ['/llm/', '/'],
    ['/llmx/v1', '/llmx/v1'],
    ['/v1/llm', '/v1/llm'],
    ['/LLM/v1', '/LLM/v1'],
  ])('%s becomes %s', ([path, expected]) => {
    expect(stripPrefix(path, '/llm')).toBe(expected)
  })
})
