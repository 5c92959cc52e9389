/** Event streams of the servers, and streams of all kinds, cut and broken off anywhere, against reading every event. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { DialectName } from './dialect-of.ts'
import { EventReader } from './event-reader.ts'
import type { ReplyFacts } from './facts.ts'
import { isObject, parseJson } from './json.ts'
import type { JsonObject } from './json.ts'
import { replyFacts } from './reply-facts.ts'
import { usageOf } from './usage.ts'

const edge = 4096
const none = Buffer.alloc(0)

function factsOf(dialect: DialectName, text: string): ReplyFacts | undefined {
  const bytes = Buffer.from(text)
  const head = bytes.subarray(0, edge)
  return replyFacts(dialect, { head, tail: bytes.length <= edge ? head : bytes.subarray(-edge), stream: true })
}

const sse = (data: object, event?: string): string =>
  `${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`
const named = (data: { readonly type: string }): string => sse(data, data.type)
const done = 'data: [DONE]\n\n'

const word = (more: object = {}): string =>
  sse({ id: 'c', model: 'm', choices: [{ index: 0, delta: { content: 'Hi, "usage":{' } }], ...more })
const counts = { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 }
const both = { input: 9, output: 12 }

const start = (usage: object): string =>
  named({ type: 'message_start', message: { id: 'msg_1', model: 'claude', content: [], usage } } as { type: string })
const delta = (usage: object): string =>
  named({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage } as { type: string })
const blockDelta = named({ type: 'content_block_delta', delta: { type: 'text_delta', text: 'Hi' } } as { type: string })
const stop = named({ type: 'message_stop' })

const long = 'x"\\'.repeat(4000)
const usage = { input_tokens: 9, input_tokens_details: { cached_tokens: 4 }, output_tokens: 12, total_tokens: 21 }
const created = (more: object = {}): string =>
  named({ type: 'response.created', response: { id: 'r', ...more, model: 'gpt-5', usage: null } } as { type: string })
const completed = (response: object): string => named({ type: 'response.completed', response } as { type: string })

describe('a stream', () => {
  test.for<[string, DialectName, string, ReplyFacts | undefined]>([
    [
      'of OpenAI chat',
      'openai-chat',
      word({ usage: null }).repeat(99) + sse({ model: 'm', choices: [], usage: counts }) + done,
      { model: 'm', usage: both },
    ],
    ['that was not asked for usage', 'openai-chat', word().repeat(99) + done, { model: 'm' }],
    ['that broke off', 'openai-chat', word({ usage: null }).repeat(99) + word().slice(0, 30), { model: 'm' }],
    [
      'of vLLM with running counts',
      'openai-chat',
      word({ usage: { prompt_tokens: 9, completion_tokens: 1 } }) + word({ usage: counts }) + done,
      { model: 'm', usage: both },
    ],
    [
      'of vLLM with running counts, that broke off within one',
      'openai-chat',
      word({ usage: counts }) + 'data: {"usage":{"prompt_tokens":9,"compl',
      { model: 'm', usage: both },
    ],
    [
      'of Mistral and older llama.cpp, with the last choice',
      'openai-chat',
      word().repeat(99) + sse({ model: 'm', choices: [{ delta: {}, finish_reason: 'stop' }], usage: counts }) + done,
      { model: 'm', usage: both },
    ],
    [
      'of Azure, whose first event names no model',
      'openai-chat',
      sse({ model: '', choices: [], prompt_filter_results: [] }) + word().repeat(99) + sse({ usage: counts }) + done,
      { model: 'm', usage: both },
    ],
    [
      'of TGI',
      'openai-completions',
      sse({ model: 'm', choices: [{ text: 'Hi' }] }) + sse({ model: 'm', choices: [], usage: counts }),
      { model: 'm', usage: both },
    ],
    [
      'of llama.cpp, with timings alone',
      'openai-chat',
      word() + word({ timings: { cache_n: 5, prompt_n: 4, prompt_ms: 1.5, predicted_n: 12 } }) + done,
      { model: 'm', usage: { ...both, cached: 5 } },
    ],
    [
      'of older llama.cpp, with timings that leave out the cache',
      'openai-completions',
      word() + word({ timings: { prompt_n: 4, predicted_n: 12 } }) + done,
      { model: 'm', usage: { output: 12 } },
    ],
    [
      'of Groq',
      'openai-chat',
      word() + word({ x_groq: { id: 'q', usage: { queue_time: 0.1, ...counts } } }) + done,
      { model: 'm', usage: both },
    ],
    [
      'of OpenRouter, with comments',
      'openai-chat',
      `: OPENROUTER PROCESSING\n\n${word()}: OPENROUTER PROCESSING\n\n${sse({ model: 'm', usage: counts })}${done}`,
      { model: 'm', usage: both },
    ],
    [
      'whose model only the last event names',
      'openai-chat',
      sse({ choices: [] }) + sse({ model: 'm', usage: counts }) + done,
      { model: 'm', usage: both },
    ],
    [
      'of a transcription, longer than the tail',
      'openai',
      sse({ type: 'transcript.text.done', text: long, usage: { type: 'tokens', ...usage } }),
      { usage: { ...both, cached: 4 } },
    ],
    [
      'of Anthropic',
      'anthropic-messages',
      start({ input_tokens: 3, cache_read_input_tokens: 100, cache_creation_input_tokens: 20, output_tokens: 1 }) +
        blockDelta.repeat(99) +
        delta({ output_tokens: 7 }) +
        stop,
      { model: 'claude', usage: { input: 123, output: 7, cached: 100 } },
    ],
    [
      'of Anthropic that counts again at the end',
      'anthropic-messages',
      start({ input_tokens: 0, output_tokens: 0 }) +
        blockDelta.repeat(99) +
        delta({ input_tokens: 5, output_tokens: 1 }) +
        delta({ input_tokens: null, cache_read_input_tokens: 2, output_tokens: 7 }) +
        stop,
      { model: 'claude', usage: { input: 7, output: 7, cached: 2 } },
    ],
    [
      'of Anthropic that broke off before it counted',
      'anthropic-messages',
      start({ input_tokens: 3, output_tokens: 1 }) + blockDelta,
      { model: 'claude', usage: { input: 3 } },
    ],
    [
      'of OpenAI responses',
      'openai-responses',
      created() + completed({ id: 'r', model: 'gpt-5', output: [], usage, user: null }),
      { model: 'gpt-5', usage: { ...both, cached: 4 } },
    ],
    [
      'of OpenAI responses, whose last event is longer than the tail',
      'openai-responses',
      created() + completed({ model: 'gpt-5', output: [{ content: long }], usage, metadata: {} }) + done,
      { model: 'gpt-5', usage: { ...both, cached: 4 } },
    ],
    [
      'of OpenAI responses, whose first event is longer than the head',
      'openai-responses',
      created({ instructions: long }) + completed({ instructions: long, model: 'gpt-5', output: [], usage }),
      { model: 'gpt-5', usage: { ...both, cached: 4 } },
    ],
    [
      'of OpenAI responses, with its type behind the response',
      'openai-responses',
      created() + sse({ response: { output: [long], usage }, sequence_number: 4, type: 'response.completed' }),
      { model: 'gpt-5', usage: { ...both, cached: 4 } },
    ],
    ['that says nothing', 'openai-chat', `: ping\n\n${done}`, undefined],
    ['that is no event stream', 'openai-chat', JSON.stringify({ model: 'm', usage: counts }), undefined],
    ['of another API', 'unknown', word({ usage: counts }), undefined],
    ['of nothing', 'openai-chat', '', undefined],
  ])('%s', ([, dialect, stream, facts]) => {
    expect(factsOf(dialect, stream)).toStrictEqual(facts)
    expect(factsOf(dialect, stream.replaceAll('\n', '\r\n'))).toStrictEqual(facts)
    expect(factsOf(dialect, stream.replaceAll('\n', '\r'))).toStrictEqual(facts)
    expect(factsOf(dialect, `\uFEFF${stream}`)).toStrictEqual(facts)
  })

  test('whose data goes over several lines', () => {
    const lines = 'data: {"model":"m",\n: comment\ndata: "usage":{"completion_tokens":3}\nid: 1\ndata: }\n\n'
    expect(factsOf('openai-chat', word({ usage: counts }) + lines)).toEqual({ model: 'm', usage: { output: 3 } })
  })
})

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('"usage":{"prompt_tokens":1}', '"usage":', 'data: {"usage":{}}\n\n', '\\', '"', '}', '\n\n', '\r'),
)
const someCounts = fc.record(
  {
    prompt_tokens: fc.nat(),
    completion_tokens: fc.nat(),
    input_tokens: fc.nat(),
    output_tokens: fc.nat(),
    cache_read_input_tokens: fc.option(fc.nat()),
    input_tokens_details: fc.record({ cached_tokens: fc.nat(), text }),
  },
  { requiredKeys: [] },
)
const usageField = fc.oneof(fc.constant(null), someCounts)
/** What may stand in an event beside the facts, with fields of their names in it. */
const noise = fc.oneof(text, fc.array(fc.record({ text, usage: someCounts, model: text }), { maxLength: 2 }))

/** Fields in any order. */
function shuffled(object: object, seed: number): object {
  const entries = Object.entries(object)
  const at = entries.length === 0 ? 0 : seed % entries.length
  return Object.fromEntries([...entries.slice(at), ...entries.slice(0, at)])
}

const chatEvent = fc
  .tuple(
    fc.record({ model: fc.constantFrom('m', ''), choices: noise, usage: usageField }, { requiredKeys: [] }),
    fc.nat(),
  )
  .map(([event, seed]) => shuffled(event, seed))
const responsesEvent = fc
  .tuple(
    fc.constantFrom('response.in_progress', 'response.completed'),
    fc.record({ model: fc.constant('m'), output: noise, usage: usageField }, { requiredKeys: [] }),
    fc.option(noise),
    fc.nat(),
  )
  .map(([type, response, item, seed]) =>
    shuffled(item === null ? { type, response: shuffled(response, seed) } : { type: 'x', item }, seed),
  )
const block = noise.map((content) => ({ type: 'content_block_start', content_block: { input: content } }))
const messageDelta = fc
  .tuple(usageField, noise)
  .map(([counted, stopped]) => ({ type: 'message_delta', delta: stopped, usage: counted }))
const messageStart = fc
  .tuple(someCounts, noise)
  .map(([counted, content]) => ({ type: 'message_start', message: { model: 'm', content, usage: counted } }))

interface Stream {
  readonly dialect: DialectName
  readonly events: readonly string[]
}

/** An event as it may be written; over several lines where `lines` says so. */
const written = (event: fc.Arbitrary<object>): fc.Arbitrary<string> =>
  fc
    .record({
      event,
      lines: fc.integer({ min: -8, max: 2 }),
      name: fc.constantFrom('', 'event: x\n', ': c\n', 'id: 1\n'),
    })
    .map(({ event: object, lines, name }) => {
      const json = JSON.stringify(object, undefined, Math.max(0, lines))
      return `${name}${json.replaceAll(/^/gm, lines % 2 === 0 ? 'data: ' : 'data:')}\n\n`
    })
const streamOf = (dialect: DialectName, event: fc.Arbitrary<object>): fc.Arbitrary<Stream> =>
  fc.array(written(event), { maxLength: 6 }).map((events) => ({ dialect, events }))
const stream: fc.Arbitrary<Stream> = fc.oneof(
  streamOf('openai-chat', chatEvent),
  streamOf('openai', chatEvent),
  streamOf('openai-responses', responsesEvent),
  fc
    .tuple(
      written(messageStart),
      fc.array(written(block), { maxLength: 4 }),
      fc.array(written(messageDelta), { maxLength: 3 }),
      fc.subarray([stop]),
    )
    .map(([first, ...rest]): Stream => ({ dialect: 'anthropic-messages', events: [first, ...rest.flat()] })),
)

/** Reads every event. */
function oracle(dialect: DialectName, bytes: string): ReplyFacts {
  let last: JsonObject | undefined
  let model: string | undefined
  const reader = new EventReader()
  const chunk = Buffer.from(bytes)
  reader.feed(chunk, chunk.length)
  while (reader.next()) {
    const event = parseJson(reader.data) as JsonObject
    const holder = dialect === 'openai-responses' ? event['response'] : event['message']
    const object = isObject(holder) ? holder : dialect === 'openai-responses' ? {} : event
    if (typeof object['model'] === 'string' && object['model'] !== '') model ??= object['model']
    const counted = object['usage']
    if (!isObject(counted)) continue
    if (dialect === 'anthropic-messages') {
      const entries = Object.entries(counted).filter(([, value]) => value !== null)
      last = { ...last, ...Object.fromEntries(entries) }
      if (event['type'] === 'message_start') last = { ...last, output_tokens: undefined }
    } else last = counted
  }
  const counted = last && usageOf(dialect, last)
  return { ...(model === undefined ? {} : { model }), ...(counted === undefined ? {} : { usage: counted }) }
}

function hasUsage(whole: ReplyFacts | undefined, part: ReplyFacts['usage'] = {}): boolean {
  return (['input', 'output', 'cached'] as const).every(
    (name) => part[name] === undefined || part[name] === whole?.usage?.[name],
  )
}

const lineBreak = fc.constantFrom('\n', '\r\n', '\r')

describe('any stream', () => {
  test('that is there as a whole says what its events say', () => {
    fc.assert(
      fc.property(stream, lineBreak, ({ dialect, events }, ends) => {
        const whole = Buffer.from(events.join('').replaceAll('\n', ends))
        expect(replyFacts(dialect, { head: whole, tail: whole, stream: true }) ?? {}).toEqual(
          oracle(dialect, events.join('')),
        )
      }),
      { numRuns: 2000 },
    )
  })

  test('that broke off, with edges of any size, says the same or less', () => {
    fc.assert(
      fc.property(stream, lineBreak, fc.nat(), fc.nat(), fc.nat(), ({ dialect, events }, ends, off, first, last) => {
        const chunks = events.map((event) => Buffer.from(event.replaceAll('\n', ends)))
        const whole = Buffer.concat(chunks)
        const bytes = whole.subarray(0, whole.length - (off % 3 === 0 ? off % (whole.length + 1) : 0))
        const head = bytes.subarray(0, first % (bytes.length + 1))
        const tail = bytes.subarray(last % (bytes.length + 1))
        const facts = replyFacts(dialect, { head, tail: tail.equals(head) ? head : tail, stream: true })
        // An event whose end is missing may have said its tokens already, or not.
        let count = 0
        for (let length = 0; count < chunks.length && length < bytes.length; count++)
          length += chunks[count]?.length ?? 0
        const either = [count - 1, count].map((many) => oracle(dialect, events.slice(0, many).join('')))
        expect([undefined, ...either.map(({ model }) => model)]).toContain(facts?.model)
        expect([facts, either.some((whole) => hasUsage(whole, facts?.usage))]).toEqual([facts, true])
      }),
      { numRuns: 3000 },
    )
  })
})

test('a head without anything leaves what the tail says', () => {
  const tail = Buffer.from(`\n\n${word({ usage: counts })}${done}`)
  expect(replyFacts('openai-chat', { head: none, tail, stream: true })).toEqual({ model: 'm', usage: both })
  const deltas = Buffer.from(`\n\n${delta({ input_tokens: 5, output_tokens: 7 })}${stop}`)
  expect(replyFacts('anthropic-messages', { head: none, tail: deltas, stream: true })).toEqual({ usage: { output: 7 } })
})
