import { describe, expect, test } from 'vitest'
import { operationOf, providerOf, requestModel } from './gen-ai.ts'
import type { Operation } from './gen-ai.ts'

const operations: [method: string, dialect: string, path: string, operation: Operation | undefined][] = [
  ['POST', 'openai-chat', '/v1/chat/completions', 'chat'],
  ['GET', 'openai-chat', '/v1/chat/completions', undefined],
  ['POST', 'openai-completions', '/v1/completions', 'text_completion'],
  ['POST', 'openai-responses', '/v1/responses', 'chat'],
  ['POST', 'openai-responses', '/v1/responses/', 'chat'],
  ['POST', 'openai-responses', '/v1/responses/resp_1/cancel', undefined],
  ['POST', 'anthropic-messages', '/v1/messages', 'chat'],
  ['POST', 'anthropic-messages', '/v1/messages/count_tokens', undefined],
  ['POST', 'anthropic-messages', '/own/path', 'chat'],
  ['POST', 'openai', '/v1/embeddings', 'embeddings'],
  ['POST', 'openai', '/v1/files', undefined],
  ['POST', 'unknown', '/chat', undefined],
]

test.for(operations)('%s %s %s is %s', ([method, dialect, path, operation]) => {
  const rest = { scheme: 'http', authority: 'a', httpVersion: '1.1', route: 'r', rule: 'r', pathTemplate: '/' } as const
  expect(operationOf({ method, dialect, path, ...rest, header: () => undefined })).toBe(operation)
})

describe('the provider', () => {
  const cases: [names: string | Record<string, string> | undefined, backend: string, dialect: string, name: string][] =
    [
      [undefined, 'a', 'openai-chat', 'openai'],
      [undefined, 'a', 'anthropic-messages', 'anthropic'],
      ['azure.ai.openai', 'a', 'openai-chat', 'azure.ai.openai'],
      [{ a: 'mistral_ai' }, 'a', 'openai-chat', 'mistral_ai'],
      [{ a: 'mistral_ai' }, 'b', 'openai-chat', 'openai'],
      [{}, 'constructor', 'openai-chat', 'openai'],
    ]
  test.for(cases)('%j for %s that speaks %s is %s', ([names, backend, dialect, name]) => {
    expect(providerOf(names, backend, dialect)).toBe(name)
  })
})

describe('the model that is asked for', () => {
  const body = Buffer.from('{"model":"gpt-4"}')
  const attempt = { backend: 'a', endpoint: 'http://a', path: '/' }
  test('is that of the config, whatever the body says and without a look at it', () => {
    expect(requestModel({ ...attempt, model: 'm-1', body }, 0)).toBe('m-1')
  })
  test('is read from a body up to the bound, and from none by default', () => {
    const read = (mostBytes: number): string | undefined =>
      requestModel({ ...attempt, model: undefined, body }, mostBytes)
    expect([body.length, body.length - 1, 0].map(read)).toEqual(['gpt-4', undefined, undefined])
  })
  test.for(['{"model":7}', '{"model":""}', '{"model":"a","model":"b"}', 'no json', ''])('is not told by %s', (text) => {
    expect(requestModel({ ...attempt, model: undefined, body: Buffer.from(text) }, 1000)).toBeUndefined()
  })
  test('is cut where it is long', () => {
    const long = Buffer.from(JSON.stringify({ model: 'm'.repeat(1000) }))
    expect(requestModel({ ...attempt, model: undefined, body: long }, 10_000)).toHaveLength(256)
  })
})
