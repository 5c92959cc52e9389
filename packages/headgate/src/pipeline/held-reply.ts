/** A reply that may still be replaced by a further attempt: kept whole, or not at all. */

/** Longest wait for the rest of a reply that is going to be replaced. */
export const holdMs = 1000

const mostHeldBytes = 64 * 1024

export class HeldReply {
  readonly status: number
  readonly statusText: string
  readonly headers: string[]
  /** Whose it is. */
  readonly backend: string | undefined
  readonly chunks: Buffer[] = []
  complete = false
  #bytes = 0

  constructor(status: number, statusText: string, headers: string[], backend: string | undefined) {
    this.status = status
    this.statusText = statusText
    this.headers = headers
    this.backend = backend
  }

  /** False when the reply is too long to be kept. */
  add(chunk: Buffer): boolean {
    this.#bytes += chunk.length
    if (this.#bytes > mostHeldBytes) {
      this.chunks.length = 0
      return false
    }
    this.chunks.push(chunk)
    return true
  }
}
