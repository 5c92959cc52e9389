import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rewriteHost, rewritePath } from './rewrite.ts'

const prefix = (value: string) => ({ type: 'ReplacePrefixMatch', value }) as const
const full = (value: string) => ({ type: 'ReplaceFullPath', value }) as const

describe('ReplacePrefixMatch', () => {
  test.for([
    ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
    ['/foo/bar', '/foo', '/xyz/', '/xyz/bar'],
    ['/foo/bar', '/foo/', '/xyz', '/xyz/bar'],
    ['/foo/bar', '/foo/', '/xyz/', '/xyz/bar'],
    ['/foo', '/foo', '/xyz', '/xyz'],
    ['/foo/', '/foo', '/xyz', '/xyz/'],
    ['/foo/bar', '/foo', '', '/bar'],
    ['/foo/', '/foo', '', '/'],
    ['/foo', '/foo', '', '/'],
    ['/foo/', '/foo', '/', '/'],
    ['/foo', '/foo', '/', '/'],
  ] as const)('by the table of the API %s with %s replaced by "%s" is %s', ([path, matched, value, expected]) => {
    expect(rewritePath(prefix(value), path, matched)).toBe(expected)
  })

  test.for([
    ['/foo', '/', '/xyz', '/xyz/foo'],
    ['/', '/', '/xyz', '/xyz/'],
    ['/', '/', '/', '/'],
    ['/', '/', '', '/'],
    ['/foo/bar', '/', '/', '/foo/bar'],
    ['/foo', '/foo/', '/xyz/', '/xyz'],
    ['/foo/bar/baz', '/foo/bar', '/a/b/c', '/a/b/c/baz'],
  ] as const)('%s with %s replaced by "%s" is %s', ([path, matched, value, expected]) => {
    expect(rewritePath(prefix(value), path, matched)).toBe(expected)
  })

  test.for([
    ['/foo/org%2Fname/%7e/a//b;c=1/', '/foo', '/xyz', '/xyz/org%2Fname/%7e/a//b;c=1/'],
    ['/foo//bar', '/foo', '/xyz', '/xyz//bar'],
    ['/foo/a%20b//', '/foo', '', '/a%20b//'],
  ] as const)('%s keeps every byte behind the prefix', ([path, matched, value, expected]) => {
    expect(rewritePath(prefix(value), path, matched)).toBe(expected)
  })

  test.for([
    ['/foo//evil.test/x//y', '', '/evil.test/x//y'],
    ['/foo//evil.test', '/', '/evil.test'],
    ['/foo///', '/', '/'],
    ['/foo////evil.test', '', '/evil.test'],
  ] as const)('%s stripped to "%s" begins with one slash: %s', ([path, value, expected]) => {
    expect(rewritePath(prefix(value), path, '/foo')).toBe(expected)
  })

  test.for([
    ['/foo/bar', undefined],
    ['/foobar', '/foo'],
    ['/FOO/bar', '/foo'],
    ['/other', '/foo'],
  ] as const)('%s stays as it is where %s is no prefix of it', ([path, matched]) => {
    expect(rewritePath(prefix('/xyz'), path, matched)).toBe(path)
  })

  const segment = fc.string({ unit: fc.constantFrom('a', 'B', '.x', '%2F', '~', ';'), minLength: 1, maxLength: 4 })
  const segments = fc.array(segment, { maxLength: 4 })
  const joined = (parts: readonly string[]): string => parts.map((part) => `/${part}`).join('')

  test('the new path is the replacement and then what followed the prefix, element by element', () => {
    const slashes = fc.constantFrom('', '/')
    fc.assert(
      fc.property(segments, segments, segments, slashes, slashes, (before, behind, replacement, own, end) => {
        const path = joined([...before, ...behind]) + end
        fc.pre(path !== '')
        const value = joined(replacement) + own
        const expected = joined([...replacement, ...behind]) + end
        expect(rewritePath(prefix(value), path, joined(before) || '/')).toBe(expected || '/')
      }),
    )
  })
})

test.for([
  ['/models', '/models'],
  ['/models/', '/models/'],
  ['', '/'],
] as const)('ReplaceFullPath with "%s" gives %s whatever was asked for and matched', ([value, expected]) => {
  for (const matched of [undefined, '/', '/a']) expect(rewritePath(full(value), '/a/b', matched)).toBe(expected)
})

test('without a modifier the path stays as it is', () => {
  expect(rewritePath(undefined, '//a/%41', '/')).toBe('//a/%41')
})

test('a hostname replaces the host together with its port', () => {
  expect(rewriteHost({ type: 'URLRewrite', hostname: 'one.example.org' }, 'api.test:8080')).toBe('one.example.org')
  expect(rewriteHost({ type: 'URLRewrite', path: full('/a') }, 'api.test:8080')).toBe('api.test:8080')
})
