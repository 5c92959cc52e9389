/** Paths and their dialects, against a slow reading of the same rules. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { dialectOf, isEventStreamDialect } from './dialect-of.ts'
import type { DialectName } from './dialect-of.ts'

/** Every UTF-16 unit, line ends, controls and lone surrogates included. */
const anyText = fc.string({ unit: fc.oneof(fc.nat(0x7f), fc.nat(0xffff)).map((unit) => String.fromCharCode(unit)) })

describe('the dialect of a path', () => {
  test.for<[string, DialectName]>([
    ['/v1/chat/completions', 'openai-chat'],
    ['/chat/completions', 'openai-chat'],
    ['/openai/v1/chat/completions', 'openai-chat'],
    ['/openai/deployments/gpt-4/chat/completions?api-version=2024-06-01', 'openai-chat'],
    ['/v1/chat/completions/', 'openai-chat'],
    ['/v1/chat/completions?a=/v1/messages', 'openai-chat'],
    ['/v1/chat/completions#/v1/messages', 'openai-chat'],
    ['/v1/completions', 'openai-completions'],
    ['/completions', 'openai-completions'],
    ['/chat-completions', 'unknown'],
    ['/v1/xcompletions', 'openai'],
    ['/v1/chat/completions/cc-1', 'openai'],
    ['/v1/responses', 'openai-responses'],
    ['/responses', 'openai-responses'],
    ['/v1/responses/resp_1', 'openai-responses'],
    ['/v1/responses/resp_1/cancel', 'openai-responses'],
    ['/v1/responsesx', 'openai'],
    ['/v1/embeddings', 'openai'],
    ['/v1/models', 'openai'],
    ['/v1', 'openai'],
    ['/v1/', 'openai'],
    ['/v1/messages', 'anthropic-messages'],
    ['/messages', 'anthropic-messages'],
    ['/anthropic/v1/messages', 'anthropic-messages'],
    ['/anthropic/messages', 'anthropic-messages'],
    ['/v1/messages/count_tokens', 'anthropic-messages'],
    ['/v1/messages/batches/b_1/results', 'anthropic-messages'],
    ['/v1/messages?beta=true', 'anthropic-messages'],
    ['/v1/threads/t_1/messages', 'openai'],
    ['/threads/t_1/messages', 'unknown'],
    ['/threads/messages', 'anthropic-messages'],
    ['/V1/Messages', 'unknown'],
    ['/v10/messages', 'anthropic-messages'],
    ['/v10/models', 'unknown'],
    ['/v1/v10/models', 'openai'],
    ['/v1beta/models', 'unknown'],
    ['/v1?/messages', 'openai'],
    ['/api/v2/things', 'unknown'],
    ['/', 'unknown'],
    ['', 'unknown'],
    ['*', 'unknown'],
    ['?/v1/messages', 'unknown'],
  ])('%s is %s', ([path, expected]) => {
    expect(dialectOf(path)).toBe(expected)
  })

  test('any mount, any query and slashes at the end leave it as it is', () => {
    const element = fc.stringMatching(/^[a-z0-9._~%-]{1,8}$/)
    const known = fc.constantFrom(
      '/v1/chat/completions',
      '/v1/completions',
      '/v1/responses',
      '/v1/messages',
      '/v1/embeddings',
    )
    fc.assert(
      fc.property(fc.array(element), known, fc.string(), fc.nat(3), (mount, path, query, slashes) => {
        const whole = `${mount.map((part) => `/${part}`).join('')}${path}${'/'.repeat(slashes)}?${query}`
        expect(dialectOf(whole)).toBe(dialectOf(path))
      }),
    )
  })

  test('every text has one', () => {
    fc.assert(fc.property(anyText, (path) => typeof dialectOf(path) === 'string'))
    fc.assert(
      fc.property(fc.array(fc.constantFrom('/', 'v1', 'v', '1', 'messages', 'threads', 'responses', '?')), (parts) => {
        const path = parts.join('')
        expect(dialectOf(path)).toBe(slowDialectOf(path))
      }),
    )
  })
})

/** The same rules on a list of elements. */
function slowDialectOf(target: string): DialectName {
  const path = (/^[^?#]*/.exec(target)?.[0] ?? '').replace(/\/+$/, '')
  // What stands before the first slash is no whole element.
  const elements = path.split('/').slice(1)
  const last = elements.at(-1)
  if (last === 'completions') return elements.at(-2) === 'chat' ? 'openai-chat' : 'openai-completions'
  const version = elements.lastIndexOf('v1')
  if (version >= 0) {
    if (elements[version + 1] === 'messages') return 'anthropic-messages'
    return elements[version + 1] === 'responses' ? 'openai-responses' : 'openai'
  }
  if (last === 'responses') return 'openai-responses'
  return last === 'messages' && elements.at(-3) !== 'threads' ? 'anthropic-messages' : 'unknown'
}

test.for<[DialectName, boolean]>([
  ['openai-chat', true],
  ['openai-completions', true],
  ['openai-responses', true],
  ['anthropic-messages', true],
  ['openai', false],
  ['unknown', false],
])('%s has event streams of a known format: %s', ([dialect, expected]) => {
  expect(isEventStreamDialect(dialect)).toBe(expected)
})
