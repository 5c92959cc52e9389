// What one attempt reads of a shared request body. It may be destroyed by the transport without harm to the body.

import { Readable } from 'node:stream'

/** Enough to keep a socket busy, little enough to hold for each slow backend. */
const bufferBytes = 16 * 1024

export interface ReaderOwner {
  /** The reader has room. */
  readerWants(reader: BodyReader): void
  /** The reader was destroyed, before or after its end. */
  readerClosed(reader: BodyReader): void
  /** A chunk that a reader gave is with the kernel. They are told in their order. */
  readerWrote(chunk: Buffer): void
}

/** Who takes the bytes without a stream's buffer in between. Errors and the close of the reader are told by its events. */
export interface ReaderSink {
  /** False: not more before `sinkReady`. */
  chunk(chunk: Buffer): boolean
  end(): void
}

/** Replays `chunks` from the first on; whatever the owner pushes afterwards is live. Read as a stream, or by `feed`. */
export class BodyReader extends Readable {
  /** Shared with the owner, who may append to it. */
  readonly chunks: Buffer[]
  /** The first chunk that was not replayed yet. */
  next = 0
  readonly #owner: ReaderOwner
  #sink: ReaderSink | undefined

  constructor(owner: ReaderOwner, chunks: Buffer[]) {
    super({ highWaterMark: bufferBytes })
    this.#owner = owner
    this.chunks = chunks
    // A reader may fail before an attempt has taken it.
    this.on('error', noop)
  }

  /** Instead of reading it as a stream: a buffer of its own would stop and start its source for each chunk. */
  feed(sink: ReaderSink): void {
    this.#sink = sink
    this.sinkReady()
  }

  /** The sink's write of a chunk was called back; without an error, and in the order of the chunks. */
  wrote(chunk: Buffer): void {
    this.#owner.readerWrote(chunk)
  }

  /** The sink has room. */
  sinkReady(): void {
    const sink = this.#sink
    while (sink !== undefined && this.next < this.chunks.length) {
      if (this.destroyed || !sink.chunk(this.chunks[this.next++]!)) return
    }
    if (!this.destroyed) this.#owner.readerWants(this)
  }

  /** A chunk came behind all that was replayed. False: there is no room for another one. */
  more(chunk: Buffer): boolean {
    return this.#sink === undefined ? this.push(chunk) : this.#sink.chunk(chunk)
  }

  /** Nothing more will come. */
  finish(): void {
    if (this.#sink === undefined) {
      this.push(null)
      return
    }
    if (this.destroyed) return
    this.#sink.end()
    this.destroy()
  }

  override _read(): void {
    while (this.next < this.chunks.length) {
      if (!this.push(this.chunks[this.next++])) return
    }
    this.#owner.readerWants(this)
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#owner.readerClosed(this)
    callback(error)
  }
}

/** Tells whoever feeds an upload that nobody reads on. */
export function dropUpload(body: Buffer | Readable | null): void {
  if (body !== null && !Buffer.isBuffer(body)) body.destroy()
}

export function noop(): void {}
