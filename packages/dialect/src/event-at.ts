/** The event of a stream that a byte is in, where only the beginning or only the end of the stream is there. It reads no other. */

const cr = 13
const lf = 10
const none: Buffer = Buffer.alloc(0)
const newline = Buffer.from('\n')
const field = Buffer.from('data:')
const byteOrderMark = Buffer.from('\uFEFF')

export interface EventAt {
  /** Its lines of data, joined by LF. White space before each may be there: to JSON it says nothing. */
  readonly data: Buffer
  /** The bytes begin within the event. What is there of its first line counts as data. */
  readonly isCut: boolean
  /** A blank line ends it. */
  readonly isEnded: boolean
  readonly start: number
  /** Behind it, where the next one may begin. */
  readonly next: number
}

/** Where the event begins that `at` is in: behind a blank line, or at 0. */
export function eventStart(bytes: Buffer, at: number, isWhole: boolean): number {
  let start = lineStart(bytes, at)
  while (start > 0) {
    let end = start - 1
    if (end > 0 && bytes[end] === lf && bytes[end - 1] === cr) end--
    const before = lineStart(bytes, end)
    // A break at the very beginning may be that of a line that is not there.
    if (before === end && (before > 0 || isWhole)) return start
    start = before
  }
  return 0
}

/** The event that begins at `start`; one without data is empty. */
export function readEvent(bytes: Buffer, start: number, isCut: boolean): EventAt {
  let data: Buffer | undefined
  let line = start
  for (;;) {
    const end = lineEnd(bytes, line)
    const isRest = isCut && line === start
    const next = behindBreak(bytes, end)
    if (end === line && !isRest) return { data: data ?? none, isCut, isEnded: end < bytes.length, start, next }
    const from = isRest ? line : dataStart(bytes, line)
    if (from !== -1) {
      const piece = bytes.subarray(from, end)
      data = data === undefined ? piece : Buffer.concat([data, newline, piece])
    }
    line = next
  }
}

function lineStart(bytes: Buffer, at: number): number {
  while (at > 0 && !isBreak(bytes[at - 1])) at--
  return at
}

/** Its break, or the end of the bytes. */
function lineEnd(bytes: Buffer, at: number): number {
  while (at < bytes.length && !isBreak(bytes[at])) at++
  return at
}

function behindBreak(bytes: Buffer, end: number): number {
  return bytes[end] === cr && bytes[end + 1] === lf ? end + 2 : end + 1
}

/** Where the data of a line begins, or -1 for a line without. */
function dataStart(bytes: Buffer, at: number): number {
  if (at === 0 && beginsWith(bytes, 0, byteOrderMark)) at = byteOrderMark.length
  return beginsWith(bytes, at, field) ? at + field.length : -1
}

function isBreak(byte: number | undefined): boolean {
  return byte === lf || byte === cr
}

function beginsWith(bytes: Buffer, at: number, start: Buffer): boolean {
  for (let index = 0; index < start.length; index++) if (bytes[at + index] !== start[index]) return false
  return true
}
