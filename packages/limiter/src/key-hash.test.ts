/** The published vectors of HalfSipHash-2-4 with 64 bits of output, for inputs of an even number of bytes. */

import { expect, test } from 'vitest'
import { KeyHash } from './key-hash.ts'

/** The bytes 0, 1, 2 ... as code units, low byte first. */
const counting = (bytes: number): string =>
  String.fromCharCode(...Array.from({ length: bytes / 2 }, (_, unit) => 2 * unit + ((2 * unit + 1) << 8)))

test.for([
  [0, 0x591f8d21, 0xc83cb8b9],
  [2, 0xef394f06, 0x57eb507c],
  [4, 0x178ae7d5, 0xa12ee55b],
  [6, 0x35913ece, 0x25bca28a],
  [8, 0x20e8feed, 0x8c85e4bc],
  [10, 0x9f46b095, 0xeef2a606],
  [16, 0xd2aa3673, 0xb5f37b5f],
  [30, 0x86af1a29, 0x9d179848],
  [62, 0xb53a0bf9, 0x9366d472],
] as const)('%i bytes give the published hash', ([bytes, low, high]) => {
  const hash = new KeyHash(0x03020100, 0x07060504)
  hash.update(counting(bytes))
  expect([hash.low >>> 0, hash.high >>> 0]).toEqual([low, high])
})

test('both words of the key count', () => {
  const hashes = [new KeyHash(1, 2), new KeyHash(1, 3), new KeyHash(2, 2)].map((hash) => {
    hash.update('tenant')
    return `${hash.low} ${hash.high}`
  })
  expect(new Set(hashes).size).toBe(3)
})

test('keys that differ only in length or only far from their beginning differ in their hash', () => {
  const hash = new KeyHash(1, 2)
  const seen = new Set<string>()
  const texts = ['', '\0', '\0\0', '\0\0\0', 'a'.repeat(10_000), `${'a'.repeat(9999)}b`, 'a'.repeat(9999)]
  for (const text of texts) {
    hash.update(text)
    seen.add(`${hash.low} ${hash.high}`)
  }
  expect(seen.size).toBe(texts.length)
})
