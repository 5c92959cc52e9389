/** The order of picks, with some not allowed and with lists that change. */

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { RoundRobin } from './round-robin.ts'

const everybody = (): boolean => true

test.for<[string, number, (index: number) => boolean, number[]]>([
  ['all in turn', 3, everybody, [0, 1, 2, 0, 1]],
  ['those not allowed are passed over', 4, (index) => index % 2 === 1, [1, 3, 1, 3]],
  ['one alone again and again', 3, (index) => index === 2, [2, 2]],
  ['nobody allowed', 3, () => false, [-1, -1]],
  ['nobody there', 0, everybody, [-1, -1]],
])('%s', ([, count, allowed, expected]) => {
  const order = new RoundRobin()
  expect(expected.map(() => order.pick(count, allowed))).toEqual(expected)
})

test('a refusal does not lose the place', () => {
  const order = new RoundRobin()
  order.pick(3, everybody)
  order.pick(3, () => false)
  expect(order.pick(3, everybody)).toBe(1)
})

test('a list that shrinks goes on at its beginning, one that grows at the new end', () => {
  const order = new RoundRobin()
  for (let pick = 0; pick < 5; pick++) order.pick(5, everybody)
  expect(order.pick(2, everybody)).toBe(0)
  expect(order.pick(2, everybody)).toBe(1)
  expect(order.pick(4, everybody)).toBe(2)
})

test('each allowed one is picked once in every round, and nobody is asked twice', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }), fc.nat(30), (allowed, before) => {
      const order = new RoundRobin()
      for (let pick = 0; pick < before; pick++) order.pick(allowed.length, everybody)
      const some = allowed.filter(Boolean).length
      const round = Array.from({ length: some }, () => order.pick(allowed.length, (index) => allowed[index] ?? false))
      expect(new Set(round).size).toBe(some)
      let asked = 0
      order.pick(allowed.length, () => ++asked < 0)
      expect(asked).toBe(allowed.length)
    }),
  )
})

test('a pick that keeps the turn leaves it to the next one', () => {
  const turns = new RoundRobin()
  const any = (): boolean => true
  expect([turns.pick(3, any), turns.pick(3, any, true), turns.pick(3, any)]).toEqual([0, 1, 1])
})
