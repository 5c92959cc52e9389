/** The model in a body, against JSON.parse. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { parseJson } from './json.ts'
import { findModel, replaceModel } from './model-field.ts'

const find = (text: string): unknown => findModel(Buffer.from(text))

describe('a model', () => {
  test.for<[string, string, number, number]>([
    ['{"model":"a"}', 'a', 9, 12],
    [' { "model" : "a" , "b" : 1 } ', 'a', 13, 16],
    ['{"b":{"model":"c"},"model":"a"}', 'a', 27, 30],
    ['{"b":"\\"model\\":\\"c\\"","model":"a"}', 'a', 31, 34],
    ['{"b":[{"model":1},"]}"],"c":-1.5e+3,"d":null,"model":"a"}', 'a', 53, 56],
    ['{"mod\\u0065l":"a"}', 'a', 14, 17],
    ['{"\\u006d\\u006f\\u0064\\u0065\\u006c":"a"}', 'a', 34, 37],
    ['{"model":"\\u0061\\n"}', 'a\n', 9, 19],
    ['{"model":"é"}', 'é', 9, 13],
    ['{"model":""}', '', 9, 11],
    ['{"Model":"b","model":"a","model ":"c","models":[]}', 'a', 21, 24],
  ])('%s', ([text, value, start, end]) => {
    expect(find(text)).toStrictEqual({ value, start, end })
  })
})

describe('a problem', () => {
  test.for<[string, string]>([
    ['', 'not-object'],
    ['  ', 'not-object'],
    ['[{"model":"a"}]', 'not-object'],
    ['"model"', 'not-object'],
    ['null', 'not-object'],
    ['\uFEFF{"model":"a"}', 'not-object'],
    ['{}', 'missing'],
    ['{ }', 'missing'],
    ['{"a":{"model":"b"}}', 'missing'],
    ['{"a":"model","b":"b"}', 'missing'],
    ['{"model":1}', 'not-string'],
    ['{"model":null}', 'not-string'],
    ['{"model":{"a":"b"}}', 'not-string'],
    ['{"model":"a","model":"a"}', 'duplicate'],
    ['{"model":"a","x":{},"mod\\u0065l":"b"}', 'duplicate'],
    ['{"model":1,"model":"a"}', 'duplicate'],
    ['{"model":"a"', 'malformed'],
    ['{"model":"a', 'malformed'],
    ['{"model":', 'malformed'],
    ['{"model"', 'malformed'],
    ['{', 'malformed'],
    ['{"model":"a","b":[}', 'malformed'],
    ['{"model":"a"} x', 'malformed'],
    ['{"model":"a"}{"model":"b"}', 'malformed'],
    ['{"model":"a",}', 'malformed'],
    ['{"model":"a" "b":1}', 'malformed'],
    ['{"model" "a"}', 'malformed'],
    ['{model:"a"}', 'malformed'],
    ["{'model':'a'}", 'malformed'],
    ['{"model":"\\x"}', 'malformed'],
    ['{"model":"\n"}', 'malformed'],
    ['{"a":NaN,"model":"a"}', 'malformed'],
    ['{"model":"a","b":', 'malformed'],
  ])('%j is %s', ([text, problem]) => {
    expect(find(text)).toBe(problem)
    expect(replaceModel(Buffer.from(text), 'b')).toBe(undefined)
  })
})

/** The letters of `model`, some of them as escapes. */
function escapedModel(mask: number): string {
  return 'model'.replace(/./g, (letter, index: number) =>
    (mask >> index) & 1 ? `\\u00${letter.charCodeAt(0).toString(16)}` : letter,
  )
}

const space = fc.constantFrom('', ' ', '\n', '\r\n\t')
const entry = fc.record({
  key: fc.oneof(fc.constantFrom('model', 'Model', 'models', 'mode', 'messages', '', 'a'), fc.string({ maxLength: 8 })),
  mask: fc.oneof(fc.constant(0), fc.nat(31)),
  value: fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('model', '{"model":"x"}', '\\', '"', '\\"'),
    fc.jsonValue({ stringUnit: 'binary' }),
    fc.constant({ model: 'inner', list: [{ model: 'deeper' }] }),
  ),
  around: space,
})
type Entry = typeof entry extends fc.Arbitrary<infer T> ? T : never

function bodyOf(entries: readonly Entry[]): string {
  const fields = entries.map(({ key, mask, value, around }) => {
    const name = key === 'model' ? escapedModel(mask) : JSON.stringify(key).slice(1, -1)
    return `${around}"${name}"${around}:${around}${JSON.stringify(value)}${around}`
  })
  return `{${fields.join(',')}}`
}

/** What JSON.parse says, where it does not leave out a second model. */
function oracle(text: string): unknown {
  const parsed = parseJson(text)
  if (parsed === undefined) return 'malformed'
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return 'not-object'
  if (!Object.hasOwn(parsed, 'model')) return 'missing'
  const { model } = parsed as { readonly model: unknown }
  return typeof model === 'string' ? model : 'not-string'
}

function found(body: Buffer): unknown {
  const result = findModel(body)
  return typeof result === 'string' ? result : result.value
}

describe('any body', () => {
  test('has the model that JSON.parse finds, and two models are none', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), (entries) => {
        const text = bodyOf(entries)
        const models = entries.filter(({ key }) => key === 'model').length
        expect(found(Buffer.from(text))).toBe(models > 1 ? 'duplicate' : oracle(text))
      }),
      { numRuns: 2000 },
    )
  })

  test('that is broken somewhere has a problem, or the model of what JSON.parse reads', () => {
    const any = fc.tuple(fc.array(entry, { maxLength: 4 }), fc.nat(), fc.nat(), fc.nat(255))
    fc.assert(
      fc.property(any, ([entries, at, remove, byte]) => {
        const bytes = [...Buffer.from(bodyOf(entries))]
        bytes.splice(at % bytes.length, remove % 3, byte)
        const body = Buffer.from(bytes)
        const answer = found(body)
        const expected = oracle(body.toString())
        expect(expected === 'malformed' || answer === 'duplicate' ? expected : answer).toBe(expected)
      }),
      { numRuns: 2000 },
    )
  })

  test('that is cut is malformed', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 4 }), fc.nat(), (entries, at) => {
        const body = Buffer.from(bodyOf(entries))
        const cut = body.subarray(0, at % body.length)
        expect(['malformed', 'duplicate', 'not-object']).toContain(findModel(cut))
      }),
    )
  })

  test('of bytes alone does not throw', () => {
    const start = fc.constantFrom('', '{', '{"model":', '{"a":[')
    fc.assert(
      fc.property(start, fc.uint8Array(), (text, bytes) => {
        expect(findModel(Buffer.concat([Buffer.from(text), bytes]))).toBeDefined()
      }),
    )
  })
})

describe('a long chat', () => {
  const part = fc.constantFrom('Hi. ', '"quoted" ', '[1] ', '{"a":[1]} ', '\n\n', '\\', ']', '}', '"model":"b",', 'é')
  const text = fc.tuple(fc.array(part, { maxLength: 6 }), fc.constantFrom(4, 200, 9000))
  const content = text.map(([parts, length]) => parts.join('') + 'v'.repeat(length) + parts.join(''))
  const message = fc.oneof(
    fc.record({ role: fc.constantFrom('user', 'model'), content }),
    fc.record({ role: fc.constant('user'), content: content.map((words) => [{ type: 'text', text: words }]) }),
  )
  const indent = fc.constantFrom(undefined, 1)
  const chat = fc
    .tuple(
      fc.array(message, { maxLength: 4 }),
      fc.array(fc.constantFrom('a', 'tools', 'model', 'stop'), { maxLength: 4 }),
    )
    .map(([messages, keys]): [string, unknown][] => [
      ...keys.slice(0, 2).map((key): [string, unknown] => [key, key === 'stop' ? ['"]', '}]'] : key]),
      ['messages', messages],
      ...keys.slice(2).map((key): [string, unknown] => [key, key === 'tools' ? [{ model: [] }] : key]),
    ])
    .map((fields) => ({ fields, models: fields.filter(([key]) => key === 'model').length }))
  const textOf = (fields: readonly [string, unknown][], spaces: number | undefined): string =>
    `{${fields.map(([key, value]) => `"${key}":${JSON.stringify(value, undefined, spaces)}`).join(',')}}`

  test('has the model that JSON.parse finds, and two models are none', () => {
    fc.assert(
      fc.property(chat, indent, ({ fields, models }, spaces) => {
        const body = textOf(fields, spaces)
        expect(found(Buffer.from(body))).toBe(models > 1 ? 'duplicate' : oracle(body))
      }),
      { numRuns: 1000 },
    )
  })

  test('that is broken somewhere has a problem, or the model of what JSON.parse reads', () => {
    const byte = fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('[]{}",:\\ ')))
    fc.assert(
      fc.property(chat, fc.nat(), fc.nat(2), byte, ({ fields }, at, remove, put) => {
        const whole = Buffer.from(textOf(fields, undefined))
        const place = at % whole.length
        const body = Buffer.concat([whole.subarray(0, place), Buffer.from([put]), whole.subarray(place + remove)])
        const answer = found(body)
        const expected = oracle(body.toString())
        expect(expected === 'malformed' || answer === 'duplicate' ? expected : answer).toBe(expected)
        const cut = findModel(whole.subarray(0, place))
        expect(['malformed', 'duplicate', 'not-object']).toContain(cut)
      }),
      { numRuns: 1000 },
    )
  })
})

test.for(['"a":[1},', '"a":[{]],', '"a":["b"],', '"a":[{"b":["c"]}],', '"a":[[}{]],', '"a":[{"b":1}],'])(
  'a long body of %s is walked once, although its brackets are looked for ahead',
  (field) => {
    // Where each field is a search to the end, this takes far too long.
    const fields = field.repeat((4 * 1024 * 1024) / field.length)
    expect(findModel(Buffer.from(`{${fields}"model":"]}"}`))).toBeDefined()
  },
)

describe('another model', () => {
  test('changes its own bytes and no other', () => {
    const name = fc.string({ unit: 'binary' })
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 4 }), name, (entries, model) => {
        const body = Buffer.from(bodyOf(entries))
        const replaced = replaceModel(body, model)
        const field = findModel(body)
        expect(replaced === undefined).toBe(typeof field === 'string')
        if (replaced === undefined || typeof field === 'string') return
        const after = findModel(replaced)
        expect(after).toMatchObject({ value: model, start: field.start })
        if (typeof after === 'string') return
        expect(replaced.subarray(0, field.start)).toEqual(body.subarray(0, field.start))
        expect(replaced.subarray(after.end)).toEqual(body.subarray(field.end))
      }),
    )
  })

  test('of the same name gives the same body', () => {
    const body = Buffer.from('{"model":"\\u0061"}')
    expect(replaceModel(body, 'a')).toBe(body)
  })

  test('is escaped where it must be', () => {
    expect(replaceModel(Buffer.from('{"model":"a","b":"\\u00e9"}'), 'x"é')?.toString()).toBe(
      '{"model":"x\\"é","b":"\\u00e9"}',
    )
  })
})
