// A body that is read to its end before any of it is sent. It knows no stream and no attempt.

/** Why a body cannot be had whole: `failed`: the caller's upload broke; `no-room`: the process keeps too many bytes already. */
export type GatherProblem = 'failed' | 'too-large' | 'no-room'

export type Gathered = (problem: GatherProblem | undefined) => void

export class Gathering {
  readonly done: Gathered
  /** Undefined: chunked, it ends when its source does. */
  readonly #length: number | undefined
  readonly #limit: number
  readonly #chunks: Buffer[] = []
  #bytes = 0

  constructor(length: number | undefined, limit: number, done: Gathered) {
    this.#length = length
    this.#limit = limit
    this.done = done
  }

  /** `whole`: as many bytes as were announced have come. */
  add(chunk: Buffer): 'more' | 'whole' | 'too-long' | 'too-large' {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#length === undefined) return this.#bytes > this.#limit ? 'too-large' : 'more'
    if (this.#bytes > this.#length) return 'too-long'
    return this.#bytes === this.#length ? 'whole' : 'more'
  }

  whole(): Buffer {
    const [first] = this.#chunks
    return this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks, this.#bytes)
  }
}
