/** Which model does a JSON body ask for? It scans bytes, and parses the model's name alone. */

import { skipSpace, skipString, skipValue } from './json-scan.ts'

/** The field `model` of a body. */
export interface ModelField {
  readonly value: string
  /** Where the value's opening quote stands. */
  readonly start: number
  /** Behind the value's closing quote. */
  readonly end: number
}

/**
 * - `malformed`: no JSON, as far as it was looked at
 * - `not-object`: a value of another kind, or nothing
 * - `missing`: no field `model` at the top
 * - `not-string`: its value is no string
 * - `duplicate`: there are several, and readers differ in which one counts
 */
export type ModelProblem = 'malformed' | 'not-object' | 'missing' | 'not-string' | 'duplicate'

const key = Buffer.from('"model"')
const unicodeEscape = Buffer.from('\\u')

/**
 * Finds the field `model` at the top of a JSON object in UTF-8, `"mod\u0065l"` too. Strings and nested values are skipped unread.
 * Where the rest of the body cannot hold the key again it is not walked, so that something wrong there may go unnoticed; a body
 * that does not end with its bracket is `malformed` in any case. Where JSON.parse succeeds, the answer is what it would give.
 */
export function findModel(body: Buffer): ModelField | ModelProblem {
  let at = skipSpace(body, 0)
  if (body[at] !== 0x7b) return 'not-object'
  at = skipSpace(body, at + 1)
  if (body[at] === 0x7d) return isEnd(body, at + 1) ? 'missing' : 'malformed'
  let found: ModelField | 'not-string' | undefined
  for (;;) {
    const colon = body[at] === 0x22 ? skipString(body, at) : -1
    if (colon === -1) return 'malformed'
    const isModel = isModelKey(body, at, colon)
    at = skipSpace(body, colon)
    if (body[at] !== 0x3a) return 'malformed'
    const start = skipSpace(body, at + 1)
    const end = skipValue(body, start)
    if (end === -1) return 'malformed'
    if (isModel) {
      if (found !== undefined) return 'duplicate'
      found = valueOf(body, start, end)
      if (found === undefined) return 'malformed'
      if (isOnlyKey(body, end)) return found
    }
    at = skipSpace(body, end)
    if (body[at] === 0x7d) return isEnd(body, at + 1) ? (found ?? 'missing') : 'malformed'
    if (body[at] !== 0x2c) return 'malformed'
    at = skipSpace(body, at + 1)
  }
}

/** The body with another model, every other byte as it was. Undefined where `findModel` sees a problem. */
export function replaceModel(body: Buffer, model: string): Buffer | undefined {
  const found = findModel(body)
  if (typeof found === 'string') return undefined
  if (found.value === model) return body
  return Buffer.concat([body.subarray(0, found.start), Buffer.from(JSON.stringify(model)), body.subarray(found.end)])
}

function isModelKey(body: Buffer, start: number, end: number): boolean {
  if (end - start === key.length) return key.compare(body, start, end) === 0
  // Each letter may be written as six.
  if (end - start < key.length || end - start > 2 + 6 * 5) return false
  return body.subarray(start, end).includes(unicodeEscape) && textOf(body, start, end) === 'model'
}

function valueOf(body: Buffer, start: number, end: number): ModelField | 'not-string' | undefined {
  if (body[start] !== 0x22) return 'not-string'
  const value = textOf(body, start, end)
  return value === undefined ? undefined : { value, start, end }
}

/** Undefined for a string with bytes or escapes that JSON does not allow. */
function textOf(body: Buffer, start: number, end: number): string | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8', start, end))
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

/** Nothing behind `at` can be the key again, at whatever depth, and the body ends as an object does. */
function isOnlyKey(body: Buffer, at: number): boolean {
  if (body.indexOf(key, at) !== -1 || body.indexOf(unicodeEscape, at) !== -1) return false
  let end = body.length - 1
  while (end > at && skipSpace(body, end) > end) end--
  return body[end] === 0x7d
}

function isEnd(body: Buffer, at: number): boolean {
  return skipSpace(body, at) === body.length
}
