/** Which model does a JSON body ask for? It scans bytes, and parses the model's name alone. */

import { isKey, keyOf, stringOf } from './json-key.ts'
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

const modelKey = keyOf('model')

/**
 * Finds the field `model` at the top of a JSON object in UTF-8, also where its name is escaped (`"mod\u0065l"`). The body is walked
 * to its end, for a second one; strings and nested values are skipped unread. Where JSON.parse succeeds the answer is what it would
 * give. Where it fails because of something within a skipped value, that may go unnoticed.
 */
export function findModel(body: Buffer): ModelField | ModelProblem {
  let at = skipSpace(body, 0)
  if (body[at] !== 0x7b) return 'not-object'
  at = skipSpace(body, at + 1)
  if (body[at] === 0x7d) return isEnd(body, at + 1) ? 'missing' : 'malformed'
  let found: ModelField | 'not-string' | 'missing' = 'missing'
  for (;;) {
    const keyStart = at
    const keyEnd = body[at] === 0x22 ? skipString(body, at) : -1
    if (keyEnd === -1) return 'malformed'
    at = skipSpace(body, keyEnd)
    if (body[at] !== 0x3a) return 'malformed'
    const start = skipSpace(body, at + 1)
    const end = skipValue(body, start)
    if (end === -1) return 'malformed'
    if (isKey(body, keyStart, keyEnd, modelKey)) {
      if (found !== 'missing') return 'duplicate'
      const field = fieldOf(body, start, end)
      if (field === 'malformed') return field
      found = field
    }
    at = skipSpace(body, end)
    if (body[at] === 0x7d) return isEnd(body, at + 1) ? found : 'malformed'
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

function fieldOf(body: Buffer, start: number, end: number): ModelField | 'not-string' | 'malformed' {
  if (body[start] !== 0x22) return 'not-string'
  const value = stringOf(body, start, end)
  return value === undefined ? 'malformed' : { value, start, end }
}

function isEnd(body: Buffer, at: number): boolean {
  return skipSpace(body, at) === body.length
}
