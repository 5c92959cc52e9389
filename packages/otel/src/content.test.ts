import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inputOf, outputOf } from './content.ts'

const body = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const words = (content: string) => ({ type: 'text', content })
const weather = { type: 'tool_call', id: 'call_1', name: 'weather', arguments: { city: 'Paris' } }
const rainy = { type: 'tool_call_response', id: 'call_1', response: 'rainy' }
const openaiCall = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Paris"}' } }

const inputs: [dialect: string, request: object, input: object][] = [
  [
    'openai-chat',
    {
      messages: [
        { role: 'system', content: 'be brief' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'and this?' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          ],
        },
        { role: 'assistant', content: null, tool_calls: [openaiCall] },
        { role: 'tool', tool_call_id: 'call_1', content: 'rainy' },
      ],
    },
    {
      instructions: [],
      messages: [
        { role: 'system', parts: [words('be brief')] },
        { role: 'user', parts: [words('and this?'), { type: 'image_url' }] },
        { role: 'assistant', parts: [weather] },
        { role: 'tool', parts: [rainy] },
      ],
    },
  ],
  [
    'openai-completions',
    { prompt: ['one', 'two', 3] },
    {
      instructions: [],
      messages: [
        { role: 'user', parts: [words('one')] },
        { role: 'user', parts: [words('two')] },
      ],
    },
  ],
  [
    'openai-responses',
    { instructions: 'be brief', input: 'hello' },
    { instructions: [words('be brief')], messages: [{ role: 'user', parts: [words('hello')] }] },
  ],
  [
    'openai-responses',
    {
      input: [
        { role: 'user', content: [{ type: 'input_text', text: 'hello' }] },
        { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Paris"}' },
        { type: 'function_call_output', call_id: 'call_1', output: 'rainy' },
      ],
    },
    {
      instructions: [],
      messages: [
        { role: 'user', parts: [words('hello')] },
        { role: 'assistant', parts: [weather] },
        { role: 'tool', parts: [rainy] },
      ],
    },
  ],
  [
    'anthropic-messages',
    {
      system: [{ type: 'text', text: 'be brief' }],
      messages: [
        { role: 'user', content: 'hello' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'call_1', name: 'weather', input: { city: 'Paris' } }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: 'rainy' }] },
      ],
    },
    {
      instructions: [words('be brief')],
      messages: [
        { role: 'user', parts: [words('hello')] },
        { role: 'assistant', parts: [weather] },
        { role: 'user', parts: [rainy] },
      ],
    },
  ],
]
test.for(inputs)('what %s says to a model: %j', ([dialect, request, input]) => {
  expect(inputOf(dialect, body(request))).toEqual(input)
})

const assistant = (finish: string, ...parts: object[]) => ({ role: 'assistant', parts, finish_reason: finish })

const outputs: [dialect: string, reply: object, output: object[]][] = [
  [
    'openai-chat',
    {
      choices: [
        { message: { role: 'assistant', content: 'hi', reasoning_content: 'hm' }, finish_reason: 'stop' },
        { message: { role: 'assistant', content: null, tool_calls: [openaiCall] }, finish_reason: 'tool_calls' },
        { message: { content: 'cut' }, finish_reason: null },
      ],
    },
    [
      assistant('stop', { type: 'reasoning', content: 'hm' }, words('hi')),
      assistant('tool_call', weather),
      assistant('error', words('cut')),
    ],
  ],
  ['openai-completions', { choices: [{ text: 'hi', finish_reason: 'length' }] }, [assistant('length', words('hi'))]],
  [
    'openai-responses',
    {
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [
        { type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }] },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'hi' }] },
        { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Paris"}' },
      ],
    },
    [assistant('length', { type: 'reasoning', content: 'hm' }, words('hi'), weather)],
  ],
  ['openai-responses', { status: 'completed', output: [] }, []],
  [
    'anthropic-messages',
    {
      content: [
        { type: 'thinking', thinking: 'hm', signature: 'x' },
        { type: 'text', text: 'hi' },
        { type: 'tool_use', id: 'call_1', name: 'weather', input: { city: 'Paris' } },
      ],
      stop_reason: 'tool_use',
    },
    [assistant('tool_call', { type: 'reasoning', content: 'hm' }, words('hi'), weather)],
  ],
]
test.for(outputs)('what a model says by %s: %j', ([dialect, reply, output]) => {
  expect(outputOf(dialect, body(reply))).toEqual(output)
})

describe('nothing is told', () => {
  test.for(['', 'no json', '7', 'null', '["messages"]'])('of %j', (text) => {
    expect(inputOf('openai-chat', Buffer.from(text))).toBeUndefined()
    expect(outputOf('openai-chat', Buffer.from(text))).toBeUndefined()
  })
  test.for(['openai', 'unknown'])('by %s, whose messages are not known', (dialect) => {
    expect(inputOf(dialect, body({ messages: [{ content: 'a' }], input: 'a' }))).toBeUndefined()
    expect(outputOf(dialect, body({ choices: [{ text: 'a' }] }))).toBeUndefined()
  })
})

test('any JSON at all is read without throwing, and has the shape of the schema', () => {
  const dialects = ['openai-chat', 'openai-completions', 'openai-responses', 'anthropic-messages']
  const fields = ['messages', 'prompt', 'input', 'instructions', 'system', 'choices', 'output', 'content']
  const inner = fc.dictionary(
    fc.constantFrom('type', 'role', 'content', 'text', 'message', 'tool_calls'),
    fc.jsonValue(),
  )
  const value = fc.oneof(fc.jsonValue(), fc.array(inner), inner)
  fc.assert(
    fc.property(fc.constantFrom(...dialects), fc.dictionary(fc.constantFrom(...fields), value), (dialect, object) => {
      const input = inputOf(dialect, body(object))
      const messages = [...(input?.messages ?? []), ...(outputOf(dialect, body(object)) ?? [])]
      for (const { role, parts } of messages) {
        expect(typeof role).toBe('string')
        expect(parts.every(({ type }) => typeof type === 'string')).toBe(true)
      }
    }),
  )
})
