/** Events of any bytes in any pieces, against a slow reading of the HTML standard. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { EventReader } from './event-reader.ts'

interface ReadEvent {
  readonly event: string | undefined
  readonly data: string
}

function readAll(chunks: readonly Buffer[]): ReadEvent[] {
  const reader = new EventReader()
  const events: ReadEvent[] = []
  for (const chunk of chunks) {
    reader.feed(chunk, chunk.length)
    while (reader.next()) events.push({ event: reader.event, data: reader.data })
  }
  return events
}

const read = (...chunks: string[]): ReadEvent[] => readAll(chunks.map((chunk) => Buffer.from(chunk)))

/** Section 9.2.6 on the whole text at once, with the field `error` as documented. */
function slowEvents(bytes: Buffer): ReadEvent[] {
  const events: ReadEvent[] = []
  let event = ''
  let data: string[] = []
  const lines = new TextDecoder('utf-8').decode(bytes).split(/\r\n|\n|\r/)
  for (const line of lines.slice(0, -1)) {
    const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (line === '') {
      if (data.length > 0 || event === 'error')
        events.push({ event: event === '' ? undefined : event, data: data.join('\n') })
      event = ''
      data = []
    } else if (name === 'event') event = value
    else if (name === 'data') data.push(value)
    else if (name === 'error') {
      event = 'error'
      data.push(value)
    }
  }
  return events
}

/** Pieces of which event streams are made, whole and broken. */
const streamBytes = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'data',
        'event',
        'error',
        'id',
        'retry',
        ':',
        ': ',
        ' ',
        '\n',
        '\r',
        '\r\n',
        '\n\n',
        '\uFEFF',
        'é😀',
      ),
      fc.constantFrom('data: {"a":1}\n\n', 'event: ping\n', 'data:\n', 'data\n', ': comment\n\n', 'event:error\r\r'),
      fc.string({ maxLength: 3 }),
      fc.uint8Array({ maxLength: 3 }),
    ),
  )
  .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part as string))))

const cuts = fc.array(fc.nat(12))

/** Cut at these distances, empty pieces included. */
function cutUp(bytes: Buffer, distances: readonly number[]): Buffer[] {
  const chunks: Buffer[] = []
  let at = 0
  for (const distance of distances) {
    chunks.push(bytes.subarray(at, at + distance))
    at = Math.min(bytes.length, at + distance)
  }
  return [...chunks, bytes.subarray(at)]
}

describe('events', () => {
  test.for<[string, ...ReadEvent[]]>([
    ['data: a\n\n', { event: undefined, data: 'a' }],
    ['data:a\r\rdata:  b\r\n\r\n', { event: undefined, data: 'a' }, { event: undefined, data: ' b' }],
    ['event: e\ndata: a\ndata\ndata: b\n\n', { event: 'e', data: 'a\n\nb' }],
    ['\uFEFFdata: a\n\n', { event: undefined, data: 'a' }],
    ['\n\uFEFFdata: a\n\n'],
    [': data: a\n\nid: 1\nretry: 5\n\nevent: e\n\n'],
    ['data:\n\n', { event: undefined, data: '' }],
    ['event: error\n\n', { event: 'error', data: '' }],
    [
      'error: {"code":500}\n\ndata: [DONE]\n\n',
      { event: 'error', data: '{"code":500}' },
      { event: undefined, data: '[DONE]' },
    ],
    ['data: a\n'],
    ['data: a\n\r', { event: undefined, data: 'a' }],
  ])('%j', ([text, ...events]) => {
    expect(read(text)).toStrictEqual(events)
  })

  test('a byte order mark, a CRLF and a letter may be cut', () => {
    const bytes = Buffer.from('\uFEFFdata: é\r\n\r\ndata: b\r\n\r\n')
    expect(readAll([...bytes].map((byte) => Buffer.from([byte])))).toStrictEqual(read(bytes.toString()))
    expect(read('data: a\r', '', '\n\r', '\ndata: b\n\n')).toStrictEqual(read('data: a\n\ndata: b\n\n'))
  })

  test('are the same for every cutting, and those of the standard', () => {
    fc.assert(
      fc.property(streamBytes, cuts, (bytes, distances) => {
        expect(readAll(cutUp(bytes, distances))).toStrictEqual(slowEvents(bytes))
      }),
      { numRuns: 1000 },
    )
  })

  test('what lies beyond the given length is not read', () => {
    const reader = new EventReader()
    const chunk = Buffer.from('data: a\n\ndata: b\n\n')
    reader.feed(chunk, 9)
    expect(reader.next()).toBe(true)
    expect(reader.next()).toBe(false)
  })
})

describe('at the end', () => {
  test.for<[string, string | undefined]>([
    ['data: a', 'a'],
    ['data: a\n', 'a'],
    ['data: a\n\n', undefined],
    [': comment', undefined],
    ['', undefined],
  ])('%j leaves %j', ([text, left]) => {
    const reader = new EventReader()
    reader.feed(Buffer.from(text), text.length)
    while (reader.next());
    expect(reader.finish() ? reader.data : undefined).toBe(left)
    expect(reader.finish()).toBe(false)
  })
})
