/** Where do the parts of a JSON text end? It looks at bytes and builds no values. */

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/**
 * How far a string is walked byte by byte before native code looks for the next quote, at its start and behind each escaped quote:
 * a native call costs as much as two dozen bytes. Where the quote was nearer than that, as in JSON within a string, more are.
 */
const walk = 12
const longWalk = 128
const near = 24

/** Objects that were tried in vain in a row, or were short, until the walk looks at brackets alone. */
const mostTries = 4

/** Bytes of an object that the walk takes longer for than native code, and of a body that has many of them. */
const worthwhile = 128
const longBody = 8192

/** 1 for the bytes of numbers, `true`, `false` and `null`. */
const scalars = new Uint8Array(256)
for (const byte of Buffer.from('+-.0123456789Eabcdefghijklmnopqrstuvwxyz')) scalars[byte] = 1

/** The first place from `at` on that is no white space. */
export function skipSpace(body: Buffer, at: number): number {
  while (at < body.length) {
    const byte = body[at] ?? 0
    if (byte > 0x20 || !isSpace(byte)) break
    at++
  }
  return at
}

/** Behind the closing quote of the string whose opening quote is at `at`, or -1 when there is none. */
export function skipString(body: Buffer, at: number): number {
  let next = at + 1
  let reach = walk
  for (;;) {
    const last = Math.min(body.length, next + reach)
    while (next < last) {
      const byte = body[next]
      if (byte === quote) return next + 1
      next += byte === backslash ? 2 : 1
    }
    const end = body.indexOf(quote, next)
    if (end === -1) return -1
    if (!isEscaped(body, next, end)) return end + 1
    reach = end - next < near ? longWalk : walk
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
  if (first === openBracket) return skipArray(body, at)
  if (first === openBrace) return skipNested(body, at)
  let end = at
  while (end < body.length && scalars[body[end] ?? 0] === 1) end++
  return end === at ? -1 : end
}

/** Behind the array at `at`: most have no other in them, nor a bracket in a string. */
function skipArray(body: Buffer, at: number): number {
  const end = plainEnd(body, at, openBracket, closeBracket)
  return end === -1 ? skipNested(body, at) : end
}

/**
 * Behind the array or object at `at` where neither of its brackets stands anywhere in it, and a string is the last that does. -1
 * says nothing. Most prompts have no bracket in them, and native code finds it twenty times as fast as the walk gets there.
 */
function plainEnd(body: Buffer, at: number, open: number, close: number): number {
  const end = body.indexOf(close, at)
  if (end === -1 || !isBehindString(body, end)) return -1
  const inner = body.indexOf(open, at + 1)
  return inner === -1 || inner > end ? end + 1 : -1
}

/**
 * Whether the bytes right before `at` are the end of a string, and of objects behind it. In JSON, whole or cut, nothing in a string
 * looks so: its quotes have a backslash before them, and what stands before an opening quote is known. False says nothing.
 */
function isBehindString(body: Buffer, at: number): boolean {
  let byte
  do byte = body[--at]
  while (byte === closeBrace || isSpace(byte))
  if (byte !== quote) return false
  switch (body[at - 1]) {
    case undefined:
    case backslash:
    case colon:
    case comma:
    case openBracket:
    case openBrace:
      return false
    default:
      return !isSpace(body[at - 1])
  }
}

/** As many braces must close as open: so a bracket that was looked for far ahead is within what is skipped, and not looked for again. */
function skipNested(body: Buffer, at: number): number {
  let depth = 0
  let braces = 0
  let tries = body.length - at > longBody ? mostTries : 0
  while (at < body.length) {
    const byte = body[at]
    if (byte === quote) {
      at = skipString(body, at)
      if (at === -1) return -1
      continue
    }
    if (byte === openBrace) {
      if (tries > 0 && depth > 0) {
        const end = plainEnd(body, at, openBrace, closeBrace)
        tries = end - at > worthwhile ? mostTries : tries - 1
        if (end !== -1) {
          at = end
          continue
        }
      }
      depth++
      braces++
    } else if (byte === openBracket) depth++
    else if (byte === closeBrace || byte === closeBracket) {
      if (byte === closeBrace) braces--
      if (--depth === 0) return braces === 0 ? at + 1 : -1
    }
    at++
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
