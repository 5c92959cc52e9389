/** Finds one field of a JSON object of which only the beginning or only the end is there. It builds no values. */

import { isKey } from './json-key.ts'
import { skipSpace, skipString, skipValue } from './json-scan.ts'

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d

/**
 * The text of a field's value, read from the object's opening brace on; undefined where the field is not there or does not end.
 * With `parent` it is the field of the object that this field of the top holds.
 */
export function fieldFromStart(body: Buffer, key: Buffer, parent?: Buffer): Buffer | undefined {
  let object = skipSpace(body, 0)
  if (parent !== undefined) object = valueOf(body, object, parent)
  const start = object === -1 ? -1 : valueOf(body, object, key)
  const end = start === -1 ? -1 : skipValue(body, start)
  return end === -1 ? undefined : body.subarray(start, end)
}

/**
 * The same, read backwards from the object's closing brace; the beginning may be missing anywhere, also within a string or an
 * escape. Outside of strings no quote is escaped, so the way back is as clear as the way forth.
 *
 * Where the object of `parent` begins before the body does, nobody sees its name. The field is taken for the one that was asked for.
 */
export function fieldFromEnd(body: Buffer, key: Buffer, parent?: Buffer): Buffer | undefined {
  let at = body.length - 1
  while (at >= 0 && skipSpace(body, at) !== at) at--
  if (body[at] !== closeBrace) return undefined
  const depth = parent === undefined ? 1 : 2
  let found: Buffer | undefined
  let level = 0
  /** Behind the value that the way back is in, and where its colon stands. */
  let end = -1
  let mark = -1
  for (; at >= 0; at--) {
    const byte = body[at]
    if (byte === quote) {
      const start = openingQuote(body, at)
      if (start === -1) return found
      if (mark !== -1) {
        if (level === depth) {
          if (found === undefined && isKey(body, start, at + 1, key)) found = body.subarray(mark + 1, end)
          if (found !== undefined && parent === undefined) return found
        } else if (parent !== undefined && isKey(body, start, at + 1, parent)) return found
        else found = undefined
        mark = -1
      }
      at = start
    } else if (byte === closeBrace || byte === closeBracket) {
      if (++level === depth) end = at
    } else if (byte === openBrace || byte === openBracket) {
      if (--level === 0) return undefined
    } else if (level > depth) continue
    else if (byte === colon) mark = at
    else if (byte === comma) end = at
  }
  return found
}

/** Where the value of a field of the object at `at` begins, or -1. */
function valueOf(body: Buffer, at: number, key: Buffer): number {
  if (body[at] !== openBrace) return -1
  do {
    const start = skipSpace(body, at + 1)
    const end = body[start] === quote ? skipString(body, start) : -1
    if (end === -1) return -1
    at = skipSpace(body, end)
    if (body[at] !== colon) return -1
    at = skipSpace(body, at + 1)
    if (isKey(body, start, end, key)) return at
    at = skipValue(body, at)
    if (at === -1) return -1
    at = skipSpace(body, at)
  } while (body[at] === comma)
  return -1
}

/** Where the string begins whose closing quote is at `at`, or -1 where the body does not reach back to it. */
function openingQuote(body: Buffer, at: number): number {
  for (let start = at - 1; start > 0; start--) {
    if (body[start] !== quote) continue
    let escapes = start
    while (escapes > 0 && body[escapes - 1] === backslash) escapes--
    if (escapes === 0) return -1
    if ((start - escapes) % 2 === 0) return start
    start = escapes
  }
  return -1
}
