/** The published test vectors of MurmurHash3, and what good mixing means. */

import { expect, test } from 'vitest'
import { hash32, mix32 } from './hash.ts'

/** The string whose code units, low byte first, are these bytes. */
const ofBytes = (...bytes: number[]): string =>
  String.fromCharCode(...new Uint16Array(Uint8Array.from(bytes).buffer.slice(0)))
const ofText = (text: string): string => ofBytes(...new TextEncoder().encode(text))

test.for<[string, string, number, number]>([
  ['nothing', '', 0, 0],
  ['nothing, seed 1', '', 1, 0x514e28b7],
  ['nothing, seed of ones', '', 0xffffffff, 0x81f16f39],
  ['four zero bytes', ofBytes(0, 0, 0, 0), 0, 0x2362f9de],
  ['four bytes', ofBytes(0x21, 0x43, 0x65, 0x87), 0, 0xf55b516b],
  ['four bytes, seeded', ofBytes(0x21, 0x43, 0x65, 0x87), 0x5082edee, 0x2362f9de],
  ['two bytes', ofBytes(0x21, 0x43), 0, 0xa0f7b07a],
  ['two zero bytes', ofBytes(0, 0), 0, 0x30f4c306],
  ['"test"', ofText('test'), 0, 0xba6bd213],
  ['"test", seeded', ofText('test'), 0x9747b28c, 0x704b81dc],
  ['"aa", seeded', ofText('aa'), 0x9747b28c, 0x5d211726],
  ['"abcd", seeded', ofText('abcd'), 0x9747b28c, 0xf0478627],
])('%s gives the published hash', ([, text, seed, expected]) => {
  expect(hash32(text, seed)).toBe(expected)
})

test('a long key and one beyond ASCII give what a second implementation gives', () => {
  expect(hash32('tenant-1')).toBe(0x7b3f166a)
  expect(hash32('München 🚀', 7)).toBe(0x6dc2c153)
})

test('only the low 32 bits of a seed count, and 0 is the default', () => {
  expect(hash32('tenant', 2 ** 32 + 5)).toBe(hash32('tenant', 5))
  expect(hash32('tenant', -1)).toBe(hash32('tenant', 0xffffffff))
  expect(hash32('tenant')).toBe(hash32('tenant', 0))
})

test('each bit of a key changes each bit of the hash about half of the time', () => {
  const flips = Array.from({ length: 32 }, () => 0)
  let tries = 0
  for (let key = 0; key < 500; key++) {
    const units = [key, key * 7, key * 131, key ^ 0x5555]
    const before = hash32(String.fromCharCode(...units))
    for (let bit = 0; bit < 64; bit++) {
      const changed = units.map((unit, at) => (at === bit >> 4 ? unit ^ (1 << (bit & 15)) : unit))
      const difference = before ^ hash32(String.fromCharCode(...changed))
      for (let out = 0; out < 32; out++) flips[out] = (flips[out] as number) + ((difference >>> out) & 1)
      tries++
    }
  }
  for (const count of flips) expect(Math.abs(count / tries - 0.5)).toBeLessThan(0.02)
})

test('keys that count upwards spread evenly over few and over many places', () => {
  for (const places of [2, 3, 10, 100]) {
    const counts = Array.from({ length: places }, () => 0)
    for (let key = 0; key < 20_000; key++) {
      const place = hash32(`tenant-${key}`) % places
      counts[place] = (counts[place] as number) + 1
    }
    const expected = 20_000 / places
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    expect(chiSquare).toBeLessThan(places + 5 * Math.sqrt(2 * places))
  }
})

test('mixing is a bijection: no two inputs of a range meet', () => {
  const seen = new Set<number>()
  for (let value = 0; value < 50_000; value++) seen.add(mix32(value * 65_537))
  expect(seen.size).toBe(50_000)
})
