// Where the data of a chunked body lies in its bytes (RFC 9112, 7.1), wherever they are cut. Strict, and it keeps nothing.

import { CarrierError } from '../failure.ts'
import { isText, isToken } from './field-bytes.ts'

const inSize = 0
const sizeEnd = 1
const inData = 2
const dataEnd = 3
const dataLineEnd = 4
const ended = 5
/** Within the extensions of a chunk: `;name`, `=value` or `="value"`, and so on. No blanks: nobody writes them. */
const extensionStart = 6
const inExtensionName = 7
const extensionValueStart = 8
const inExtensionValue = 9
const inQuotes = 10
const afterBackslash = 11
const afterQuotes = 12

/** Extensions mean nothing to us: these many bytes of them on one chunk are enough, as for Node. */
const mostExtensionBytes = 16 * 1024
/** As many digits as numbers are exact for. */
const mostDigits = 12

export class ChunkScanner {
  #state = inSize
  #left = 0
  #digits = 0
  #extensionBytes = 0
  /** Where the data that `next` found begins and ends. */
  dataStart = 0
  dataEnd = 0

  begin(): void {
    this.#state = inSize
    this.#left = 0
    this.#digits = 0
    this.#extensionBytes = 0
  }

  /** The last chunk was read: trailers follow. */
  get done(): boolean {
    return this.#state === ended
  }

  /**
   * Reads from `from` to `length` at most, to the end of the next piece of data, the end of the last chunk or the end of the bytes. Returns where it stopped;
   * `dataStart` and `dataEnd` are equal where there is no data. Throws a CarrierError `bad-response`.
   */
  next(bytes: Buffer, from: number, length: number): number {
    let at = from
    this.dataStart = 0
    this.dataEnd = 0
    while (at < length) {
      if (this.#state === inData) {
        const end = Math.min(length, at + this.#left)
        this.#left -= end - at
        this.dataStart = at
        this.dataEnd = end
        if (this.#left === 0) this.#state = dataEnd
        return end
      }
      this.#frame(bytes[at++]!)
      if (this.#state === ended) return at
    }
    return at
  }

  #frame(byte: number): void {
    switch (this.#state) {
      case inSize:
        return this.#size(byte)
      case sizeEnd:
        if (byte !== 10) throw malformed()
        this.#state = this.#left === 0 ? ended : inData
        return
      case dataEnd:
        if (byte !== 13) throw malformed()
        this.#state = dataLineEnd
        return
      case dataLineEnd:
        if (byte !== 10) throw malformed()
        this.#state = inSize
        this.#digits = 0
        this.#extensionBytes = 0
        return
      default:
        if (++this.#extensionBytes > mostExtensionBytes) throw malformed()
        this.#state = extensionByte(this.#state, byte)
    }
  }

  #size(byte: number): void {
    const digit = hexDigit(byte)
    if (digit !== -1) {
      if (++this.#digits > mostDigits) throw malformed()
      this.#left = this.#left * 16 + digit
      return
    }
    if (this.#digits === 0) throw malformed()
    if (byte === 13) this.#state = sizeEnd
    else if (byte === 59) this.#state = extensionStart
    else throw malformed()
  }
}

/** The next state, or a throw. */
function extensionByte(state: number, byte: number): number {
  switch (state) {
    case extensionStart:
      if (isToken[byte] === 1) return inExtensionName
      break
    case inExtensionName:
      if (isToken[byte] === 1) return inExtensionName
      if (byte === 61) return extensionValueStart
      return extensionEnd(byte)
    case extensionValueStart:
      if (byte === 34) return inQuotes
      if (isToken[byte] === 1) return inExtensionValue
      break
    case inExtensionValue:
      return isToken[byte] === 1 ? inExtensionValue : extensionEnd(byte)
    case inQuotes:
      if (byte === 34) return afterQuotes
      if (isText[byte] === 1) return byte === 92 ? afterBackslash : inQuotes
      break
    case afterBackslash:
      if (isText[byte] === 1) return inQuotes
      break
    default:
      return extensionEnd(byte)
  }
  throw malformed()
}

function extensionEnd(byte: number): number {
  if (byte === 59) return extensionStart
  if (byte !== 13) throw malformed()
  return sizeEnd
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

function malformed(): CarrierError {
  return new CarrierError('bad-response', 'a chunk of the reply is malformed')
}
