/** HalfSipHash as its authors wrote it, held to their published vectors, and the hash of keys held to that. */

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeyHash } from './key-hash.ts'

type State = [number, number, number, number]

const rotated = (word: number, by: number): number => (word << by) | (word >>> (32 - by))

function sipRounds([v0, v1, v2, v3]: State, rounds: number): State {
  for (let round = 0; round < rounds; round++) {
    v0 += v1
    v1 = rotated(v1, 5) ^ v0
    v0 = rotated(v0, 16)
    v2 += v3
    v3 = rotated(v3, 8) ^ v2
    v0 += v3
    v3 = rotated(v3, 7) ^ v0
    v2 += v1
    v1 = rotated(v1, 13) ^ v2
    v2 = rotated(v2, 16)
  }
  return [v0 | 0, v1 | 0, v2 | 0, v3 | 0]
}

/** With so many rounds a word and at the end, and 64 bits of output. */
function halfSipHash(bytes: Uint8Array, key: readonly [number, number], perWord: number, atEnd: number): number[] {
  const padded = new Uint8Array((bytes.length & ~3) + 4)
  padded.set(bytes)
  padded[padded.length - 1] = bytes.length
  const words = new Int32Array(padded.buffer)
  let state: State = [key[0], key[1] ^ 0xee, key[0] ^ 0x6c796765, key[1] ^ 0x74656462]
  for (const word of words) {
    state[3] ^= word
    state = sipRounds(state, perWord)
    state[0] ^= word
  }
  state[2] ^= 0xee
  state = sipRounds(state, atEnd)
  const low = state[1] ^ state[3]
  state[1] ^= 0xdd
  state = sipRounds(state, atEnd)
  return [low >>> 0, (state[1] ^ state[3]) >>> 0]
}

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
] as const)('of %i bytes HalfSipHash-2-4 is what was published', ([bytes, low, high]) => {
  const counting = Uint8Array.from({ length: bytes }, (_, at) => at)
  expect(halfSipHash(counting, [0x03020100, 0x07060504], 2, 4)).toEqual([low, high])
})

test('the hash of a key is HalfSipHash-1-3 of its UTF-16', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.integer(), fc.integer(), (text, key0, key1) => {
      const hash = new KeyHash(key0, key1)
      hash.update(text)
      const bytes = new Uint8Array(Buffer.from(text, 'utf16le'))
      expect([hash.low >>> 0, hash.high >>> 0]).toEqual(halfSipHash(bytes, [key0 | 0, key1 | 0], 1, 3))
    }),
    { numRuns: 1000 },
  )
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
