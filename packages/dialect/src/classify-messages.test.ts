/** Events of Anthropic's messages API. */

import { describe, expect, test } from 'vitest'

import { classifyMessages } from './classify-messages.ts'

const judge = (data: object | string, event?: string): string => {
  const verdict = classifyMessages(event, typeof data === 'string' ? data : JSON.stringify(data))
  return typeof verdict === 'string' ? verdict : verdict.kind
}
const start = (block: object): object => ({ type: 'content_block_start', index: 0, content_block: block })
const delta = (fields: object): object => ({ type: 'content_block_delta', index: 0, delta: fields })

describe('says something', () => {
  test.for<[string, object]>([
    ['text', delta({ type: 'text_delta', text: 'Hi' })],
    ['thinking', delta({ type: 'thinking_delta', thinking: 'Hm' })],
    ['a signature', delta({ type: 'signature_delta', signature: 'ErUB' })],
    ['tool input', delta({ type: 'input_json_delta', partial_json: '{' })],
    ['a citation', delta({ type: 'citations_delta', citation: { type: 'char_location' } })],
    ['a delta that is no object', { type: 'content_block_delta', delta: 'Hi' }],
    ['a block with text', start({ type: 'text', text: 'Hi' })],
    ['a tool', start({ type: 'tool_use', id: 'toolu_1', name: 'f', input: {} })],
    ['a search', start({ type: 'server_tool_use', name: 'web_search', input: {} })],
    ['hidden thinking', start({ type: 'redacted_thinking', data: 'EmwK' })],
    [
      'a message that begins with content',
      { type: 'message_start', message: { content: [{ type: 'text', text: 'Hi' }] } },
    ],
    ['the end without content', { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null } }],
    ['an event of the future', { type: 'telepathy' }],
    ['an event without a type', { id: 'x' }],
  ])('%s', ([, data]) => {
    expect(judge(data)).toBe('commit')
  })
})

describe('says nothing yet', () => {
  test.for<[string, object]>([
    ['the start', { type: 'message_start', message: { role: 'assistant', content: [], stop_reason: null, usage: {} } }],
    ['a ping', { type: 'ping' }],
    ['empty text', start({ type: 'text', text: '', citations: null })],
    ['empty thinking', start({ type: 'thinking', thinking: '', signature: '' })],
    ['an empty text delta', delta({ type: 'text_delta', text: '' })],
    ['empty tool input', delta({ type: 'input_json_delta', partial_json: '' })],
    ['the end of an empty block', { type: 'content_block_stop', index: 0 }],
    ['usage', { type: 'message_delta', delta: { stop_reason: null }, usage: { output_tokens: 1 } }],
  ])('%s', ([, data]) => {
    expect(judge(data)).toBe('hold')
  })

  test('the name of the event stands for a type that is missing', () => {
    expect(judge({ message: {} }, 'message_start')).toBe('hold')
  })
})

test.for<[string, string | undefined, string]>([
  ['{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', 'error', 'error-event'],
  ['{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', undefined, 'error-event'],
  ['{"type":"message_st', 'message_start', 'malformed'],
  ['x', undefined, 'malformed'],
  ['x', 'greeting', 'commit'],
  ['{"type":"message_stop"}', 'message_stop', 'empty'],
  ['[DONE]', undefined, 'empty'],
])('%s under the name %s is %s', ([data, event, verdict]) => {
  expect(judge(data, event)).toBe(verdict)
})
