/** What the body of a reply must be, compared piece by piece as it comes. */
import { ageMicros, event, stampAt, stampEnd } from './traffic.ts'

export interface Due {
  readonly length: number
  /** Whether `input` from `from` on is the body's part of `count` bytes at `at`. */
  matches(input: Buffer, from: number, at: number, count: number): boolean
}

/** The same bytes each time. */
export class FixedBody implements Due {
  readonly length: number
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.length = bytes.length
  }

  matches(input: Buffer, from: number, at: number, count: number): boolean {
    return input.compare(this.#bytes, at, at + count, from, from + count) === 0
  }
}

/** Events that are equal but for the time in each, and a fixed end. */
export class StampedEvents implements Due {
  readonly length: number
  readonly #eventBytes: number
  readonly #end: FixedBody
  readonly #aged: (micros: number) => void

  /** `aged` is told how long each event was on its way, unless it came in pieces. */
  constructor(events: number, end: Buffer, aged: (micros: number) => void) {
    this.#eventBytes = events * event.length
    this.#end = new FixedBody(end)
    this.length = this.#eventBytes + end.length
    this.#aged = aged
  }

  matches(input: Buffer, from: number, at: number, count: number): boolean {
    const last = from + count
    while (from < last && at < this.#eventBytes) {
      const into = at % event.length
      const taken = Math.min(event.length - into, last - from)
      if (!eventMatches(input, from, into, into + taken)) return false
      if (taken === event.length) this.#aged(ageMicros(input, from))
      from += taken
      at += taken
    }
    return from === last || this.#end.matches(input, from, at - this.#eventBytes, last - from)
  }
}

/** Whether the input at `from` is the event's part between two places, leaving out the time. */
function eventMatches(input: Buffer, from: number, begin: number, end: number): boolean {
  return (
    partMatches(input, from, begin, begin, Math.min(end, stampAt)) &&
    partMatches(input, from, begin, Math.max(begin, stampEnd), end)
  )
}

function partMatches(input: Buffer, from: number, begin: number, partBegin: number, partEnd: number): boolean {
  if (partBegin >= partEnd) return true
  const at = from + partBegin - begin
  return input.compare(event, partBegin, partEnd, at, at + partEnd - partBegin) === 0
}
