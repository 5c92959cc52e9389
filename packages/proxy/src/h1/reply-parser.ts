// The replies of one HTTP/1.1 connection out of its bytes, one after another. It tells what it finds, and knows no socket.

import { ChunkScanner } from './chunk-scanner.ts'
import { HeadScanner } from './head-scanner.ts'
import { readReplyHead, type Framing, type ReplyHead } from './reply-head.ts'

export interface ReplySink {
  /** Also for interim replies (1xx), which nothing but another head follows. */
  replyHead(head: ReplyHead): void
  /** A buffer of its own. */
  replyData(chunk: Buffer): void
  /** The reply is whole. `trailers` is flat, as received. */
  replyEnded(trailers: readonly string[]): void
}

const noTrailers: readonly string[] = []

/** `head`: a head is expected or has begun. `idle`: nothing is expected, neither bytes nor an end. */
type Part = 'idle' | 'head' | 'length' | 'chunked' | 'until-close' | 'trailers'

export class ReplyParser {
  readonly #sink: ReplySink
  readonly #scanner: HeadScanner
  readonly #chunks = new ChunkScanner()
  readonly #pieces: number[] = []
  #part: Part = 'idle'
  #method = ''
  /** Bytes of a body of known length that are still to come. */
  #left = 0
  /** What has come of a head or of trailers that are not whole. */
  #kept: Buffer | undefined
  #keptBytes = 0

  /** `maxHeaderBytes` is the most of names and values in a head. */
  constructor(sink: ReplySink, maxHeaderBytes: number) {
    this.#sink = sink
    this.#scanner = new HeadScanner(maxHeaderBytes)
  }

  /** Nothing is expected: a byte now belongs to no reply. */
  get idle(): boolean {
    return this.#part === 'idle'
  }

  /** A request was sent, and its reply is expected. */
  expect(method: string): void {
    this.#method = method
    this.#part = 'head'
    this.#scanner.beginHead()
  }

  /** Nobody wants the rest: nothing more is told. */
  stop(): void {
    this.#part = 'idle'
    this.#kept = undefined
  }

  /**
   * The next bytes, which are the caller's again afterwards. False: some of them belong to no reply, or nobody wants them. Throws a
   * CarrierError `bad-response`, after which nothing more may be pushed.
   */
  push(bytes: Buffer, length: number): boolean {
    let at = 0
    while (at < length) {
      switch (this.#part) {
        case 'idle':
          return false
        case 'head':
        case 'trailers':
          at =
            this.#kept === undefined ? this.#fields(bytes, at, length) : this.#keptFields(this.#kept, bytes, at, length)
          break
        case 'length': {
          const end = Math.min(length, at + this.#left)
          this.#left -= end - at
          const data = copyOf(bytes, at, end)
          at = end
          this.#sink.replyData(data)
          if (this.#left === 0 && this.#part === 'length') this.#end(noTrailers)
          break
        }
        case 'chunked':
          at = this.#chunked(bytes, at, length)
          break
        case 'until-close':
          this.#sink.replyData(copyOf(bytes, at, length))
          return true
      }
    }
    return true
  }

  /** The other side ended the connection: true where that ends the reply as well. */
  endOfConnection(): boolean {
    if (this.#part !== 'until-close') return false
    this.#end(noTrailers)
    return true
  }

  /** A head or trailers, where nothing of them came before. Returns where they end. */
  #fields(bytes: Buffer, from: number, length: number): number {
    const end = this.#scanner.scan(bytes, from, from, length)
    if (end !== -1) {
      this.#fieldsCame(bytes.toString('latin1', from, end))
      return end
    }
    this.#kept = copyOf(bytes, from, length)
    this.#keptBytes = length - from
    return length
  }

  /** Those that stand in several reads are put together, with room to grow. */
  #keptFields(kept: Buffer, bytes: Buffer, from: number, length: number): number {
    const before = this.#keptBytes
    const whole = before + length - from
    let room = kept
    if (whole > kept.length) {
      room = Buffer.allocUnsafe(whole * 2)
      kept.copy(room, 0, 0, before)
      this.#kept = room
    }
    bytes.copy(room, before, from, length)
    this.#keptBytes = whole
    const end = this.#scanner.scan(room, 0, before, whole)
    if (end === -1) return length
    this.#kept = undefined
    this.#fieldsCame(room.toString('latin1', 0, end))
    return from + end - before
  }

  #fieldsCame(text: string): void {
    if (this.#part === 'head') this.#head(text)
    else this.#end(this.#trailers(text))
  }

  #head(text: string): void {
    const head = readReplyHead(text, this.#scanner, this.#method)
    if (head.status < 200) this.#scanner.beginHead()
    else this.#part = this.#bodyPart(head.framing, head.length)
    const part = this.#part
    this.#sink.replyHead(head)
    if (head.status >= 200 && part === 'idle') this.#sink.replyEnded(noTrailers)
  }

  #bodyPart(framing: Framing, length: number): Part {
    if (framing === 'chunked') this.#chunks.begin()
    this.#left = length
    return framing === 'none' || (framing === 'length' && length === 0) ? 'idle' : framing
  }

  /** All data of one read is told at once: a stream of small events comes in many chunks. */
  #chunked(bytes: Buffer, from: number, length: number): number {
    const scanner = this.#chunks
    const pieces = this.#pieces
    let at = from
    let size = 0
    let count = 0
    try {
      while (at < length && !scanner.done) {
        at = scanner.next(bytes, at, length)
        const { dataStart, dataEnd } = scanner
        if (dataStart === dataEnd) continue
        pieces[count++] = dataStart
        pieces[count++] = dataEnd
        size += dataEnd - dataStart
      }
      if (scanner.done) {
        this.#part = 'trailers'
        this.#scanner.beginTrailers()
      }
    } finally {
      // Also what came before a chunk that is malformed.
      if (size > 0) this.#sink.replyData(joined(bytes, pieces, count, size))
    }
    return at
  }

  #trailers(text: string): readonly string[] {
    const { marks, count } = this.#scanner
    if (count === 0) return noTrailers
    const trailers: string[] = []
    for (let at = 0; at < count; at += 2) trailers.push(text.slice(marks[at]!, marks[at + 1]!))
    return trailers
  }

  #end(trailers: readonly string[]): void {
    this.#part = 'idle'
    this.#sink.replyEnded(trailers)
  }
}

function copyOf(bytes: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start)
  bytes.copy(copy, 0, start, end)
  return copy
}

/** `pieces` has the start and the end of each. */
function joined(bytes: Buffer, pieces: readonly number[], count: number, size: number): Buffer {
  const all = Buffer.allocUnsafe(size)
  let filled = 0
  for (let at = 0; at < count; at += 2) filled += bytes.copy(all, filled, pieces[at], pieces[at + 1])
  return all
}
