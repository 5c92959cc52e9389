/** Compares HTTP/1.1 replies with the one that is due and finds their ends. It keeps no body and forgives nothing. */
import { FixedBody } from './due.ts'
import type { Due } from './due.ts'

const headEnd = Buffer.from('\r\n\r\n')

/** What the next bytes are. */
type Expecting = 'head' | 'body' | 'chunk-size' | 'chunk' | 'chunk-end' | 'last-line'

export class ReplyReader {
  /** The body that every reply must have. */
  due: Due = new FixedBody(Buffer.alloc(0))
  /** How much of it has come. */
  #bodyBytes = 0
  #expecting: Expecting = 'head'
  /** What is left of the body or of the chunk. */
  #left = 0
  #rest: Buffer | undefined

  /** True when the reply is whole. Throws when it is another reply than the one that is due, or when more follows it. */
  push(bytes: Buffer): boolean {
    let input = this.#rest === undefined ? bytes : Buffer.concat([this.#rest, bytes])
    this.#rest = undefined
    for (;;) {
      const taken = this.#take(input)
      if (taken === -1) {
        if (input.length > 0) this.#rest = input
        return false
      }
      input = input.subarray(taken)
      if (this.#expecting !== 'head') continue
      if (this.#bodyBytes !== this.due.length) throw new Error(`a reply with a body of ${this.#bodyBytes} bytes`)
      if (input.length > 0) throw new Error(`${input.length} bytes follow the reply`)
      return true
    }
  }

  /** How many bytes were understood, -1 when more are needed. The end of a reply makes it expect a head again. */
  #take(input: Buffer): number {
    switch (this.#expecting) {
      case 'head':
        return this.#takeHead(input)
      case 'body':
        return this.#takeBody(input, 'head')
      case 'chunk-size':
        return this.#takeSize(input)
      case 'chunk':
        return this.#takeBody(input, 'chunk-end')
      case 'chunk-end':
        return this.#takeLine(input, 'chunk-size')
      case 'last-line':
        return this.#takeLine(input, 'head')
    }
  }

  #takeHead(input: Buffer): number {
    const end = input.indexOf(headEnd)
    if (end === -1) return -1
    const head = input.toString('latin1', 0, end)
    if (!head.startsWith('HTTP/1.1 200 ')) throw new Error(`not the reply that is due: ${head}`)
    this.#bodyBytes = 0
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (length !== undefined) {
      this.#left = Number(length)
      this.#expecting = 'body'
    } else if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
      this.#expecting = 'chunk-size'
    } else {
      throw new Error(`a head without framing: ${head}`)
    }
    return end + headEnd.length
  }

  #takeBody(input: Buffer, next: Expecting): number {
    if (input.length === 0 && this.#left > 0) return -1
    const taken = Math.min(input.length, this.#left)
    const end = this.#bodyBytes + taken
    if (end > this.due.length || !this.due.matches(input, 0, this.#bodyBytes, taken))
      throw new Error('a body that differs from the one that is due')
    this.#bodyBytes = end
    this.#left -= taken
    if (this.#left === 0) this.#expecting = next
    return taken
  }

  #takeSize(input: Buffer): number {
    const end = input.indexOf('\r\n')
    if (end === -1) return -1
    this.#left = Number.parseInt(input.toString('latin1', 0, end), 16)
    if (Number.isNaN(this.#left)) throw new Error('a chunk without a size')
    this.#expecting = this.#left === 0 ? 'last-line' : 'chunk'
    return end + 2
  }

  #takeLine(input: Buffer, next: Expecting): number {
    if (input.length < 2) return -1
    if (input[0] !== 13 || input[1] !== 10) throw new Error('a chunk is longer than its size')
    this.#expecting = next
    return 2
  }
}
