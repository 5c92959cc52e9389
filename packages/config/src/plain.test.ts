/** The copy of untrusted input: what it keeps, drops and refuses. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { plainCopy } from './plain.ts'
import { ProblemList } from './problems.ts'

function copied(input: unknown): { copy: unknown; found: readonly (readonly [string, string])[] } {
  const problems = new ProblemList()
  const copy = plainCopy(input, problems)
  return { copy, found: problems.all(copy).map(({ at, message }) => [at, message] as const) }
}

test('plain data is copied as it is', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const { copy, found } = copied(value)
      expect(found).toStrictEqual([])
      expect(JSON.stringify(copy)).toBe(JSON.stringify(value))
    }),
  )
})

describe('what is left out', () => {
  test('undefined fields are, undefined items are not', () => {
    const { copy, found } = copied({ a: undefined, b: [undefined] })
    expect(Object.keys(copy as object)).toStrictEqual(['b'])
    expect(copy).toMatchObject({ b: [undefined] })
    expect(found).toStrictEqual([])
  })

  test('inherited fields are, also those of a polluted Object.prototype', () => {
    const { copy } = copied(JSON.parse('{"a":{"__proto__":{"polluted":true}}}'))
    const inner = (copy as { a: Record<string, unknown> }).a
    expect(inner['polluted']).toBeUndefined()
    expect(Object.keys(inner)).toStrictEqual(['__proto__'])
    expect(Object.getPrototypeOf(inner)).toBeNull()
  })
})

test('a negative zero becomes a zero', () => {
  expect(Object.is(copied({ a: -0 }).copy, -0)).toBe(false)
  expect(Object.is((copied({ a: -0 }).copy as { a: number }).a, 0)).toBe(true)
})

describe('what is refused', () => {
  const cyclic: { name: string; self?: unknown } = { name: 'a' }
  cyclic.self = { again: [cyclic] }
  const deep: unknown = JSON.parse('['.repeat(100) + ']'.repeat(100))
  const throwing = {
    get value(): never {
      throw new Error('no')
    },
  }
  const sparse: unknown[] = []
  sparse.length = 4_294_967_295
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  class Instance {
    readonly field = 1
  }

  test.for<[string, unknown, string, string]>([
    ['a cycle', cyclic, 'self.again[0]', 'contains itself'],
    ['deep nesting', { deep }, `deep${'[0]'.repeat(31)}`, 'too deeply'],
    ['a getter that throws', { a: [throwing] }, 'a[0].value', 'cannot be read'],
    ['a revoked proxy', { a: revoked.proxy }, 'a', 'cannot be read'],
    ['a map', { a: new Map() }, 'a', 'not plain data'],
    ['a date', new Date(0), '', 'not plain data'],
    ['an instance of a class', { a: new Instance() }, 'a', 'not plain data'],
    ['an object with an inherited field', Object.create({ a: 1 }), '', 'not plain data'],
    ['a sparse list that claims billions of items', { a: sparse }, '', 'too large'],
    ['very many values', Array.from({ length: 600_000 }, () => 1), '', 'too large'],
  ])('%s is told with its place', ([, input, at, message]) => {
    const { found } = copied(input)
    expect(found).toHaveLength(1)
    expect(found[0]?.[0]).toBe(at)
    expect(found[0]?.[1]).toContain(message)
  })

  test('the same object twice is no cycle', () => {
    const shared = { a: 1 }
    expect(copied([shared, { shared }]).found).toStrictEqual([])
  })
})
