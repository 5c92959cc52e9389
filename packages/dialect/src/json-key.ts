/** Names and texts in bytes of JSON: is this field called so, and what does this string say? */

import { parseJson, textOf } from './json.ts'

/** The bytes of a field's name with its quotes. The name is of plain letters. */
export function keyOf(name: string): Buffer {
  return Buffer.from(`"${name}"`)
}

/** Whether the string from `start` to `end` (quotes included) is this name, also where letters of it are escaped. */
export function isKey(body: Buffer, start: number, end: number, key: Buffer): boolean {
  const length = end - start
  if (length === key.length) {
    for (let index = 1; index < length - 1; index++) if (body[start + index] !== key[index]) return false
    return true
  }
  // Each of the letters may be written as six.
  if (length < key.length || length > 2 + 6 * (key.length - 2)) return false
  return !isPlain(body, start + 1, end - 1) && parsed(body, start, end) === key.toString('latin1', 1, key.length - 1)
}

/** The text of the JSON string from `start` to `end`, undefined where it has bytes or escapes that JSON does not allow. */
export function stringOf(body: Buffer, start: number, end: number): string | undefined {
  return isPlain(body, start + 1, end - 1) ? body.toString('latin1', start + 1, end - 1) : parsed(body, start, end)
}

function parsed(body: Buffer, start: number, end: number): string | undefined {
  return textOf(parseJson(body.toString('utf8', start, end)))
}

/** Printable ASCII without escapes. */
function isPlain(body: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = body[at] ?? 0
    if (byte < 0x20 || byte > 0x7e || byte === 0x5c) return false
  }
  return true
}
