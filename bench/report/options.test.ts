import { expect, test } from 'vitest'
import { listed, picked, wholeNumber } from './options.ts'

test('whole numbers above 0 are taken, everything else is refused by its option', () => {
  expect(wholeNumber('rounds', '21')).toBe(21)
  for (const text of ['0', '-1', '1.5', 'many', '']) expect(() => wholeNumber('rounds', text)).toThrow(/--rounds/)
})

test('names are taken apart at commas', () => {
  expect(listed('a,b,')).toEqual(['a', 'b'])
  expect(listed(undefined)).toEqual([])
})

test('things are picked in their own order, all where none is named', () => {
  const all = [{ name: 'a' }, { name: 'b' }, { name: 'c' }]
  expect(picked('work', all, ['c', 'a'])).toEqual([{ name: 'a' }, { name: 'c' }])
  expect(picked('work', all, [])).toEqual(all)
  expect(() => picked('work', all, ['d'])).toThrow('--work d: there are a, b, c')
})
