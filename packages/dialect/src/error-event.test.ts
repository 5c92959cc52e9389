/** The last event of a broken stream, read by the rules of the HTML standard. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { DialectName } from './dialect-of.ts'
import { errorEvent } from './error-event.ts'
import type { GatewayError } from './errors.ts'

/** Every UTF-16 unit, line ends, controls and lone surrogates included. */
const anyText = fc.string({ unit: fc.oneof(fc.nat(0x7f), fc.nat(0xffff)).map((unit) => String.fromCharCode(unit)) })

const error: GatewayError = {
  status: 502,
  code: 'upstream_reset',
  type: 'server_error',
  message: 'The backend broke the connection.',
  requestId: 'r-1',
}

const object = { message: error.message, type: 'server_error', param: null, code: 'upstream_reset' }

interface StreamEvent {
  readonly name: string
  readonly data: string
}

/** The dispatching of the HTML standard, section 9.2.6, for the two fields that matter here. */
function eventsOf(stream: string): StreamEvent[] {
  const events: StreamEvent[] = []
  let name = ''
  let data: string[] = []
  const lines = stream.split(/\r\n|\n|\r/)
  // What follows the last line end was never a whole line.
  for (const line of lines.slice(0, -1)) {
    if (line === '') {
      if (data.length > 0) events.push({ name, data: data.join('\n') })
      name = ''
      data = []
    } else if (line.startsWith('event:')) name = line.slice(6).trimStart()
    else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''))
  }
  return events
}

function lastOf(stream: string): { readonly name: string; readonly data: unknown } {
  const last = eventsOf(stream).at(-1)
  return { name: last?.name ?? '', data: JSON.parse(last?.data ?? 'null') }
}

describe('the event that ends a broken stream', () => {
  test.for<DialectName>(['openai-chat', 'openai-completions', 'openai', 'unknown'])('is unnamed for %s', (dialect) => {
    expect(lastOf(errorEvent(dialect, error))).toStrictEqual({ name: '', data: { error: object } })
  })

  test('is a named event for responses, with its fields flat and nested', () => {
    expect(lastOf(errorEvent('openai-responses', error))).toStrictEqual({
      name: 'error',
      data: {
        type: 'error',
        code: 'upstream_reset',
        message: error.message,
        param: null,
        sequence_number: 0,
        error: object,
      },
    })
  })

  test('is a named event for Anthropic', () => {
    expect(lastOf(errorEvent('anthropic-messages', error))).toStrictEqual({
      name: 'error',
      data: { type: 'error', error: { type: 'api_error', message: error.message }, request_id: 'r-1' },
    })
  })

  const dialects = fc.constantFrom<DialectName>('openai-chat', 'openai-responses', 'anthropic-messages', 'unknown')

  test('is read whole wherever the stream was cut, and what came before is unchanged', () => {
    const stream = 'event: delta\r\ndata: {"a":1}\r\n\r\n: ping\n\ndata: {"b":\ndata: 2}\n\nid: 7\n'
    fc.assert(
      fc.property(dialects, fc.nat(stream.length), (dialect, cut) => {
        const before = stream.slice(0, cut)
        const events = eventsOf(before + errorEvent(dialect, error))
        expect(events.at(-1)).toStrictEqual(eventsOf(errorEvent(dialect, error))[0])
        expect(events.slice(0, eventsOf(before).length)).toStrictEqual(eventsOf(before))
      }),
    )
  })

  test('is one event whatever the message contains, and never says that the stream is done', () => {
    fc.assert(
      fc.property(dialects, anyText, (dialect, message) => {
        const text = errorEvent(dialect, { ...error, message })
        const events = eventsOf(text)
        expect(events).toHaveLength(1)
        expect(events[0]?.data).not.toBe('[DONE]')
        const data: unknown = JSON.parse(events[0]?.data ?? '')
        expect(data).toMatchObject({ error: { message } })
      }),
    )
  })
})
