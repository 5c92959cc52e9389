// Frees what was read of an upload once it is sent and nobody can need it again. It keeps no chunk itself.

import type { Readable } from 'node:stream'
import { isAlone } from './body-source.ts'
import { freeBytes } from './free-bytes.ts'

export class BodyFreeing {
  /** No chunk is anybody else's, and only one attempt has written them. */
  #alone = true
  /** How many of those that are kept were written, from the first on. */
  #written = 0

  /** A chunk came from `source`; `before` are those that came before it. */
  static of(before: BodyFreeing | undefined, source: Readable | null): BodyFreeing {
    const freeing = before ?? new BodyFreeing()
    freeing.#alone &&= source !== null && isAlone(source)
    return freeing
  }

  /** Another attempt begins, and a write of the last one may not have come to its end. */
  sentAgain(): void {
    this.#alone = false
  }

  /** The write of a chunk was called back. Chunks are written in their order. */
  wrote(chunk: Buffer, isKept: boolean): void {
    if (isKept) this.#written++
    else if (this.#alone) freeBytes(chunk)
  }

  /** What was kept until now is kept no longer. */
  dropped(kept: readonly Buffer[]): void {
    if (!this.#alone) return
    for (let at = 0; at < this.#written; at++) {
      const chunk = kept[at]
      if (chunk !== undefined) freeBytes(chunk)
    }
  }
}
