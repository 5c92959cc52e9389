/** Reads one HTTP/1.1 body strictly, piece by piece (RFC 9112 sections 6 and 7). Knows no sockets. */

import { type Field, type Framing, FramingError, parseField } from './http-head.ts'

/** `whole` only when the framing said so; `cut` when the connection ended before. */
export type BodyState = 'reading' | 'whole' | 'cut'

type Expecting =
  | { readonly kind: 'size-line' }
  | { readonly kind: 'data'; readonly left: number }
  | { readonly kind: 'data-end' }
  | { readonly kind: 'trailer-line' }

const maxLineBytes = 65_536

export class BodyReader {
  readonly framing: Framing
  readonly trailers: Field[] = []
  state: BodyState
  readonly #parts: Buffer[] = []
  #length = 0
  #unread: Buffer = Buffer.alloc(0)
  #expecting: Expecting = { kind: 'size-line' }

  constructor(framing: Framing) {
    this.framing = framing
    this.state = framing.kind === 'none' || (framing.kind === 'length' && framing.length === 0) ? 'whole' : 'reading'
  }

  /** What has arrived, without the framing. */
  get bytes(): Buffer {
    if (this.#parts.length > 1) this.#parts.splice(0, this.#parts.length, Buffer.concat(this.#parts))
    return this.#parts[0] ?? Buffer.alloc(0)
  }

  /** Takes what belongs to this body and gives back the rest. */
  push(data: Buffer): Buffer {
    if (this.state !== 'reading') return data
    switch (this.framing.kind) {
      case 'none':
        return data
      case 'close':
        this.#add(data)
        return data.subarray(data.length)
      case 'length': {
        const own = data.subarray(0, this.framing.length - this.#length)
        this.#add(own)
        if (this.#length === this.framing.length) this.state = 'whole'
        return data.subarray(own.length)
      }
      case 'chunked':
        return this.#pushChunked(data)
    }
  }

  /** The connection is over. Only a body that is delimited by the close is whole then, and only after a clean one. */
  end(clean: boolean): void {
    if (this.state === 'reading') this.state = clean && this.framing.kind === 'close' ? 'whole' : 'cut'
  }

  #add(data: Buffer): void {
    if (data.length === 0) return
    this.#parts.push(data)
    this.#length += data.length
  }

  #pushChunked(data: Buffer): Buffer {
    this.#unread = this.#unread.length === 0 ? data : Buffer.concat([this.#unread, data])
    while (this.state === 'reading' && this.#step()) {
      // each step consumes one element
    }
    if (this.state === 'reading') return data.subarray(data.length)
    const rest = this.#unread
    this.#unread = Buffer.alloc(0)
    return rest
  }

  /** Consumes one element of the chunked syntax; false when more bytes are needed. */
  #step(): boolean {
    if (this.#expecting.kind === 'data') {
      const own = this.#unread.subarray(0, this.#expecting.left)
      if (own.length === 0) return false
      this.#add(own)
      this.#unread = this.#unread.subarray(own.length)
      const left = this.#expecting.left - own.length
      this.#expecting = left === 0 ? { kind: 'data-end' } : { kind: 'data', left }
      return true
    }
    const line = this.#takeLine()
    if (line === undefined) return false
    this.#expecting = this.#afterLine(line, this.#expecting)
    return true
  }

  #afterLine(line: string, expecting: Exclude<Expecting, { kind: 'data' }>): Expecting {
    switch (expecting.kind) {
      case 'size-line': {
        const size = /^([0-9A-Fa-f]{1,8})(?:[ \t]*;.*)?$/.exec(line)
        if (size === null) throw new FramingError(`not a chunk size: ${JSON.stringify(line)}`)
        const left = Number.parseInt(size[1] ?? '', 16)
        return left === 0 ? { kind: 'trailer-line' } : { kind: 'data', left }
      }
      case 'data-end':
        if (line !== '') throw new FramingError(`chunk data goes on past its size: ${JSON.stringify(line)}`)
        return { kind: 'size-line' }
      case 'trailer-line':
        if (line === '') this.state = 'whole'
        else this.trailers.push(parseField(line))
        return expecting
    }
  }

  #takeLine(): string | undefined {
    const end = this.#unread.indexOf('\n')
    if (end < 0) {
      if (this.#unread.length > maxLineBytes) throw new FramingError('a line without an end in a chunked body')
      return undefined
    }
    const line = this.#unread.toString('latin1', 0, end)
    if (!line.endsWith('\r') || line.indexOf('\r') !== line.length - 1) {
      throw new FramingError(`a bare CR or LF in a chunked body: ${JSON.stringify(line)}`)
    }
    this.#unread = this.#unread.subarray(end + 1)
    return line.slice(0, -1)
  }
}
