/** Reads one parameter of a raw query string. Knows no rules; allocates only where the parameter carries escapes. */

const ampersand = 0x26
const equalsSign = 0x3d
const percent = 0x25
const plus = 0x2b

/**
 * Index at which the value of the first parameter with this name starts, or -1 where there is none. A parameter without
 * `=` has an empty value. Names are compared with case, and decoded as values are.
 */
export function findValue(query: string, name: string): number {
  let start = 0
  while (start < query.length) {
    let end = start
    let escaped = false
    for (; end < query.length; end++) {
      const code = query.charCodeAt(end)
      if (code === ampersand || code === equalsSign) break
      if (code === percent || code === plus) escaped = true
    }
    if (
      escaped
        ? decodeParameter(query.slice(start, end)) === name
        : end - start === name.length && query.startsWith(name, start)
    ) {
      return query.charCodeAt(end) === equalsSign ? end + 1 : end
    }
    const next = query.indexOf('&', end)
    if (next === -1) return -1
    start = next + 1
  }
  return -1
}

/** The value that starts at `start` is `expected`, once decoded. */
export function valueEquals(query: string, start: number, expected: string): boolean {
  const end = valueEnd(query, start)
  return hasEscape(query, start, end)
    ? decodeParameter(query.slice(start, end)) === expected
    : end - start === expected.length && query.startsWith(expected, start)
}

/** The value that starts at `start`, decoded. */
export function valueAt(query: string, start: number): string {
  return decodeParameter(query.slice(start, valueEnd(query, start)))
}

/** A number that is equal for equal values: of the decoded value that starts at `start`. */
export function valueHash(query: string, start: number): number {
  const end = valueEnd(query, start)
  return hasEscape(query, start, end) ? hashOf(valueAt(query, start)) : hashOf(query, start, end)
}

export function hashOf(text: string, start = 0, end: number = text.length): number {
  let hash = 0
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0
  return hash
}

function valueEnd(query: string, start: number): number {
  const end = query.indexOf('&', start)
  return end === -1 ? query.length : end
}

function hasEscape(query: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = query.charCodeAt(at)
    if (code === percent || code === plus) return true
  }
  return false
}

/**
 * Decodes a name or a value as forms are (WHATWG URL, application/x-www-form-urlencoded): `+` is a space and `%XX` a byte of
 * UTF-8. Unlike there, an escape that is malformed or no UTF-8 stays as it is, so two different texts stay different.
 */
export function decodeParameter(text: string): string {
  let decoded = ''
  let copied = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === plus) {
      decoded += `${text.slice(copied, at)} `
      copied = at + 1
    } else if (code === percent) {
      const length = sequenceLength(text, at)
      const codePoint = length === 0 ? -1 : readCodePoint(text, at, length)
      if (codePoint === -1) continue
      decoded += text.slice(copied, at) + String.fromCodePoint(codePoint)
      at += 3 * length - 1
      copied = at + 1
    }
  }
  return copied === 0 ? text : decoded + text.slice(copied)
}

/** Bytes of the UTF-8 sequence that the escape at `at` begins, 0 where it begins none (RFC 3629 section 3). */
function sequenceLength(text: string, at: number): number {
  const byte = readByte(text, at)
  if (byte < 0) return 0
  if (byte < 0x80) return 1
  if (byte < 0xc0) return 0
  if (byte < 0xe0) return 2
  if (byte < 0xf0) return 3
  return byte < 0xf5 ? 4 : 0
}

const leastOfLength = [0, 0, 0x80, 0x800, 0x10000] as const

function readCodePoint(text: string, at: number, length: number): number {
  const lead = readByte(text, at)
  if (length === 1) return lead
  let codePoint = lead & (0x7f >> length)
  for (let index = 1; index < length; index++) {
    const byte = readByte(text, at + 3 * index)
    if (byte < 0x80 || byte > 0xbf) return -1
    codePoint = (codePoint << 6) | (byte & 0x3f)
  }
  const surrogate = codePoint >= 0xd800 && codePoint <= 0xdfff
  return codePoint < (leastOfLength[length] ?? 0) || codePoint > 0x10ffff || surrogate ? -1 : codePoint
}

/** The byte that `%XX` at `at` stands for, -1 where there is no such escape. */
function readByte(text: string, at: number): number {
  if (text.charCodeAt(at) !== percent) return -1
  const high = hexDigit(text.charCodeAt(at + 1))
  const low = hexDigit(text.charCodeAt(at + 2))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
