// Where the data of a chunked body lies in its bytes (RFC 9112, 7.1), wherever they are cut. Strict, and it keeps nothing.

import { CarrierError } from '../failure.ts'

const inSize = 0
const inExtension = 1
const sizeEnd = 2
const inData = 3
const dataEnd = 4
const dataLineEnd = 5
const ended = 6

/** Extensions mean nothing to us: these many bytes of them in one body are enough. */
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
      case inExtension:
        if (byte === 13) this.#state = sizeEnd
        else if ((byte < 32 && byte !== 9) || byte === 127 || ++this.#extensionBytes > mostExtensionBytes)
          throw malformed()
        return
      case sizeEnd:
        if (byte !== 10) throw malformed()
        this.#state = this.#left === 0 ? ended : inData
        return
      case dataEnd:
        if (byte !== 13) throw malformed()
        this.#state = dataLineEnd
        return
      default:
        if (byte !== 10) throw malformed()
        this.#state = inSize
        this.#digits = 0
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
    else if (byte === 59) this.#state = inExtension
    else throw malformed()
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

function malformed(): CarrierError {
  return new CarrierError('bad-response', 'a chunk of the reply is malformed')
}
