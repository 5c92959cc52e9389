import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cookieValue, findCookie } from './cookies.ts'

/** Every value of `s`, up to the next `;`. */
function valuesOf(field: string): string[] {
  const found: string[] = []
  for (let from = findCookie(field, 's=', 0); from !== -1; from = findCookie(field, 's=', from)) {
    const end = field.indexOf(';', from)
    found.push(field.slice(from, end === -1 ? field.length : end))
  }
  return found
}

test.for<[field: string, values: string[]]>([
  ['', []],
  ['s=', ['']],
  ['s=1', ['1']],
  ['a=0; s=1; b=2', ['1']],
  ['a=0;s=1', ['1']],
  ['a=0;\t s=1', ['1']],
  [' s=1', ['1']],
  ['s=1; s=2; S=3', ['1', '2']],
  ['as=1; s', []],
  ['a=s=1', []],
  ['a="; s=1"', ['1"']],
  ['a=b s=1', []],
  ['s =1', []],
  [';;s=1;;', ['1']],
  ['__proto__=x; constructor=s=1; s=2', ['2']],
])('%j has the values %j', ([field, values]) => {
  expect(valuesOf(field)).toEqual(values)
})

test('it finds what a reader of all pairs finds', () => {
  const part = fc.constantFrom('s=', 's', '=', ';', ' ', '\t', 'a', 'ss=', '; ', '; s=v')
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
      const field = parts.join('')
      const pairs = field.split(';').map((pair) => pair.replace(/^[ \t]+/, ''))
      expect(valuesOf(field)).toEqual(pairs.filter((pair) => pair.startsWith('s=')).map((pair) => pair.slice(2)))
    }),
  )
})

test('a field of nothing but names costs no more than its length', () => {
  // Each look back ends at the blank run before it: 10^6 characters, or this would not end.
  expect(findCookie(`${'x s='.repeat(250_000)}; s=1`, 's=', 0)).toBe(1_000_004)
})

test.for<[string, string | undefined]>([
  ['', undefined],
  ['a=1', undefined],
  ['b=2; s=1 ; s=3', '1'],
  ['s=', ''],
  ['s=1=2', '1=2'],
])('in %j the first value is %j', ([field, value]) => {
  expect(cookieValue(field, 's=')).toBe(value)
})
