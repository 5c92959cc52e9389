import { expect, test } from 'vitest'
import { Cooldowns } from './cooldown.ts'

test('a key cools down until its time and no longer', () => {
  const cooldowns = new Cooldowns()
  cooldowns.note('a', 100)
  expect(cooldowns.left('a', 0)).toBe(100)
  expect(cooldowns.left('a', 99)).toBe(1)
  expect(cooldowns.left('a', 100)).toBe(0)
  expect(cooldowns.left('b', 0)).toBe(0)
})

test('the last time counts, in whatever order they come', () => {
  const cooldowns = new Cooldowns()
  cooldowns.note('a', 200)
  cooldowns.note('a', 100)
  expect(cooldowns.left('a', 0)).toBe(200)
  cooldowns.note('a', 300)
  expect(cooldowns.left('a', 0)).toBe(300)
})

test('a time that is over is forgotten when it is asked for', () => {
  const cooldowns = new Cooldowns()
  expect(cooldowns.empty).toBe(true)
  cooldowns.note('a', 100)
  expect(cooldowns.empty).toBe(false)
  cooldowns.left('a', 100)
  expect(cooldowns.empty).toBe(true)
})

test('beyond the bound the key that was noted first is forgotten', () => {
  const cooldowns = new Cooldowns(2)
  cooldowns.note('a', 100)
  cooldowns.note('b', 100)
  cooldowns.note('a', 200)
  cooldowns.note('c', 100)
  expect(['a', 'b', 'c'].map((key) => cooldowns.left(key, 0))).toStrictEqual([200, 0, 100])
})

test.for([0, -1, 1.5, Number.NaN])('a bound of %d is refused', (maxKeys) => {
  expect(() => new Cooldowns(maxKeys)).toThrow(RangeError)
})
