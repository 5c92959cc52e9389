/** A keyed 64-bit hash of a string, for tables whose keys come from strangers. It keeps no key and knows no table. */

/**
 * HalfSipHash-1-3 with 64 bits of output (J.-P. Aumasson, D. J. Bernstein) over the UTF-16 code units of a string, each
 * as two bytes, low byte first. Who does not know the seed cannot look for keys that collide, which MurmurHash and
 * other fast hashes allow for every seed at once. One round a word and three at the end are what hash tables take (Linux `hsiphash`;
 * SipHash-1-3 in Rust, Python and Ruby): nobody ever sees a hash. `low` and `high` hold the last result: two numbers without an
 * allocation.
 */
export class KeyHash {
  low = 0
  high = 0
  readonly #key0: number
  readonly #key1: number

  /** The 64-bit key as two words. */
  constructor(key0: number, key1: number) {
    this.#key0 = key0 | 0
    this.#key1 = key1 | 0
  }

  /** Hashes the whole string, whatever its length, into `low` and `high` (both as signed 32-bit integers). */
  update(text: string): void {
    const length = text.length
    const even = length & ~1
    let v0 = this.#key0
    let v1 = this.#key1 ^ 0xee
    let v2 = this.#key0 ^ 0x6c796765
    let v3 = this.#key1 ^ 0x74656462
    // `at` passes the words, then one for the rest and the length. Then come 6 rounds of finalisation, half of them before each half
    // of the result.
    for (let at = 0; at <= even; at += 2) {
      const word =
        at < even
          ? text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16)
          : (length << 25) | (even < length ? text.charCodeAt(at) : 0)
      v3 ^= word
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
      v0 ^= word
    }
    v2 ^= 0xee
    for (let round = 0; round < 6; round++) {
      if (round === 3) {
        this.low = v1 ^ v3
        v1 ^= 0xdd
      }
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
    }
    this.high = v1 ^ v3
  }
}
