/** Events of chat completions and completions, as servers send them. */

import { describe, expect, test } from 'vitest'

import { classifyChat } from './classify-chat.ts'

const judge = (data: object | string, event?: string): string => {
  const verdict = classifyChat(event, typeof data === 'string' ? data : JSON.stringify(data))
  return typeof verdict === 'string' ? verdict : verdict.kind
}
const choice = (fields: object): object => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, finish_reason: null, ...fields }],
})
const delta = (fields: object): object => choice({ delta: fields })

describe('says something', () => {
  test.for<[string, object]>([
    ['content', delta({ content: 'Hi' })],
    ['white space', delta({ content: '\n' })],
    ['content in parts (Mistral)', delta({ content: [{ type: 'thinking', thinking: [] }] })],
    ['content beside the role', delta({ role: 'assistant', content: 'Hi' })],
    ['reasoning_content (DeepSeek, vLLM)', delta({ content: null, reasoning_content: 'Hm' })],
    ['reasoning (OpenRouter, Groq, Ollama)', delta({ content: '', reasoning: 'Hm' })],
    ['reasoning_details (OpenRouter)', delta({ content: '', reasoning_details: [{ type: 'reasoning.encrypted' }] })],
    ['thinking_blocks (LiteLLM)', delta({ thinking_blocks: [{ type: 'thinking', thinking: 'Hm' }] })],
    ['a refusal', delta({ refusal: 'No' })],
    ['a tool call', delta({ tool_calls: [{ index: 0, function: { name: 'f', arguments: '' } }] })],
    ['a function call', delta({ function_call: { name: 'f' } })],
    ['audio', delta({ audio: { id: 'audio_1' } })],
    ['a field of the future', delta({ telepathy: 'Hm' })],
    ['text of completions', choice({ text: 'Hi' })],
    ['a whole message (DashScope)', choice({ message: { role: 'assistant', content: 'Hi' } })],
    ['the end without content', choice({ delta: {}, finish_reason: 'stop' })],
    ['the end by the filter', choice({ delta: {}, finish_reason: 'content_filter' })],
    ['the second of two choices', { choices: [{ delta: {} }, { delta: { content: 'Hi' } }] }],
    ['choices that are no objects', { choices: ['Hi'] }],
    ['an object without choices', { id: 'x', output: 'Hi' }],
    ['choices of another kind', { choices: { 0: 'Hi' }, usage: {} }],
  ])('%s', ([, data]) => {
    expect(judge(data)).toBe('commit')
  })
})

describe('says nothing yet', () => {
  test.for<[string, object | string]>([
    ['the role', delta({ role: 'assistant' })],
    [
      'the role and nothing else',
      delta({ role: 'assistant', content: '', refusal: null, reasoning_content: null, tool_calls: [] }),
    ],
    ['an empty delta', delta({})],
    ['no delta', choice({})],
    ['empty text', choice({ text: '' })],
    ['filter results of an empty delta (Azure)', choice({ delta: {}, content_filter_results: { hate: {} } })],
    ['filter results of the prompt (Azure)', { choices: [], prompt_filter_results: [{ prompt_index: 0 }] }],
    ['filter results of the prompt without choices', { prompt_annotations: [] }],
    ['usage', { choices: [], usage: { total_tokens: 2 } }],
    ['usage without choices', { choices: null, usage: { total_tokens: 2 } }],
    ['error: null', { ...delta({ role: 'assistant' }), error: null }],
    ['a ping', { type: 'ping' }],
    ['empty data', ''],
  ])('%s', ([, data]) => {
    expect(judge(data)).toBe('hold')
  })

  test.for(['ping', 'keepalive', 'heartbeat'])('event %s', (event) => {
    expect(judge('not JSON', event)).toBe('hold')
  })
})

describe('says that it failed', () => {
  test.for<[string, object | string, string?]>([
    ['error', { error: { message: 'x' } }],
    [
      'error beside an empty choice (OpenRouter)',
      { ...choice({ delta: { content: '' }, finish_reason: 'error' }), error: { code: 502 } },
    ],
    ['finish_reason error', choice({ delta: { content: '' }, finish_reason: 'error' })],
    ['finish_reason error beside content', choice({ delta: { content: 'Hi' }, finish_reason: 'error' })],
    ['error as text (TGI, Ollama)', { error: 'Model is overloaded', error_type: 'overloaded' }],
    ['object error (vLLM)', { object: 'error', message: 'x', type: 'BadRequestError', code: 400 }],
    ['an empty error', { error: {} }],
    ['an event named error', '{"message":"x"}', 'error'],
    ['an event named error that is no JSON', 'Generation failed', 'error'],
    ['an event named error without data', '', 'error'],
  ])('%s', ([, data, event]) => {
    expect(judge(data, event)).toBe('error-event')
  })
})

describe('is no event of this API', () => {
  test.for(['Hi', '{"choices":[{"delta":{"cont', '<html>', '[]', 'null', '1', '"Hi"', '[ERROR] x'])(
    '%s is malformed',
    (data) => {
      expect(judge(data)).toBe('malformed')
      expect(judge(data, 'message')).toBe('malformed')
    },
  )

  test('what is no JSON under another name is not known', () => {
    expect(judge('Hi', 'greeting')).toBe('commit')
  })

  test('under another name JSON is judged as always', () => {
    expect(judge(delta({ role: 'assistant' }), 'chunk')).toBe('hold')
    expect(judge(delta({ content: 'Hi' }), 'chunk')).toBe('commit')
  })
})

test('the end before anything was said is empty', () => {
  expect(judge('[DONE]')).toBe('empty')
})
