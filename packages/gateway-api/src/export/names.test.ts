import fc from 'fast-check'
import { expect, test } from 'vitest'

import { isLabel, isObjectName, NameSet, slug } from './names.ts'

test.for<[string, string]>([
  ['gpt-4', 'gpt-4'],
  ['GPT 4 stable', 'gpt-4-stable'],
  ['gpt_4/stable', 'gpt-4-stable'],
  ['4o-mini', 'backend-4o-mini'],
  ['Zürich', 'zurich'],
  ['日本', 'backend'],
  ['--a--', 'a'],
  ['a.b', 'a-b'],
  [`${'a'.repeat(62)}-b`, 'a'.repeat(62)],
])('%j is named %s', ([text, name]) => {
  expect(slug(text, 'backend')).toBe(name)
})

test('every text gets a label that begins with a letter', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), (text) => {
      const name = slug(text, 'route')
      expect(isLabel(name) && isObjectName(name) && /^[a-z]/.test(name)).toBe(true)
    }),
  )
})

test('a name is given once in each scope', () => {
  const names = new NameSet()
  expect(names.reserve('a', 'x-2')).toBe(true)
  expect(['x', 'x', 'x'].map((name) => names.take('a', name))).toEqual(['x', 'x-3', 'x-4'])
  expect(names.take('b', 'x')).toBe('x')
  expect(names.reserve('b', 'x')).toBe(false)
})

test('a longest name stays a label when it is counted', () => {
  const names = new NameSet()
  const long = 'a'.repeat(63)
  expect(names.take('', long)).toBe(long)
  expect(names.take('', long)).toBe(`${'a'.repeat(61)}-2`)
})

test.for<[string, boolean]>([
  ['a.b-c', true],
  ['A', false],
  ['-a', false],
  ['a'.repeat(254), false],
  ['', false],
])('%j is the name of an object: %s', ([text, expected]) => {
  expect(isObjectName(text)).toBe(expected)
})
