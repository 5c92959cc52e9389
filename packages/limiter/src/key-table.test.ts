/** The table against a Map that keeps its order of use, with hashes that collide on purpose. */

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeyHash } from './key-hash.ts'
import { KeyTable, none } from './key-table.ts'

/** A hash with few homes, so that runs of the index grow, wrap around and shrink. */
class Crowded extends KeyHash {
  readonly #homes: number

  constructor(homes: number) {
    super(0, 0)
    this.#homes = homes
  }

  override update(text: string): void {
    super.update(text)
    this.high = this.low
    this.low = (this.low >>> 0) % this.#homes === 0 ? -1 : -2
  }
}

const commands = fc.array(
  fc.record({ act: fc.constantFrom('use', 'add', 'add', 'remove', 'oldest'), key: fc.nat(30) }),
  { maxLength: 200 },
)

test.for<[string, number, () => KeyHash]>([
  ['spread hashes', 12, () => new KeyHash(1, 2)],
  ['hashes that share two homes', 12, () => new Crowded(2)],
  ['hashes that share one home', 5, () => new Crowded(1)],
  ['one slot', 1, () => new Crowded(2)],
])('holds what a map in order of use would hold: %s', ([, capacity, hash]) => {
  fc.assert(
    fc.property(commands, (list) => {
      const table = new KeyTable(capacity, hash())
      const held = new Map<string, number>()
      for (const { act, key: number } of list) {
        const key = `key ${number}`
        const slot = table.use(key)
        expect(slot).toBe(held.get(key) ?? none)
        if (slot !== none) {
          held.delete(key)
          held.set(key, slot)
        }
        if (act === 'add' && slot === none && table.size < capacity) held.set(key, table.add(key))
        if (act === 'remove' && slot !== none) {
          table.remove(slot)
          held.delete(key)
        }
        if (act === 'oldest' && held.size > 0) {
          table.remove(table.oldest())
          held.delete(held.keys().next().value as string)
        }
        expect(table.size).toBe(held.size)
        const order: number[] = []
        for (let at = table.oldest(); at !== none; at = table.newerThan(at)) order.push(at)
        expect(order).toEqual([...held.values()])
        expect(new Set(order).size).toBe(order.length)
        expect(order.every((at) => at >= 0 && at < capacity)).toBe(true)
      }
      for (const [key, slot] of held) expect(table.use(key)).toBe(slot)
    }),
    { numRuns: 150 },
  )
})

test('slots are handed out in rising order, and freed ones again before fresh ones', () => {
  const table = new KeyTable(10, new KeyHash(1, 2))
  expect(['a', 'b', 'c'].map((key) => table.add(key))).toEqual([0, 1, 2])
  table.remove(1)
  expect(['d', 'e'].map((key) => table.add(key))).toEqual([1, 3])
})

test('a table that is full to the last slot finds every key and no other', () => {
  const table = new KeyTable(4096, new KeyHash(3, 4))
  for (let key = 0; key < 4096; key++) table.add(`key ${key}`)
  for (let key = 0; key < 4096; key++) expect(table.use(`key ${key}`)).toBe(key)
  for (let key = 4096; key < 8192; key++) expect(table.use(`key ${key}`)).toBe(none)
})

test('the key that was asked for last is looked up again once it is removed, added, or out of mind', () => {
  const table = new KeyTable(3, new KeyHash(3, 4))
  expect([table.use('a'), table.add('a'), table.use('a')]).toEqual([none, 0, 0])
  table.remove(0)
  expect(table.use('a')).toBe(none)
  expect([table.add('b'), table.use('a'), table.use('b')]).toEqual([0, none, 0])
})
