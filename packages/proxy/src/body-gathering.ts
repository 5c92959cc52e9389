// A body that is read to its end before any of it is sent. It knows no stream and no attempt.

/** Why a body cannot be had whole: `failed`: the caller's upload broke; `no-room`: the process keeps too many bytes already. */
export type GatherProblem = 'failed' | 'too-large' | 'no-room'

/** A body of a known length up to this is gathered, whatever the backend does, and sent in one write. In bytes. */
export const gatherBytes: number = 16 * 1024

export type Gathered = (problem: GatherProblem | undefined) => void

export class Gathering {
  readonly done: Gathered
  /** Undefined: chunked, it ends when its source does. */
  readonly #length: number | undefined
  readonly #limit: number
  /** Most bodies come in one chunk. */
  #first: Buffer | undefined
  #others: Buffer[] | undefined
  #bytes = 0

  constructor(length: number | undefined, limit: number, done: Gathered) {
    this.#length = length
    this.#limit = limit
    this.done = done
  }

  /** `whole`: as many bytes as were announced have come. */
  add(chunk: Buffer): 'more' | 'whole' | 'too-long' | 'too-large' {
    if (this.#first === undefined) this.#first = chunk
    else (this.#others ??= []).push(chunk)
    this.#bytes += chunk.length
    if (this.#length === undefined) return this.#bytes > this.#limit ? 'too-large' : 'more'
    if (this.#bytes > this.#length) return 'too-long'
    return this.#bytes === this.#length ? 'whole' : 'more'
  }

  whole(): Buffer {
    if (this.#first === undefined) return Buffer.alloc(0)
    return this.#others === undefined ? this.#first : Buffer.concat([this.#first, ...this.#others], this.#bytes)
  }
}

export function lengthError(): Error {
  return new Error('the request body is shorter or longer than announced')
}
