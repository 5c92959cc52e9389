/** A hash of a string that is the same on every machine. It knows no buckets and keeps no secrets. */

/**
 * MurmurHash3 (x86, 32 bit) over the UTF-16 code units of `key`, each as two bytes, low byte first.
 * The same number on every machine and in every version; well mixed, but no defence against someone who looks for
 * collisions.
 *
 * @param seed Any integer; its low 32 bits count. Default 0.
 * @returns An integer from 0 to 2^32 - 1.
 */
export function hash32(key: string, seed: number = 0): number {
  const length = key.length
  const even = length & ~1
  let hash = seed | 0
  for (let at = 0; at < even; at += 2) {
    hash ^= scramble(key.charCodeAt(at) | (key.charCodeAt(at + 1) << 16))
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  }
  if (even < length) hash ^= scramble(key.charCodeAt(even))
  return mix32(hash ^ (length << 1))
}

/** MurmurHash3's finaliser: a bijection on 32 bits in which each bit of the input reaches every bit of the output. */
export function mix32(value: number): number {
  let mixed = value ^ (value >>> 16)
  mixed = Math.imul(mixed, 0x85ebca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

function scramble(block: number): number {
  const product = Math.imul(block, 0xcc9e2d51)
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593)
}
