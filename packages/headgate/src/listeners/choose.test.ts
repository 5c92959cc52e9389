import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseSecureListener, findConnectionListener, findListener, indexListeners } from './choose.ts'

const named = (...hostnames: readonly (string | undefined)[]) =>
  indexListeners(hostnames.map((hostname) => (hostname === undefined ? {} : { hostname })))

const levels = named(undefined, '*.example.com', '*.foo.example.com', 'abc.foo.example.com')

test.for([
  ['bar.com', 'every host'],
  ['example.com', 'every host'],
  ['', 'every host'],
  ['[::1]', 'every host'],
  ['bar.example.com', '*.example.com'],
  ['foo.example.com', '*.example.com'],
  ['a.b.example.com', '*.example.com'],
  ['xfoo.example.com', '*.example.com'],
  ['bar.foo.example.com', '*.foo.example.com'],
  ['x.abc.foo.example.com', '*.foo.example.com'],
  ['abc.foo.example.com', 'abc.foo.example.com'],
  ['.example.com', 'every host'],
  ['fooexample.com', 'every host'],
] as const)('%s is for the listener of %s', ([host, expected]) => {
  expect(findListener(levels, host)?.listener.hostname ?? 'every host').toBe(expected)
})

test('a host that no listener has finds none', () => {
  const index = named('a.test', '*.b.test')
  expect(['c.test', 'b.test', 'x.a.test', ''].map((host) => findListener(index, host))).toEqual(
    Array.from({ length: 4 }),
  )
  expect(findListener(named(), 'a.test')).toBeUndefined()
})

test('of two listeners with the same hostname the first counts', () => {
  for (const hostname of ['a.test', '*.test', undefined]) {
    const same = hostname === undefined ? {} : { hostname }
    const first = { ...same, name: 'first' }
    const index = indexListeners([first, { ...same, name: 'second' }])
    expect(findListener(index, 'a.test')?.listener).toBe(first)
  }
})

test('the order in which listeners are declared decides nothing else', () => {
  const hostnames = [undefined, '*.test', '*.b.test', '*.a.test', 'a.a.test', '*.a.a.test', 'b.test']
  const host = fc.array(fc.constantFrom('a', 'b', 'test', 'other'), { minLength: 1, maxLength: 5 })
  const some = fc.shuffledSubarray(hostnames)
  fc.assert(
    fc.property(some, host, (chosen, labels) => {
      const text = labels.join('.')
      const meeting = chosen.filter(
        (each) => each === undefined || each === text || (each.startsWith('*') && text.endsWith(each.slice(1))),
      )
      const rank = (each: string | undefined): number => (each === undefined ? 0 : each === text ? 1000 : each.length)
      const best = meeting.sort((first, second) => rank(second) - rank(first))
      const found = findListener(named(...chosen), text)
      expect(found === undefined ? 'none' : found.listener.hostname).toBe(meeting.length === 0 ? 'none' : best[0])
    }),
  )
})

describe('on a TLS connection', () => {
  const index = named(undefined, 'second-example.org', '*.wildcard.org', 'fourth-example.wildcard.org')
  const chosen = (serverName: string | false | undefined, host: string): string => {
    const choice = chooseSecureListener(index, host, serverName)
    return typeof choice === 'object' ? (choice.listener.hostname ?? 'every host') : (choice ?? 'not found')
  }

  test.for([
    ['example.org', 'example.org', 'every host'],
    ['example.org', 'second-example.org', 'misdirected'],
    ['example.org', 'unknown-example.org', 'every host'],
    ['second-example.org', 'second-example.org', 'second-example.org'],
    ['second-example.org', 'example.org', 'misdirected'],
    ['second-example.org', 'unknown-example.org', 'misdirected'],
    ['third-example.wildcard.org', 'third-example.wildcard.org', '*.wildcard.org'],
    ['third-example.wildcard.org', 'fith-example.wildcard.org', '*.wildcard.org'],
    ['third-example.wildcard.org', 'fourth-example.wildcard.org', 'misdirected'],
    ['third-example.wildcard.org', 'second-example.org', 'misdirected'],
    ['third-example.wildcard.org', 'unknown-example.org', 'misdirected'],
    ['fourth-example.wildcard.org', 'fourth-example.wildcard.org', 'fourth-example.wildcard.org'],
    ['fourth-example.wildcard.org', 'fith-example.wildcard.org', 'misdirected'],
    ['unknown-example.org', 'example.org', 'every host'],
    ['Second-Example.ORG', 'second-example.org', 'second-example.org'],
    ['', 'example.org', 'every host'],
    ['', 'second-example.org', 'misdirected'],
    [false, 'example.org', 'every host'],
    [undefined, 'second-example.org', 'misdirected'],
  ] as const)('for %s a request for %s is %s', ([serverName, host, expected]) => {
    expect(chosen(serverName, host)).toBe(expected)
  })

  test('a host that no listener has is not found, whatever the connection was opened for', () => {
    const strict = named('a.test', '*.b.test')
    for (const serverName of ['a.test', 'c.test', 'x.b.test', undefined]) {
      expect(chooseSecureListener(strict, 'c.test', serverName)).toBeUndefined()
    }
    expect(chooseSecureListener(strict, 'a.test', 'c.test')).toBe('misdirected')
    expect(chooseSecureListener(strict, 'a.test', undefined)).toBe('misdirected')
  })

  test('the certificates are those of the listener that has the name, else of the one without hostname', () => {
    expect(findConnectionListener(index, 'SECOND-example.org')?.listener.hostname).toBe('second-example.org')
    expect(findConnectionListener(index, 'x.wildcard.org')?.listener.hostname).toBe('*.wildcard.org')
    for (const name of ['other.test', '', false, null, undefined] as const) {
      expect(findConnectionListener(index, name)).toEqual({ listener: {} })
      expect(findConnectionListener(named('a.test'), name)).toBeUndefined()
    }
  })
})
