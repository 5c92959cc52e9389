/** Replies of the servers, and replies of all kinds against parsing the whole. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { DialectName } from './dialect-of.ts'
import type { ReplyFacts } from './facts.ts'
import { parseJson } from './json.ts'
import { replyFacts } from './reply-facts.ts'

const edge = 4096

function factsOf(dialect: DialectName, text: string, stream: boolean): ReplyFacts | undefined {
  const bytes = Buffer.from(text)
  const head = bytes.subarray(0, edge)
  return replyFacts(dialect, { head, tail: bytes.length <= edge ? head : bytes.subarray(-edge), stream })
}

const long = 'x"\\'.repeat(4000)
const openai = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 }
const response = { input_tokens: 9, input_tokens_details: { cached_tokens: 4 }, output_tokens: 12, total_tokens: 21 }
const both = { input: 9, output: 12 }

describe('a JSON reply', () => {
  test.for<[string, DialectName, object, ReplyFacts | undefined]>([
    [
      'of OpenAI chat',
      'openai-chat',
      {
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1,
        model: 'gpt-4o-2024-08-06',
        choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
        usage: { ...openai, prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 } },
        system_fingerprint: 'fp_1',
      },
      { model: 'gpt-4o-2024-08-06', usage: { ...both, cached: 0 } },
    ],
    [
      'longer than its edges',
      'openai-chat',
      { model: 'm', choices: [{ message: { content: long } }], usage: openai, kv_transfer_params: null },
      { model: 'm', usage: both },
    ],
    [
      'with its fields at the end',
      'openai-completions',
      { choices: [{ text: long }], created: 1, model: 'm', object: 'text_completion', usage: openai },
      { model: 'm', usage: both },
    ],
    [
      'with its fields at the beginning',
      'openai-completions',
      { usage: openai, model: 'm', choices: [{ text: long }] },
      { model: 'm', usage: both },
    ],
    [
      'of OpenAI embeddings',
      'openai',
      {
        object: 'list',
        data: [{ object: 'embedding', index: 0, embedding: Array.from({ length: 1536 }, () => -0.0123) }],
        model: 'text-embedding-3-small',
        usage: { prompt_tokens: 8, total_tokens: 8 },
      },
      { model: 'text-embedding-3-small', usage: { input: 8 } },
    ],
    [
      'of OpenAI responses',
      'openai-responses',
      { id: 'resp_1', model: 'gpt-5', output: [{ usage: openai, text: long }], tools: [], usage: response, user: null },
      { model: 'gpt-5', usage: { ...both, cached: 4 } },
    ],
    [
      'of Anthropic, whose input is without the cache',
      'anthropic-messages',
      {
        model: 'claude-sonnet-4-5',
        content: [{ type: 'tool_use', input: { usage: { input_tokens: 1, output_tokens: 1 }, model: 'no' } }],
        usage: {
          input_tokens: 3,
          cache_creation_input_tokens: 20,
          cache_read_input_tokens: 100,
          cache_creation: { ephemeral_5m_input_tokens: 20 },
          output_tokens: 7,
        },
      },
      { model: 'claude-sonnet-4-5', usage: { input: 123, output: 7, cached: 100 } },
    ],
    [
      'of Anthropic without a cache',
      'anthropic-messages',
      { model: 'm', usage: { input_tokens: 3, cache_read_input_tokens: null, output_tokens: 7 } },
      { model: 'm', usage: { input: 3, output: 7 } },
    ],
    [
      'of DeepSeek',
      'openai-chat',
      { model: 'm', usage: { ...openai, prompt_cache_hit_tokens: 8, prompt_cache_miss_tokens: 1 } },
      { model: 'm', usage: { ...both, cached: 8 } },
    ],
    [
      'of Moonshot',
      'openai-chat',
      { model: 'm', usage: { ...openai, cached_tokens: 8 } },
      { model: 'm', usage: { ...both, cached: 8 } },
    ],
    [
      'of vLLM, with nothing where there are no details',
      'openai-chat',
      { model: '/models/llama', choices: [], usage: { ...openai, prompt_tokens_details: null } },
      { model: '/models/llama', usage: both },
    ],
    ['that says no model', 'openai-chat', { usage: openai }, { usage: both }],
    ['that says no tokens', 'openai-chat', { model: 'm', usage: null }, { model: 'm' }],
    ['with a total alone', 'openai', { model: 'm', usage: { total_tokens: 5 } }, { model: 'm' }],
    [
      'with numbers that are no counts',
      'openai-chat',
      { usage: { prompt_tokens: -1, completion_tokens: 1.5, cached_tokens: '3' } },
      undefined,
    ],
    ['with a model that is none', 'openai-chat', { model: { usage: openai } }, undefined],
    ['with an empty model', 'openai-chat', { model: '' }, undefined],
    ['with a model that is too long', 'openai-chat', { model: 'm'.repeat(257) }, undefined],
    ['that is an error', 'openai-chat', { error: { message: 'x', usage: openai, model: 'm' } }, undefined],
    ['that is a list', 'openai', [{ model: 'm', usage: openai }], undefined],
    ['of another API', 'unknown', { model: 'm', usage: openai }, undefined],
  ])('%s', ([, dialect, reply, facts]) => {
    expect(factsOf(dialect, JSON.stringify(reply), false)).toStrictEqual(facts)
    expect(factsOf(dialect, `${JSON.stringify(reply, undefined, 2)}\r\n`, false)).toStrictEqual(facts)
  })

  test('that broke off says what its head says', () => {
    const head = Buffer.from('{"model":"m","content":[{"input":{"usage":{"input_tokens":1}}')
    expect(replyFacts('anthropic-messages', { head, tail: Buffer.alloc(0), stream: false })).toEqual({ model: 'm' })
  })
})

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('"usage":{"prompt_tokens":1}', '\\', '"', '\\"', '}', '{"model":"no"}', '"model":"no",', ',"'),
)
const counts = fc.record(
  {
    prompt_tokens: fc.oneof(fc.nat(), fc.constantFrom(null, 'x')),
    completion_tokens: fc.nat(),
    input_tokens: fc.nat(),
    output_tokens: fc.nat(),
    cache_read_input_tokens: fc.option(fc.nat()),
    prompt_tokens_details: fc.option(fc.record({ cached_tokens: fc.nat(), text })),
  },
  { requiredKeys: [] },
)
const nested = fc.oneof(
  text,
  fc.integer(),
  fc.jsonValue({ stringUnit: 'binary', maxDepth: 3 }),
  fc.array(fc.record({ usage: counts, model: text }, { requiredKeys: [] }), { maxLength: 2 }),
  fc.record({ message: fc.record({ usage: counts, model: text }), usage: counts, model: text }),
)
const fields = fc.uniqueArray(
  fc.oneof(
    fc.tuple(fc.constant('usage'), fc.oneof({ weight: 3, arbitrary: counts }, nested)),
    fc.tuple(fc.constant('model'), fc.oneof({ weight: 3, arbitrary: text }, nested)),
    fc.tuple(text, nested),
  ),
  { selector: ([name]) => name, maxLength: 6 },
)
const dialect = fc.constantFrom<DialectName>('openai-chat', 'openai', 'openai-responses', 'anthropic-messages')

/** Some of the letters of the two names as escapes. */
function jsonOf(entries: readonly (readonly [string, unknown])[], indent: number, escape: boolean): string {
  const json = JSON.stringify(Object.fromEntries(entries), undefined, indent)
  return escape ? json.replaceAll('"usage"', '"us\\u0061ge"').replaceAll('"model"', '"\\u006dodel"') : json
}

/** The facts that are there, of the right ones. */
function rightFor(facts: ReplyFacts | undefined, whole: ReplyFacts | undefined): ReplyFacts | undefined {
  if (facts?.model === undefined) return facts && whole?.usage && { usage: whole.usage }
  return facts.usage === undefined ? { model: whole?.model ?? '' } : whole
}

describe('any JSON object', () => {
  const body = fc.tuple(fields, fc.nat(2), fc.boolean())

  test('says what its parts say, when it is there as a whole', () => {
    fc.assert(
      fc.property(dialect, body, (name, [entries, indent, escape]) => {
        const bytes = Buffer.from(jsonOf(entries, indent, escape))
        const parsed = parseJson(bytes.toString()) as { model?: unknown; usage?: unknown }
        const plain = Buffer.from(JSON.stringify({ model: parsed.model, usage: parsed.usage }))
        expect(replyFacts(name, { head: bytes, tail: bytes, stream: false })).toEqual(
          replyFacts(name, { head: plain, tail: plain, stream: false }),
        )
      }),
      { numRuns: 2000 },
    )
  })

  test('cut anywhere says the same or less', () => {
    fc.assert(
      fc.property(dialect, body, fc.nat(), fc.nat(), (name, [entries, indent, escape], first, last) => {
        const bytes = Buffer.from(jsonOf(entries, indent, escape))
        const head = bytes.subarray(0, first % bytes.length)
        const tail = bytes.subarray(last % bytes.length)
        const whole = replyFacts(name, { head: bytes, tail: bytes, stream: false })
        const facts = replyFacts(name, { head, tail, stream: false })
        expect(facts).toEqual(rightFor(facts, whole))
      }),
      { numRuns: 3000 },
    )
  })

  test('says everything where head and tail have it', () => {
    fc.assert(
      fc.property(dialect, text, counts, fc.nat(2), (name, content, usage, indent) => {
        const usages = JSON.stringify(usage, undefined, indent)
        const bytes = Buffer.from(`{"model":"m","choices":${JSON.stringify([content, long])},"usage":${usages}}\n`)
        const [head, tail] = [bytes.subarray(0, 20), bytes.subarray(-usages.length - 200)]
        const whole = replyFacts(name, { head: bytes, tail: bytes, stream: false })
        expect(whole?.model).toBe('m')
        expect(replyFacts(name, { head, tail, stream: false })).toEqual(whole)
      }),
    )
  })
})

test('no bytes make it throw', () => {
  const pieces = [
    'data: {"usage":{',
    '"usage":{"prompt_tokens":1}',
    '"model":"m"',
    '\n\n',
    '\r',
    '{',
    '}',
    '"',
    '\\',
    ':',
  ]
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    fc.constantFrom(...pieces).map((piece) => Buffer.from(piece)),
  )
  const bytes = fc.array(part, { maxLength: 12 }).map((parts) => Buffer.concat(parts))
  fc.assert(
    fc.property(dialect, bytes, bytes, fc.boolean(), fc.boolean(), (name, head, tail, stream, isWhole) => {
      expect(() => replyFacts(name, { head, tail: isWhole ? head : tail, stream })).not.toThrow()
    }),
    { numRuns: 3000 },
  )
})
