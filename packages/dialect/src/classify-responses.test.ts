/** Events of the responses API. */

import { describe, expect, test } from 'vitest'

import { classifyResponses } from './classify-responses.ts'

const judge = (data: object | string, event?: string): string => {
  const verdict = classifyResponses(event, typeof data === 'string' ? data : JSON.stringify(data))
  return typeof verdict === 'string' ? verdict : verdict.kind
}
const added = (item: object): object => ({ type: 'response.output_item.added', output_index: 0, item })
const done = (item: object): object => ({ ...added(item), type: 'response.output_item.done' })
const response = (type: string, fields: object = {}): object => ({ type, response: { error: null, ...fields } })

describe('says something', () => {
  test.for<[string, object]>([
    ['text', { type: 'response.output_text.delta', delta: 'Hi' }],
    ['a refusal', { type: 'response.refusal.delta', delta: 'No' }],
    ['reasoning', { type: 'response.reasoning_text.delta', delta: 'Hm' }],
    ['a summary of reasoning', { type: 'response.reasoning_summary_text.delta', delta: 'Hm' }],
    ['reasoning as an object (vLLM)', { type: 'response.reasoning.delta', delta: { content: 'Hm' } }],
    ['arguments', { type: 'response.function_call_arguments.delta', delta: '{' }],
    ['audio', { type: 'response.audio.delta', delta: 'AAAA' }],
    ['a function call', added({ type: 'function_call', name: 'f', arguments: '' })],
    ['a search', added({ type: 'web_search_call', status: 'in_progress' })],
    ['a message with content', added({ type: 'message', content: [{ type: 'output_text', text: 'Hi' }] })],
    ['a reasoning with a summary', done({ type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }] })],
    ['an encrypted reasoning', done({ type: 'reasoning', summary: [], encrypted_content: 'gAAA' })],
    ['a part with text', { type: 'response.content_part.added', part: { type: 'output_text', text: 'Hi' } }],
    ['the whole result', response('response.completed', { status: 'completed', output: [] })],
    ['an incomplete result', response('response.incomplete', { incomplete_details: { reason: 'content_filter' } })],
    ['an event of the future', { type: 'response.telepathy.begun' }],
    ['an event without a type', { id: 'x' }],
    ['an item that is no object', { type: 'response.output_item.added' }],
  ])('%s', ([, data]) => {
    expect(judge(data)).toBe('commit')
  })
})

describe('says nothing yet', () => {
  test.for<[string, object]>([
    ['created', response('response.created', { status: 'in_progress' })],
    ['queued', response('response.queued')],
    ['in progress', response('response.in_progress')],
    ['keepalive', { type: 'keepalive', sequence_number: 3 }],
    ['an empty message', added({ type: 'message', role: 'assistant', status: 'in_progress', content: [] })],
    ['an empty reasoning', added({ id: 'rs_1', type: 'reasoning', summary: [] })],
    ['an empty reasoning that is done', done({ id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: null })],
    [
      'an empty part',
      { type: 'response.content_part.added', part: { type: 'output_text', annotations: [], logprobs: [], text: '' } },
    ],
    [
      'an empty part of a summary',
      { type: 'response.reasoning_summary_part.added', part: { type: 'summary_text', text: '' } },
    ],
    ['an empty delta', { type: 'response.output_text.delta', delta: '', obfuscation: 'abc' }],
  ])('%s', ([, data]) => {
    expect(judge(data)).toBe('hold')
  })

  test('the name of the event stands for a type that is missing', () => {
    expect(judge({ response: {} }, 'response.created')).toBe('hold')
  })
})

describe('says that it failed', () => {
  test.for<[string, object | string, string?]>([
    ['error', { type: 'error', code: 'server_error', message: 'x', param: null, sequence_number: 1 }],
    ['an event named error', '{"type":"error","error":{"message":"x"}}', 'error'],
    ['an error without a type', { error: { message: 'x' } }],
    ['failed', response('response.failed', { error: { code: 'server_error', message: 'x' } })],
    ['failed without a reason', response('response.failed')],
    ['completed, but failed', response('response.completed', { status: 'failed', error: { code: 'server_error' } })],
    ['created, but failed', response('response.created', { error: { code: 'server_error' } })],
  ])('%s', ([, data, event]) => {
    expect(judge(data, event)).toBe('error-event')
  })
})

test('what is no JSON is malformed, under a name that is not known it commits', () => {
  expect(judge('x')).toBe('malformed')
  expect(judge('{"type":"response.cre', 'response.created')).toBe('malformed')
  expect(judge('x', 'greeting')).toBe('commit')
  expect(judge('[DONE]')).toBe('empty')
})
