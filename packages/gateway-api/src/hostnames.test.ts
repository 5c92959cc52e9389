import fc from 'fast-check'
import { expect, test } from 'vitest'

import { covers, effectiveHostnames, intersection } from './hostnames.ts'

test.for([
  ['a.example.com', 'a.example.com', 'a.example.com'],
  ['a.example.com', '*.example.com', 'a.example.com'],
  ['*.example.com', 'a.b.example.com', 'a.b.example.com'],
  ['*.example.com', '*.a.example.com', '*.a.example.com'],
  ['*.example.com', 'example.com', undefined],
  ['*.example.com', '*.example.org', undefined],
  ['*.example.com', 'badexample.com', undefined],
  ['a.example.com', 'b.example.com', undefined],
] as const)('%s and %s have %s in common', ([a, b, common]) => {
  expect(intersection(a, b)).toBe(common)
  expect(intersection(b, a)).toBe(common)
})

test.for([
  [[], undefined, []],
  [[], 'a.com', ['a.com']],
  [['a.com', 'b.com'], undefined, ['a.com', 'b.com']],
  [['a.com', 'x.b.com', '*.b.com'], '*.b.com', ['x.b.com', '*.b.com']],
  [['*.com', '*.b.com'], '*.b.com', ['*.b.com']],
  [['a.com'], 'b.com', undefined],
] as const)('a route of %j on a listener of %s serves %j', ([hostnames, listener, served]) => {
  expect(effectiveHostnames(hostnames, listener)).toEqual(served)
})

const label = fc.constantFrom('a', 'b', 'ab')
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'))
const pattern = fc.oneof(
  name,
  name.map((suffix) => `*.${suffix}`),
)
const matches = (host: string, hostname: string): boolean => {
  return hostname.startsWith('*.') ? host.endsWith(hostname.slice(1)) : host === hostname
}

test('a host is in what two names have in common when both names match it', () => {
  fc.assert(
    fc.property(pattern, pattern, name, (a, b, host) => {
      const common = intersection(a, b)
      expect(common !== undefined && matches(host, common)).toBe(matches(host, a) && matches(host, b))
      expect(covers(a, b) && matches(host, b) && !matches(host, a)).toBe(false)
    }),
  )
})
