import type { HeaderFilterConfig } from '@headgate/config'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { composed } from './header-filters.ts'

type Fields = ReadonlyMap<string, string>

/** What a filter does to a head, a field by its lower-case name. */
function applied(fields: Fields, { set = [], add = [], remove = [] }: HeaderFilterConfig): Fields {
  const result = new Map(fields)
  for (const { name, value } of set) result.set(name.toLowerCase(), value)
  for (const { name, value } of add) {
    const before = result.get(name.toLowerCase())
    result.set(name.toLowerCase(), before === undefined ? value : `${before}, ${value}`)
  }
  for (const name of remove) result.delete(name.toLowerCase())
  return result
}

const names = ['a', 'A', 'b', 'c']
const entries = fc.array(fc.record({ name: fc.constantFrom(...names), value: fc.constantFrom('1', '2') }), {
  maxLength: 2,
})

/** One action for each name, as the config asks. */
const filter = fc.tuple(entries, entries, fc.subarray(names)).map(([set, add, remove]): HeaderFilterConfig => {
  const seen = new Set<string>()
  const isFirst = (name: string): boolean => !seen.has(name.toLowerCase()) && seen.add(name.toLowerCase()).size > 0
  return {
    type: 'RequestHeaderModifier',
    set: set.filter(({ name }) => isFirst(name)),
    add: add.filter(({ name }) => isFirst(name)),
    remove: remove.filter(isFirst),
  }
})

test('one filter does what several do one after the other, with one action for each field', () => {
  const head = fc.subarray(['a', 'b']).map((present) => new Map(present.map((name) => [name, '0'])))
  fc.assert(
    fc.property(head, fc.array(filter, { minLength: 2, maxLength: 4 }), (before, filters) => {
      const one = composed(filters)
      const { set = [], add = [], remove = [] } = one ?? {}
      expect(applied(before, one ?? filters[0]!)).toEqual(filters.reduce<Fields>(applied, before))
      const used = [...set.map(({ name }) => name), ...add.map(({ name }) => name), ...remove].map((name) =>
        name.toLowerCase(),
      )
      expect(new Set(used).size).toBe(used.length)
    }),
  )
})

test('a single filter stays as it is', () => {
  const only: HeaderFilterConfig = { type: 'ResponseHeaderModifier', set: [], remove: ['x'] }
  expect(composed([only])).toBe(only)
  expect(composed([])).toBeUndefined()
})
