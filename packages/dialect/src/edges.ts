/** The first and the last bytes of what passes by, however it is cut into chunks. It knows nothing of what they mean. */

const none: Buffer = Buffer.alloc(0)

/** A longer first chunk is copied at once: whoever passes it on may free it. */
const longestShared = 16 * 1024

/**
 * Keeps the edges of a reply, with a store of twice `bytes` that is made for the second chunk and never grows. Bytes are copied, for
 * about 50 ns an event. References looked cheaper for one stream; with a thousand at once they kept 130 MiB alive instead of 9, and
 * the collector took more time than the copies.
 *
 * A first chunk of up to 16 KiB that stays alone is not copied; it must not be changed until `read`.
 */
export class Edges {
  readonly #bytes: number
  /** The only chunk, and then the first bytes followed by a ring of the others. */
  #kept = none
  #isStore = false
  #length = 0

  /** `bytes`: how many to keep of each edge, from 1 on. Default 2048. */
  constructor(bytes = 2048) {
    this.#bytes = bytes
  }

  /** How many bytes have passed by. */
  get length(): number {
    return this.#length
  }

  add(chunk: Buffer): void {
    const at = this.#length
    this.#length += chunk.length
    if (at === 0) {
      this.#kept = chunk
      if (chunk.length > longestShared) this.#copyFirst(chunk)
    } else if (chunk.length > 0) {
      if (!this.#isStore) this.#makeStore()
      this.#copy(chunk, at)
    }
  }

  /** One and the same buffer where the head is all there is. Good until the next `add`. */
  read(): { readonly head: Buffer; readonly tail: Buffer } {
    const kept = this.#kept
    const bytes = this.#bytes
    const length = this.#length
    const head = kept.subarray(0, Math.min(length, bytes))
    if (length <= bytes) return { head, tail: head }
    if (!this.#isStore || length <= 2 * bytes) return { head, tail: kept.subarray(length - bytes, length) }
    const oldest = bytes + (length % bytes)
    return { head, tail: Buffer.concat([kept.subarray(oldest), kept.subarray(bytes, oldest)]) }
  }

  #copyFirst(chunk: Buffer): void {
    if (chunk.length > 2 * this.#bytes) this.#makeStore()
    else this.#kept = Buffer.from(chunk)
  }

  #makeStore(): void {
    const first = this.#kept
    this.#kept = Buffer.allocUnsafeSlow(2 * this.#bytes)
    this.#isStore = true
    this.#copy(first, 0)
  }

  /** What stands at `at` in the reply goes to `at` in the store, or to its place in the ring behind the head. */
  #copy(chunk: Buffer, at: number): void {
    const store = this.#kept
    const bytes = this.#bytes
    const room = bytes - (at % bytes)
    if (at >= bytes && chunk.length <= room) {
      store.set(chunk, 2 * bytes - room)
      return
    }
    let from = at < bytes ? chunk.copy(store, at, 0, bytes - at) : 0
    if (from === chunk.length) return
    from = Math.max(from, chunk.length - bytes)
    from += chunk.copy(store, bytes + ((at + from) % bytes), from)
    if (from < chunk.length) chunk.copy(store, bytes, from)
  }
}
