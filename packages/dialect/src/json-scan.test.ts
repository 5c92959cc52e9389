/** Ends of strings and values, against JSON.parse. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { skipSpace, skipString, skipValue } from './json-scan.ts'

test('a value ends where JSON.stringify ended it', () => {
  const value = fc.jsonValue({ stringUnit: 'binary' })
  fc.assert(
    fc.property(value, fc.constantFrom('', ' ', ',', '}', ']', ':', '"'), fc.nat(3), (json, after, indent) => {
      // A number goes on while there is something of a number.
      const text = JSON.stringify(json, undefined, indent)
      expect(skipValue(Buffer.from(text + after), 0)).toBe(Buffer.byteLength(text))
    }),
  )
})

test('a string ends at its first quote that is not escaped, however long it is', () => {
  const part = fc.constantFrom('\\"', '\\\\', '\\n', '\\u00e9', 'a', 'é', 'x'.repeat(20), 'x'.repeat(150), '\\\\\\"')
  fc.assert(
    fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
      const text = `"${parts.join('')}"`
      expect(skipString(Buffer.from(`${text}"rest"`), 0)).toBe(Buffer.byteLength(text))
      expect(skipString(Buffer.from(text.slice(0, -1)), 0)).toBe(-1)
    }),
  )
})

test('an array ends at its own bracket, whatever its strings look like, and one that is cut does not end', () => {
  const text = fc
    .array(fc.constantFrom(']', '[', '}', '{', '"', '\\', ':', ',', ' ', 'a', '}]', '"}]'), { maxLength: 6 })
    .map((parts) => parts.join(''))
  const list = fc.array(text, { maxLength: 2 })
  const object = fc.dictionary(text, fc.oneof(text, list, fc.dictionary(text, text, { maxKeys: 2 })), { maxKeys: 2 })
  const item = fc.oneof(text, list, object, fc.constantFrom(1, true, null))
  const items = fc.array(item, { maxLength: 4 })
  const rest = fc.constantFrom('', ',"b":[]}', '}', ']')
  fc.assert(
    // In a long body objects are skipped in another way.
    fc.property(
      items,
      fc.constantFrom(0, 8192),
      fc.constantFrom(undefined, '\t'),
      rest,
      (parts, length, indent, after) => {
        const filler = 'v'.repeat(length)
        const whole = Buffer.from(JSON.stringify([filler, ...parts], undefined, indent))
        expect(skipValue(Buffer.concat([whole, Buffer.from(after)]), 0)).toBe(whole.length)
        for (let end = length; end < whole.length; end++) expect(skipValue(whole.subarray(0, end), 0)).toBe(-1)
      },
    ),
    { numRuns: 1000 },
  )
})

test.for(['[1}', '[{]]', '[[1}', '{[}}', '{"a":{]]'])('%s has brackets that do not match, and no end', (text) => {
  expect(skipValue(Buffer.from(`${text},"]}"`), 0)).toBe(-1)
})

describe('no value', () => {
  test.for(['', ' ', ',', '}', ']', '[', '{"a":"}', '[[]', '"', '"a\\"', '?', 'É'])('%j', (text) => {
    expect(skipValue(Buffer.from(text), 0)).toBe(-1)
  })
})

test('white space is that of JSON', () => {
  expect(skipSpace(Buffer.from(' \t\r\n\v'), 0)).toBe(4)
  expect(skipSpace(Buffer.from('  '), 0)).toBe(2)
})
