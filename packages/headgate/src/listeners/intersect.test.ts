import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findListener, indexListeners } from './choose.ts'
import { intersectHostnames } from './intersect.ts'

test.for<[string | undefined, readonly string[], readonly string[] | undefined]>([
  [undefined, [], []],
  [undefined, ['a.test', '*.b.test'], ['a.test', '*.b.test']],
  ['a.test', [], ['a.test']],
  ['*.a.test', [], ['*.a.test']],
  ['very.specific.com', ['non.matching.com', '*.nonmatchingwildcard.io', 'very.specific.com'], ['very.specific.com']],
  [
    '*.wildcard.io',
    ['non.matching.com', 'wildcard.io', 'foo.wildcard.io', 'foo.bar.wildcard.io'],
    ['foo.wildcard.io', 'foo.bar.wildcard.io'],
  ],
  ['very.specific.com', ['non.matching.com', '*.specific.com'], ['very.specific.com']],
  ['*.anotherwildcard.io', ['*.anotherwildcard.io'], ['*.anotherwildcard.io']],
  ['*.foo.example.com', ['bar.com', '*.example.com'], ['*.foo.example.com']],
  ['*.example.com', ['*.foo.example.com'], ['*.foo.example.com']],
  ['*.foo.example.com', ['*.example.com', '*.foo.example.com'], ['*.foo.example.com']],
  ['abc.foo.example.com', ['*.example.com', '*.foo.example.com', 'abc.foo.example.com'], ['abc.foo.example.com']],
  ['very.specific.com', ['specific.but.wrong.com', 'wildcard.io'], undefined],
  ['*.wildcard.io', ['wildcard.io'], undefined],
  ['*.a.test', ['*.b.test', 'b.test'], undefined],
])('listener %s leaves of %j: %j', ([listener, route, expected]) => {
  expect(intersectHostnames(listener, route)).toEqual(expected)
})

test('a host meets the intersection exactly when it meets the listener and the route', () => {
  const label = fc.constantFrom('a', 'b')
  const name = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => `${labels.join('.')}.test`)
  const hostname = fc.tuple(fc.constantFrom('', '*.'), name).map((parts) => parts.join(''))
  const meets = (hostnames: readonly string[], host: string): boolean =>
    findListener(indexListeners(hostnames.map((each) => ({ hostname: each }))), host) !== undefined
  fc.assert(
    fc.property(hostname, fc.array(hostname, { minLength: 1, maxLength: 4 }), name, (listener, route, host) => {
      const shared = intersectHostnames(listener, route) ?? []
      expect(meets(shared, host)).toBe(meets([listener], host) && meets(route, host))
    }),
  )
})
