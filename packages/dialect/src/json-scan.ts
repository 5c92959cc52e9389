/** Where do the parts of a JSON text end? It looks at bytes and builds no values. */

const quote = 0x22
const backslash = 0x5c

/**
 * How far a string is walked byte by byte before native code looks for the next quote, at its start and behind each escaped quote:
 * a native call costs about as much, and where quotes are they are many.
 */
const walk = 32

/** The first place from `at` on that is no white space. */
export function skipSpace(body: Buffer, at: number): number {
  while (at < body.length && isSpace(body[at])) at++
  return at
}

/** Behind the closing quote of the string whose opening quote is at `at`, or -1 when there is none. */
export function skipString(body: Buffer, at: number): number {
  let next = at + 1
  for (;;) {
    const near = Math.min(body.length, next + walk)
    while (next < near) {
      const byte = body[next]
      if (byte === quote) return next + 1
      next += byte === backslash ? 2 : 1
    }
    const end = body.indexOf(quote, next)
    if (end === -1) return -1
    if (!isEscaped(body, next, end)) return end + 1
    next = end + 1
  }
}

/**
 * Behind the value that begins at `at`, or -1 when it does not end or is none. Of an object or array only strings and brackets
 * are looked at, of another value only where it ends.
 */
export function skipValue(body: Buffer, at: number): number {
  const first = body[at]
  if (first === quote) return skipString(body, at)
  if (first === 0x7b || first === 0x5b) return skipNested(body, at)
  let end = at
  while (end < body.length && isScalar(body[end])) end++
  return end === at ? -1 : end
}

function skipNested(body: Buffer, at: number): number {
  let depth = 0
  while (at < body.length) {
    const byte = body[at]
    if (byte === quote) {
      at = skipString(body, at)
      if (at === -1) return -1
      continue
    }
    at++
    if (byte === 0x7b || byte === 0x5b) depth++
    else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) return at
  }
  return -1
}

/** Whether an odd number of backslashes stands before `at`, from `from` on, where no escape is open. */
function isEscaped(body: Buffer, from: number, at: number): boolean {
  let start = at
  while (start > from && body[start - 1] === backslash) start--
  return (at - start) % 2 === 1
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** Bytes of numbers, `true`, `false` and `null`. */
function isScalar(byte: number | undefined): boolean {
  if (byte === undefined) return false
  if (byte >= 0x61) return byte <= 0x7a
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2b || byte === 0x2e || byte === 0x45
}
