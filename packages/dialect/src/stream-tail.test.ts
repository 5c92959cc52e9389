/** The last bytes of streams that ended well on the wire. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { DialectName } from './dialect-of.ts'
import { judgeTail } from './stream-tail.ts'
import type { TailVerdict } from './stream-tail.ts'

const sse = (data: object, event?: string): string =>
  `${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`
const word = sse({ choices: [{ delta: { content: 'Hi' }, finish_reason: null }] })
const stop = sse({ choices: [{ delta: {}, finish_reason: 'stop' }] })
const usage = sse({ choices: [], usage: { total_tokens: 2 } })
const error = sse({ error: { message: 'x', code: 500 } })
const done = 'data: [DONE]\n\n'
const text = sse({ type: 'response.output_text.delta', delta: 'Hi' }, 'response.output_text.delta')
const completed = sse({ type: 'response.completed', response: { error: null } }, 'response.completed')
const failed = sse({ type: 'response.failed', response: { error: { code: 'server_error' } } }, 'response.failed')
const delta = sse({ type: 'content_block_delta', delta: { type: 'text_delta', text: 'Hi' } }, 'content_block_delta')
const messageStop = sse({ type: 'message_stop' }, 'message_stop')
const anthropicError = sse({ type: 'error', error: { type: 'overloaded_error' } }, 'error')

const cases: readonly (readonly [DialectName, string, TailVerdict])[] = [
  ['openai-chat', word + stop + done, 'whole'],
  ['openai-chat', word + stop + usage + done, 'whole'],
  ['openai-chat', word + done, 'whole'],
  ['openai-chat', word + stop, 'whole'],
  ['openai-chat', word + stop + usage, 'whole'],
  ['openai-chat', word + usage, 'unknown'],
  ['openai-chat', word + error, 'error'],
  ['openai-chat', word + error + done, 'error'],
  ['openai-chat', word + error + usage + done, 'error'],
  ['openai-chat', `${word}error: {"code":500}\n\n${done}`, 'error'],
  ['openai-chat', `${word}event: error\ndata: x\n\n`, 'error'],
  ['openai-chat', word + sse({ choices: [{ delta: {}, finish_reason: 'error' }] }) + done, 'error'],
  ['openai-chat', `${word}${error.replace('error', '\\u0065rror')}${done}`, 'error'],
  ['openai-chat', `${word}event: error\ndata: x\n\n${done}`, 'error'],
  ['openai-chat', sse({ choices: [{ delta: { content: 'error' } }] }) + done, 'whole'],
  ['openai-chat', `${word}data: [DONE]`, 'whole'],
  ['openai-chat', word + error.trimEnd(), 'error'],
  ['openai-chat', word, 'unknown'],
  ['openai-chat', '', 'unknown'],
  ['openai-chat', `${word}data: {"choices":[{"del`, 'unknown'],
  ['openai-chat', sse({ choices: [{ delta: { content: 'data: [DONE]\n\n{"error":{}}' } }] }), 'unknown'],
  ['openai-completions', sse({ choices: [{ text: '', finish_reason: 'length' }] }), 'whole'],
  ['openai-completions', sse({ error: 'x', error_type: 'generation' }), 'error'],
  ['openai-responses', text + completed, 'whole'],
  ['openai-responses', text + sse({ type: 'response.incomplete' }), 'whole'],
  ['openai-responses', text + failed, 'error'],
  ['openai-responses', text + failed + done, 'error'],
  ['openai-responses', text + sse({ type: 'error', code: 'server_error' }), 'error'],
  ['openai-responses', text + sse({ type: 'response.completed', response: { error: { code: 'x' } } }), 'error'],
  ['openai-responses', text, 'unknown'],
  ['openai-responses', completed.slice(40), 'unknown'],
  ['anthropic-messages', delta + messageStop, 'whole'],
  ['anthropic-messages', delta + anthropicError, 'error'],
  ['anthropic-messages', delta + anthropicError.replaceAll('\n', '\r\n'), 'error'],
  ['anthropic-messages', delta, 'unknown'],
  ['openai', error, 'unknown'],
  ['unknown', error, 'unknown'],
]

test.for(cases)('%s %j is %s', ([dialect, tail, verdict]) => {
  expect(judgeTail(dialect, Buffer.from(tail))).toBe(verdict)
})

describe('where the tail begins', () => {
  test('makes no difference while the last two events are in it', () => {
    const before = word.repeat(20)
    for (const [dialect, tail, verdict] of cases) {
      const whole = Buffer.from(before + tail)
      for (let start = 0; start <= before.length; start += 7)
        expect(judgeTail(dialect, whole.subarray(start))).toBe(verdict)
    }
  })

  test('never turns a whole stream into a failed one', () => {
    const whole = Buffer.from(word + stop + usage + done)
    for (let start = 0; start < whole.length; start++)
      expect(['whole', 'unknown']).toContain(judgeTail('openai-chat', whole.subarray(start)))
  })

  test('at most 64 KiB are read', () => {
    const long = Buffer.concat([Buffer.alloc(128 * 1024, 'x'), Buffer.from(`\n\n${error}`)])
    expect(judgeTail('openai-chat', long)).toBe('error')
  })
})

test('no bytes make it throw', () => {
  const dialect = fc.constantFrom<DialectName>('openai-chat', 'openai-responses', 'anthropic-messages')
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.json().map((json) => Buffer.from(`data: ${json}\n\ndata: [DONE]\n\n`)),
  )
  fc.assert(
    fc.property(dialect, bytes, (name, tail) => {
      expect(['whole', 'error', 'unknown']).toContain(judgeTail(name, Buffer.from(tail)))
    }),
  )
})
