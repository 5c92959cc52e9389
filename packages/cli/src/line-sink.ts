/** Lines to a stream that may be slow, broken or never read. It waits for nobody and keeps a bounded number of them. */

/** What a sink needs of `process.stderr`. */
export interface Output {
  write(text: string, done: (error?: Error | null) => void): unknown
}

/** A write of up to this many bytes to a pipe is one piece, so that the lines of several workers do not mix (PIPE_BUF on Linux). */
const maxWrite = 4096

export class LineSink {
  readonly #output: Output
  readonly #maxWaiting: number
  #waiting: string[] = []
  #length = 0
  #writing = false
  #dropped = 0
  #idle: (() => void) | undefined

  /** `maxWaiting` is in characters; lines beyond it are dropped and counted. */
  constructor(output: Output, maxWaiting: number = 16 * 1024 * 1024) {
    this.#output = output
    this.#maxWaiting = maxWaiting
  }

  /** How many lines were dropped so far. */
  get dropped(): number {
    return this.#dropped
  }

  /** A line with its line break. */
  write(line: string): void {
    if (this.#length + line.length > this.#maxWaiting) {
      this.#dropped++
      return
    }
    this.#waiting.push(line)
    this.#length += line.length
    if (!this.#writing) this.#next()
  }

  /** Resolves when every line was written, or after `limitMs`. */
  async settle(limitMs: number): Promise<void> {
    if (!this.#writing) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const limit = setTimeout(resolve, limitMs)
    this.#idle = resolve
    await promise
    clearTimeout(limit)
  }

  #next(): void {
    if (this.#waiting.length === 0) {
      this.#writing = false
      this.#idle?.()
      return
    }
    this.#writing = true
    const piece = this.#piece()
    // An error is that of a reader who left: there is nobody to tell.
    this.#output.write(piece, () => {
      this.#length -= piece.length
      this.#next()
    })
  }

  /** As many whole lines as go into one write, at least one. */
  #piece(): string {
    let size = 0
    let count = 0
    for (const line of this.#waiting) {
      size += Buffer.byteLength(line)
      if (count > 0 && size > maxWrite) break
      count++
    }
    return this.#waiting.splice(0, count).join('')
  }
}
