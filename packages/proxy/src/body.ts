// The caller's body, read once and sent by one or more attempts. It keeps a bounded copy and knows no endpoint and no policy.

import type { Readable } from 'node:stream'
import { BodyAllowance, type BodyBudget } from './body-budget.ts'
import { BodyFreeing } from './body-freeing.ts'
import { Gathering, gatherBytes, lengthError, type Gathered, type GatherProblem } from './body-gathering.ts'
import { copySource, type CopyDone } from './body-copy.ts'
import { BodyReader, noop, type ReaderOwner } from './body-reader.ts'
import type { TrailerSource } from './carrier.ts'
import { passableTrailers } from './reply-headers.ts'
import { listenTo, trailersOf, type SourceOwner } from './body-source.ts'

/** Where the bytes come from: nothing to come, still coming, or ended by an error. */
type SourceState = 'flowing' | 'ended' | 'failed'

/**
 * A request body that is read from the caller only as fast as the backend takes it. What was read is kept, up to `keepBytes` and
 * the process's budget, so that a further attempt can send the same bytes; above that it streams on and is not `replayable`.
 * One attempt at a time.
 */
export class RequestBody implements ReaderOwner, SourceOwner, TrailerSource {
  #source: Readable | null = null
  #state: SourceState = 'ended'
  #error: Error | undefined
  #contentLength: number | undefined
  #allowance: BodyAllowance | undefined
  #keepBytes = 0
  #whole: Buffer | null = null
  /** All that was read so far, while `#keeping`. */
  #chunks: Buffer[] = []
  #keeping = false
  #lost = false
  #released = false
  #opened = false
  #freeing: BodyFreeing | undefined
  #bytesRead = 0
  /** The attempt has room for more than has come. */
  #wanted = false
  #reader: BodyReader | null = null
  #gathering: Gathering | undefined

  private constructor() {}

  /** No body at all. */
  static none(): RequestBody {
    return new RequestBody()
  }

  /** A body that is there already; nothing is charged for it. */
  static bytes(buffer: Buffer): RequestBody {
    const body = new RequestBody()
    body.#whole = buffer
    body.#contentLength = buffer.length
    body.#bytesRead = buffer.length
    return body
  }

  /**
   * A body that comes from `source`. Its listeners are set here, but nothing is read before `prepare()` or the first attempt.
   * `contentLength` is undefined for a chunked one. `keepBytes` is the most kept for this request.
   */
  static stream(
    source: Readable,
    contentLength: number | undefined,
    keepBytes: number,
    budget: BodyBudget,
  ): RequestBody {
    const body = new RequestBody()
    if (contentLength === 0) {
      source.on('error', noop).resume()
      return body
    }
    body.#source = source
    body.#state = 'flowing'
    body.#contentLength = contentLength
    body.#allowance = new BodyAllowance(budget)
    body.#keepBytes = keepBytes
    // What cannot be kept to its end is not kept at all.
    body.#keeping = (contentLength ?? 0) <= keepBytes
    listenTo(source, body, contentLength)
    return body
  }

  /** Bytes read from the caller so far. */
  get bytesRead(): number {
    return this.#bytesRead
  }

  /** The whole body was read from the caller. */
  get complete(): boolean {
    return this.#state === 'ended'
  }

  /** @internal More may come from the caller. */
  get flowing(): boolean {
    return this.#state === 'flowing'
  }

  /** The last attempt had room for bytes that the caller had not sent. */
  get awaitsCaller(): boolean {
    return this.#wanted && this.flowing
  }

  /** The same bytes can be sent from the start again. */
  get replayable(): boolean {
    return !this.#lost && this.#state !== 'failed'
  }

  /** The whole body, where it has come and was kept. */
  get kept(): Buffer | undefined {
    if (!this.complete || this.#lost) return undefined
    return this.#whole ?? Buffer.concat(this.#chunks)
  }

  /** The caller's own trailers, once the whole body was read. */
  get trailers(): string[] | undefined {
    return this.#source === null || this.#state !== 'ended' ? undefined : passableTrailers(trailersOf(this.#source))
  }

  /**
   * Reads a body to its end before it is sent: a small one of known length (up to 16 KiB), so that it goes out in one write, and with
   * `wholeUpTo` (bytes) any, so that it can be looked at: `open()` then gives a buffer. Calls back once, at once for all others.
   */
  prepare(done: Gathered, wholeUpTo: number = 0): void {
    if (this.#state === 'failed') return done('failed')
    const length = this.#contentLength
    const anyLength = wholeUpTo > 0
    if (this.#source === null || this.#whole !== null || this.#bytesRead > 0) return done(undefined)
    if (length === undefined ? !anyLength : length > (anyLength ? wholeUpTo : gatherBytes)) {
      return done(anyLength ? 'too-large' : undefined)
    }
    // Gathered for the one write in any case; kept for longer only where it may be.
    if (anyLength) this.#keeping = true
    if (!this.#keeping) this.#released = true
    else if (length !== undefined && !this.#allowance?.take(length)) return done(anyLength ? 'no-room' : undefined)
    this.#gathering = new Gathering(length, wholeUpTo, done)
    this.#source.resume()
  }

  /**
   * What the next attempt sends: null, one buffer, or a stream that replays what was kept and then goes on live. A reader that an
   * earlier attempt left open is destroyed. A broken upload gives a stream that fails, so that no attempt takes it for whole. Throws an
   * Error when the bytes were not kept.
   */
  open(): Buffer | Readable | null {
    if (this.#state === 'failed') return new BodyReader(this, []).destroy(this.#error ?? new Error('the caller left'))
    if (this.#lost) throw new Error('the request body was not kept and cannot be sent again')
    this.#freeing?.sentAgain()
    this.#opened = true
    const whole = this.#whole
    if (whole !== null) {
      if (this.#released) this.#forget()
      return whole
    }
    if (this.#source === null) return null
    this.#reader?.destroy()
    this.#reader = new BodyReader(this, this.#chunks)
    return this.#reader
  }

  /** The whole body for another request, once it was read; see `copySource`. Only right after the first `open()` gave a stream. */
  copy(done: CopyDone): void {
    copySource(this.#source, this.#contentLength, this.#keepBytes, this.#allowance?.budget, done)
  }

  /** No further attempt can need the copy: it is dropped, the budget gets its bytes back, and streaming goes on. */
  release(): void {
    if (this.#released) return
    this.#released = true
    this.#allowance?.giveBack()
    if (this.#whole === null) this.#stopKeeping()
    else if (this.#opened) this.#forget()
  }

  /** The caller left, or nobody reads on: an attempt that is sending this body fails, and the copy is dropped. */
  destroy(error?: Error): void {
    this.#released = true
    this.#forget()
    // An error is made only when somebody is there to be told: it is the dearest part of a short request.
    if (this.flowing || this.#reader !== null) {
      this.#failWith(error ?? new Error('the caller left'))
      return
    }
    this.#stopKeeping()
    this.#state = 'failed'
    this.#error = error
  }

  /** @internal */
  readerWants(reader: BodyReader): void {
    if (reader !== this.#reader) return
    this.#wanted = true
    if (this.#state === 'ended') reader.finish()
    else this.#source?.resume()
  }

  /** @internal */
  readerClosed(reader: BodyReader): void {
    if (reader !== this.#reader) return
    this.#reader = null
    if (this.#state === 'flowing') this.#source?.pause()
  }

  /** @internal */
  readerWrote(chunk: Buffer): void {
    this.#freeing?.wrote(chunk, this.#keeping)
  }

  /** @internal */
  sourceData(chunk: Buffer): void {
    if (this.#state !== 'flowing') return
    this.#bytesRead += chunk.length
    if (this.#gathering !== undefined) this.#collect(this.#gathering, chunk)
    else this.#pass(chunk)
  }

  /** @internal */
  sourceEnded(): void {
    if (this.#state !== 'flowing') return
    if (this.#contentLength !== undefined && this.#bytesRead !== this.#contentLength)
      return this.#failWith(lengthError())
    if (this.#gathering !== undefined) return this.#gathered(this.#gathering)
    this.#state = 'ended'
    const reader = this.#reader
    if (reader !== null && reader.next >= reader.chunks.length) reader.finish()
  }

  /** @internal */
  sourceFailed(error: Error): void {
    // A caller that closes after the end changes nothing.
    if (this.#state === 'flowing') this.#failWith(error)
  }

  #collect(gathering: Gathering, chunk: Buffer): void {
    const state = gathering.add(chunk)
    if (state === 'whole') this.#gathered(gathering)
    else if (state === 'too-large') this.#failWith(new Error('the request body is too large to be read whole'), state)
    else if (state === 'too-long') this.#failWith(lengthError())
    else if (this.#contentLength === undefined && !this.#allowance?.take(chunk.length)) {
      this.#failWith(new Error('too many bytes of request bodies are kept'), 'no-room')
    }
  }

  #gathered(gathering: Gathering): void {
    this.#whole = gathering.whole()
    this.#state = 'ended'
    this.#gathering = undefined
    gathering.done(undefined)
  }

  #pass(chunk: Buffer): void {
    this.#freeing = BodyFreeing.of(this.#freeing, this.#source)
    const reader = this.#reader
    const replaying = reader !== null && reader.next < reader.chunks.length
    if (this.#keeping && this.#allowance?.take(chunk.length, this.#keepBytes)) {
      this.#chunks.push(chunk)
    } else {
      if (this.#keeping) this.#stopKeeping()
      this.#lost = true
      if (replaying) reader.chunks.push(chunk)
    }
    if (reader === null || replaying) return
    reader.next = reader.chunks.length
    this.#wanted = reader.more(chunk)
    if (!this.#wanted) this.#source?.pause()
  }

  #forget(): void {
    this.#whole = null
    this.#lost = true
  }

  /** A reader that is still replaying takes what was kept with it. */
  #stopKeeping(): void {
    if (this.#keeping) this.#freeing?.dropped(this.#chunks)
    this.#keeping = false
    if (this.#bytesRead > 0) this.#lost = true
    this.#allowance?.giveBack()
    const reader = this.#reader
    if (reader !== null && reader.next < reader.chunks.length) {
      this.#chunks = []
    } else {
      this.#chunks.length = 0
      if (reader !== null) reader.next = 0
    }
  }

  #failWith(error: Error, problem: GatherProblem = 'failed'): void {
    this.#state = 'failed'
    this.#error = error
    this.#stopKeeping()
    this.#reader?.destroy(error)
    const gathering = this.#gathering
    this.#gathering = undefined
    gathering?.done(problem)
  }
}
