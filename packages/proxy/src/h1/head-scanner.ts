// Finds the lines of a head, or of trailers, in bytes that may be cut anywhere (RFC 9112, 2 to 5). Strict: no bare CR or LF, no folded
// line, no space before a colon. It knows no field.

import { CarrierError } from '../failure.ts'
import { isText, isToken } from './field-bytes.ts'

/** Where the scanner is. `LineStart` is the first byte of a line of fields, and the end of the head where that is empty. */
const inVersion = 0
const inStatus = 1
const afterStatus = 2
const inReason = 3
const lineStart = 4
const inName = 5
const beforeValue = 6
const inValue = 7
const lineEnd = 8
const headEnd = 9

const version = Buffer.from('HTTP/1.')
/** `HTTP/1.x 200`: where the version and the status end. */
const minorAt = version.length
const statusAt = minorAt + 2
const statusEnd = statusAt + 3

/** Of the status line, and of what stands around fields, while a head is not whole. */
const slackBytes = 4096

const space = 32
const tab = 9
const cr = 13
const lf = 10
const colon = 58

export class HeadScanner {
  /** Start and end of a name and of its value, four numbers for each field, counted from the first byte of the head. */
  readonly marks: number[] = []
  /** How many numbers of `marks` are of this head. The list keeps its room. */
  count = 0
  /** End of the status line. */
  lineEndsAt = 0
  readonly #maxBytes: number
  #state = inVersion
  /** Start of what is being read. */
  #start = 0
  /** Names and values so far. */
  #bytes = 0

  /** `maxBytes` is the most of names and values together. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  beginHead(): void {
    this.#begin(inVersion)
  }

  beginTrailers(): void {
    this.#begin(lineStart)
  }

  #begin(state: number): void {
    this.count = 0
    this.lineEndsAt = 0
    this.#state = state
    this.#start = 0
    this.#bytes = 0
  }

  /**
   * Reads from `from` to `end`; the head began at `base`. Returns where the head ends, or -1 where more has to come: the bytes from `base` on must
   * then be there again. Throws a CarrierError `bad-response` at the first byte that cannot be, or above `maxBytes`.
   */
  scan(bytes: Buffer, base: number, from: number, end: number): number {
    let at = from
    while (at < end) {
      if (this.#state < lineStart) at = this.#statusLine(bytes, base, at, end)
      else if (this.#state === headEnd) {
        expect(bytes[at]!, lf)
        this.#bound(at + 1 - base)
        return at + 1
      } else at = this.#fieldLine(bytes, base, at, end)
    }
    this.#bound(end - base)
    return -1
  }

  /** What is read of a line that does not end counts too; white space and what stands between fields do by their number. */
  #bound(bytes: number): void {
    if (bytes > 3 * this.#maxBytes + slackBytes) throw tooLarge()
  }

  #statusLine(bytes: Buffer, base: number, from: number, end: number): number {
    let at = from
    while (at < end && this.#state < inReason) this.#state = statusLineByte(bytes[at]!, at++ - base)
    if (this.#state !== inReason) return at
    while (at < end && isText[bytes[at]!] === 1) at++
    if (at === end) return at
    expect(bytes[at]!, cr)
    this.lineEndsAt = at - base
    this.#state = lineEnd
    return at + 1
  }

  /** Reads on in one line, or to the end of the fields. */
  #fieldLine(bytes: Buffer, base: number, from: number, end: number): number {
    let at = from
    if (this.#state === lineStart) {
      if (bytes[at] === cr) {
        this.#state = headEnd
        return at + 1
      }
      this.#start = at - base
      this.#state = inName
    }
    if (this.#state === inName) {
      while (at < end && isToken[bytes[at]!] === 1) at++
      if (at === end) return at
      if (at - base === this.#start) throw malformed()
      expect(bytes[at]!, colon)
      this.#mark(this.#start, at++ - base)
      this.#state = beforeValue
    }
    if (this.#state === beforeValue) {
      while (at < end && (bytes[at] === space || bytes[at] === tab)) at++
      if (at === end) return at
      this.#start = at - base
      this.#state = inValue
    }
    if (this.#state === inValue) {
      while (at < end && isText[bytes[at]!] === 1) at++
      if (at === end) return at
      expect(bytes[at]!, cr)
      this.#endValue(bytes, base, at++)
      this.#state = lineEnd
    }
    if (at === end) return at
    expect(bytes[at]!, lf)
    this.#state = lineStart
    return at + 1
  }

  #mark(start: number, end: number): void {
    this.marks[this.count++] = start
    this.marks[this.count++] = end
  }

  #endValue(bytes: Buffer, base: number, at: number): void {
    let last = at
    const start = base + this.#start
    while (last > start && (bytes[last - 1] === space || bytes[last - 1] === tab)) last--
    const { marks, count } = this
    this.#bytes += marks[count - 1]! - marks[count - 2]! + last - start
    this.#mark(this.#start, last - base)
    if (this.#bytes > this.#maxBytes) throw tooLarge()
  }
}

function expect(byte: number, expected: number): void {
  if (byte !== expected) throw malformed()
}

/** The next state, or a throw: `HTTP/1.` and 0 or 1, a space, three digits, and a space before the reason phrase, or the end. */
function statusLineByte(byte: number, at: number): number {
  if (at < minorAt) {
    if (byte !== version[at]) throw malformed()
    return inVersion
  }
  if (at === minorAt) {
    if (byte !== 48 && byte !== 49) throw malformed()
    return inVersion
  }
  if (at === minorAt + 1) {
    if (byte !== space) throw malformed()
    return inStatus
  }
  if (at < statusEnd) {
    if (byte < 48 || byte > 57) throw malformed()
    return at === statusEnd - 1 ? afterStatus : inStatus
  }
  if (byte === cr) return lineEnd
  if (byte !== space) throw malformed()
  return inReason
}

/** Where the status and the reason phrase of a head stand. */
export const statusPlace: { readonly minor: number; readonly status: number; readonly reason: number } = Object.freeze({
  minor: minorAt,
  status: statusAt,
  reason: statusEnd + 1,
})

function malformed(): CarrierError {
  return new CarrierError('bad-response', 'the head of the reply is malformed')
}

function tooLarge(): CarrierError {
  return new CarrierError('bad-response', 'the head of the reply is too large')
}
