import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeParameter, findValue, valueAt, valueEquals, valueHash } from './query.ts'

test.for<[query: string, name: string, value: string | undefined]>([
  ['a=1&b=2', 'a', '1'],
  ['a=1&b=2', 'b', '2'],
  ['a=1&a=2', 'a', '1'],
  ['aa=1&a=2', 'a', '2'],
  ['A=1', 'a', undefined],
  ['', 'a', undefined],
  ['a', 'a', ''],
  ['a&b', 'a', ''],
  ['a=', 'a', ''],
  ['b=1&a', 'a', ''],
  ['a=b=c', 'a', 'b=c'],
  ['&&a=1', 'a', '1'],
  ['b=a=1', 'a', undefined],
  ['a=x+y', 'a', 'x y'],
  ['a=x%2By', 'a', 'x+y'],
  ['a=%C3%BC', 'a', 'ü'],
  ['%61=1', 'a', '1'],
  ['a+b=1', 'a b', '1'],
  ['a=%26', 'a', '&'],
  ['a=%', 'a', '%'],
  ['a=%zz', 'a', '%zz'],
  ['a=%4', 'a', '%4'],
  ['a=%41%', 'a', 'A%'],
  ['a=%ff', 'a', '%ff'],
  ['a=%C3', 'a', '%C3'],
  ['a=%C3%41', 'a', '%C3A'],
  ['a=%C0%80', 'a', '%C0%80'],
  ['a=%ED%A0%80', 'a', '%ED%A0%80'],
  ['a=%F4%90%80%80', 'a', '%F4%90%80%80'],
  ['__proto__=1', '__proto__', '1'],
  ['a=1', '__proto__', undefined],
])('in %j the parameter %s is %j', ([query, name, value]) => {
  const start = findValue(query, name)
  expect(start === -1 ? undefined : valueAt(query, start)).toBe(value)
  if (value === undefined) return
  expect(valueEquals(query, start, value)).toBe(true)
  expect(valueEquals(query, start, `${value}x`)).toBe(false)
})

test('a value that is compared raw is not equal to one that has to be decoded', () => {
  expect(valueEquals('a=x+y', 2, 'x+y')).toBe(false)
  expect(valueEquals('a=x%20y', 2, 'x%20y')).toBe(false)
})

test('well-formed text is decoded as URLSearchParams does', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 4 }), (pairs) => {
      const query = new URLSearchParams(pairs).toString()
      for (const [name] of pairs) {
        const start = findValue(query, name)
        expect(valueAt(query, start)).toBe(new URLSearchParams(query).get(name))
      }
    }),
  )
})

test('different spellings of a value have one hash', () => {
  expect(valueHash('a=a%20b', 2)).toBe(valueHash('a=a+b', 2))
  expect(valueHash('a=%61', 2)).toBe(valueHash('a=a', 2))
})

test('text without escapes is returned as it is', () => {
  const plain = fc.string().map((text) => text.replaceAll(/[+%]/g, ''))
  fc.assert(
    fc.property(plain, (text) => {
      expect(decodeParameter(text)).toBe(text)
    }),
  )
})
