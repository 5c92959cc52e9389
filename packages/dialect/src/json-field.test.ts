/** One field of an object that is there in part. */

import { describe, expect, test } from 'vitest'

import { fieldFromEnd, fieldFromStart } from './json-field.ts'
import { keyOf } from './json-key.ts'

const usage = keyOf('usage')
const response = keyOf('response')

describe('from the start', () => {
  test.for<[string, string | undefined]>([
    ['{"a":[{"usage":1}],"usage": {"b":"}"} ,', '{"b":"}"}'],
    [' {"us\\u0061ge":"x"', '"x"'],
    ['{"usage":{"b":1', undefined],
    ['{"a":"usage","b', undefined],
    ['["usage",{"usage":1}]', undefined],
  ])('%s', ([text, value]) => {
    expect(fieldFromStart(Buffer.from(text), usage)?.toString()).toBe(value)
  })
})

describe('from the end', () => {
  test.for<[string, string | undefined]>([
    ['x","usage":{"b":"}"},"c":[{"usage":1}]}\n', '{"b":"}"}'],
    ['x","us\\u0061ge" : "x"}', ' "x"'],
    ['usage":1}', undefined],
    ['x":{"usage":1}}', undefined],
    ['x","usage":1', undefined],
    // A third backslash may stand before these two, and then the quote is one of the name.
    ['\\\\"usage":1}', undefined],
  ])('%s', ([text, value]) => {
    expect(fieldFromEnd(Buffer.from(text), usage)?.toString()).toBe(value)
  })

  test.for<[string, string | undefined]>([
    ['x","usage":1},"type":"y"}', '1'],
    ['{"response":{"usage":1}}', '1'],
    ['{"item":{"usage":1}}', undefined],
    ['{"response":{"usage":1},"item":{"usage":2}}', '1'],
    ['{"response":{"a":{"usage":1}}}', undefined],
  ])('within another: %s', ([text, value]) => {
    expect(fieldFromEnd(Buffer.from(text), usage, response)?.toString()).toBe(value)
  })
})
