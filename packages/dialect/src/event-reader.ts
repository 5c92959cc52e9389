/** Bytes of an event stream to its events (HTML standard, section 9.2.6), piece by piece. It knows no dialect. */

const cr = 13
const lf = 10
const none: Buffer = Buffer.alloc(0)

/**
 * Reads server-sent events from chunks that may be cut anywhere: `feed` a chunk, then call `next` until it says false.
 * CR, LF and CRLF end a line, a byte order mark at the start is skipped, several `data` lines are joined by LF. Comments, `id`,
 * `retry` and unknown fields are skipped. An event without `data` is none, with one exception: `event: error`.
 *
 * The field `error` is read as `event: error` with that data: builds of llama.cpp through 2025 write their failures so.
 *
 * Between two calls of `feed` it keeps the line and the event that are not ended yet, and nothing else.
 */
export class EventReader {
  /** Name of the event that `next` found, undefined for none. */
  event: string | undefined
  data = ''
  #nextEvent: string | undefined
  #nextData: string | undefined
  #chunk = none
  #at = 0
  #end = 0
  /** The beginning of a line whose end has not come; the buffer has room to grow. */
  #pending = none
  #pendingLength = 0
  /** The last line ended with CR: an LF right after it belongs to it. */
  #afterCr = false
  #atStart = true

  /** Reads on in the first `length` bytes of a chunk. The one before must have been read to its end. */
  feed(chunk: Buffer, length: number): void {
    this.#chunk = chunk
    this.#at = 0
    this.#end = length
  }

  /** True when `event` and `data` are those of a further event. */
  next(): boolean {
    const chunk = this.#chunk
    const end = this.#end
    while (this.#at < end) {
      const start = this.#at
      if (this.#afterCr) {
        this.#afterCr = false
        if (chunk[start] === lf) {
          this.#at++
          continue
        }
      }
      let at = start
      while (at < end && chunk[at] !== lf && chunk[at] !== cr) at++
      if (at === end) {
        this.#keep(chunk, start, end)
        break
      }
      this.#at = at + 1
      this.#afterCr = chunk[at] === cr
      if (this.#line(this.#textOf(chunk, start, at))) return true
    }
    this.#chunk = none
    this.#at = this.#end = 0
    return false
  }

  /** The stream ended: true when it did so within an event, which by the standard is none. */
  finish(): boolean {
    if (this.#pendingLength > 0) this.#line(this.#textOf(none, 0, 0))
    return this.#line('')
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    const length = this.#pendingLength + end - start
    if (length > this.#pending.length) {
      const grown = Buffer.allocUnsafe(Math.max(256, 2 * length))
      this.#pending.copy(grown, 0, 0, this.#pendingLength)
      this.#pending = grown
    }
    chunk.copy(this.#pending, this.#pendingLength, start, end)
    this.#pendingLength = length
  }

  #textOf(chunk: Buffer, start: number, end: number): string {
    let text
    if (this.#pendingLength === 0) text = chunk.toString('utf8', start, end)
    else {
      this.#keep(chunk, start, end)
      text = this.#pending.toString('utf8', 0, this.#pendingLength)
      this.#pendingLength = 0
    }
    if (!this.#atStart) return text
    this.#atStart = false
    return text.startsWith('\uFEFF') ? text.slice(1) : text
  }

  /** True when this line ended an event. */
  #line(line: string): boolean {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    if (field !== 'data' && field !== 'event' && field !== 'error') return false
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'event') {
      this.#nextEvent = value === '' ? undefined : value
      return false
    }
    if (field === 'error') this.#nextEvent = 'error'
    this.#nextData = this.#nextData === undefined ? value : `${this.#nextData}\n${value}`
    return false
  }

  #dispatch(): boolean {
    const data = this.#nextData
    this.event = this.#nextEvent
    this.data = data ?? ''
    this.#nextEvent = this.#nextData = undefined
    return data !== undefined || this.event === 'error'
  }
}
