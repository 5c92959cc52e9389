/** Whole streams and broken ones, cut anywhere, until their commit. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { DialectName } from './dialect-of.ts'
import { StreamJudge } from './stream-judge.ts'
import type { StreamCaps, StreamVerdict } from './stream-judge.ts'

const sse = (data: object, event?: string): string =>
  `${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`
const chat = (delta: object, finish: string | null = null): string =>
  sse({ id: 'c-1', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] })
const named = (data: { readonly type: string }): string => sse(data, data.type)

interface Api {
  readonly dialect: DialectName
  /** What comes before the first word. */
  readonly opening: readonly string[]
  readonly ping: string
  readonly word: string
  readonly rest: string
  readonly error: string
  readonly rateLimit: string
  readonly overloaded: string
  readonly malformed: string
}

const openaiError = (code: string): object => ({ message: 'x', type: 'server_error', param: null, code })
const failed = (code: string): string =>
  named({ type: 'response.failed', response: { status: 'failed', error: { code, message: 'x' } } } as { type: string })
const anthropicError = (type: string): string =>
  named({ type: 'error', error: { type, message: 'x' } } as { type: string })

const apis: readonly Api[] = [
  {
    dialect: 'openai-chat',
    opening: [chat({ role: 'assistant', content: '' })],
    ping: ': ping\n\n',
    word: chat({ content: 'Hi' }),
    rest: `${chat({}, 'stop')}data: [DONE]\n\n`,
    error: sse({ error: openaiError('server_error') }),
    rateLimit: sse({ error: openaiError('rate_limit_exceeded') }),
    overloaded: sse({ error: openaiError('slow_down') }),
    malformed: 'data: {"choices":[{"delta":\n\n',
  },
  {
    dialect: 'openai-completions',
    opening: [sse({ choices: [{ text: '', finish_reason: null }] })],
    ping: ': ping\n\n',
    word: sse({ choices: [{ text: 'Hi', finish_reason: null }] }),
    rest: `${sse({ choices: [{ text: '', finish_reason: 'stop' }] })}data: [DONE]\n\n`,
    error: sse({ error: openaiError('server_error') }),
    rateLimit: sse({ error: 'x', error_type: 'too_many_requests' }),
    overloaded: sse({ error: 'x', error_type: 'overloaded' }),
    malformed: 'data: Internal Server Error\n\n',
  },
  {
    dialect: 'openai-responses',
    opening: [
      named({ type: 'response.created', response: { error: null } } as { type: string }),
      named({ type: 'response.output_item.added', item: { type: 'message', content: [] } } as { type: string }),
    ],
    ping: named({ type: 'keepalive' }),
    word: named({ type: 'response.output_text.delta', delta: 'Hi' } as { type: string }),
    rest: named({ type: 'response.completed', response: {} } as { type: string }),
    error: failed('server_error'),
    rateLimit: failed('rate_limit_exceeded'),
    overloaded: failed('server_is_overloaded'),
    malformed: 'event: response.created\ndata: {"type"\n\n',
  },
  {
    dialect: 'anthropic-messages',
    opening: [
      named({ type: 'message_start', message: { content: [] } } as { type: string }),
      named({ type: 'content_block_start', content_block: { type: 'text', text: '' } } as { type: string }),
    ],
    ping: named({ type: 'ping' }),
    word: named({ type: 'content_block_delta', delta: { type: 'text_delta', text: 'Hi' } } as { type: string }),
    rest: named({ type: 'message_stop' }),
    error: anthropicError('api_error'),
    rateLimit: anthropicError('rate_limit_error'),
    overloaded: anthropicError('overloaded_error'),
    malformed: 'event: message_start\ndata: <html>\n\n',
  },
]

function judge(dialect: DialectName, chunks: readonly Buffer[], caps?: StreamCaps): StreamVerdict[] {
  const stream = new StreamJudge(dialect, caps)
  return chunks.map((chunk) => stream.push(chunk))
}

function judgeText(dialect: DialectName, text: string): StreamJudge {
  const stream = new StreamJudge(dialect)
  stream.push(Buffer.from(text))
  return stream
}

describe.for(apis)('$dialect', ({ dialect, opening, ping, word, rest, error, rateLimit, overloaded, malformed }) => {
  const open = opening.join('')

  test('a healthy stream is held until its first word, and commits there', () => {
    const stream = new StreamJudge(dialect)
    for (const event of [ping, ...opening, ping]) expect(stream.push(Buffer.from(event))).toBe('hold')
    expect(stream.push(Buffer.from(word))).toBe('commit')
    expect(stream.push(Buffer.from(error))).toBe('commit')
    expect(stream.end()).toBe('commit')
    expect(stream.failure).toBe(undefined)
  })

  test('in one piece it commits, whatever comes after its first word', () => {
    expect(judgeText(dialect, open + word + rest).verdict).toBe('commit')
    expect(judgeText(dialect, open + word + error).verdict).toBe('commit')
    expect(judgeText(dialect, open + word + malformed).verdict).toBe('commit')
  })

  test.for<[string, string, string, number]>([
    ['an error as the first event', error, 'error-event', 500],
    ['an error after the opening', open + error, 'error-event', 500],
    ['an error after three pings', ping.repeat(3) + error, 'error-event', 500],
    ['an error right before the end', `${error}data: [DONE]\n\n`, 'error-event', 500],
    ['a rate limit', open + rateLimit, 'error-event', 429],
    ['an overload', open + overloaded, 'error-event', 503],
    ['an event that is no JSON', malformed, 'malformed', 502],
    ['an event that is no JSON after the opening', open + malformed, 'malformed', 502],
    ['the end without a word', `${open}data: [DONE]\n\n`, 'empty', 502],
  ])('%s fails at once and for good', ([, text, kind, status]) => {
    const stream = judgeText(dialect, text)
    expect(stream.verdict).toBe('failed')
    expect(stream.failure).toMatchObject({ kind, status })
    expect(stream.push(Buffer.from(word))).toBe('failed')
    expect(stream.end()).toBe('failed')
  })

  test.for<[string, string, string]>([
    ['nothing', '', 'empty'],
    ['keep-alives alone', ': keep-alive\n\n: keep-alive\n\n', 'empty'],
    ['pings alone', ping.repeat(3), 'empty'],
    ['the opening alone', open, 'empty'],
    ['what is no event stream', '<html>502 Bad Gateway</html>', 'empty'],
    ['JSON that is no event', '{"error":{"message":"x"}}', 'empty'],
    ['a word whose blank line is missing', open + word.slice(0, -1), 'empty'],
    ['a word that is cut', open + word.slice(0, -10), 'malformed'],
    ['an error that is not ended', error.slice(0, -2), 'error-event'],
  ])('%s fails at the end', ([, text, kind]) => {
    const stream = judgeText(dialect, text)
    expect(stream.verdict).toBe('hold')
    expect(stream.end()).toBe('failed')
    expect(stream.failure).toMatchObject({ kind })
    expect(stream.push(Buffer.from(word))).toBe('failed')
  })

  const piece = fc.constantFrom(
    ping,
    ...opening,
    word,
    error,
    malformed,
    rest,
    ': c\n',
    '\n',
    'data: x\r\n',
    '\r',
    'data:',
  )
  const bytes = fc
    .array(fc.oneof(piece, fc.uint8Array({ maxLength: 4 })), { maxLength: 8 })
    .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part as string))))
  const anyCaps = fc.record({ maxBytes: fc.nat(400), maxEvents: fc.nat(4) }, { requiredKeys: [] })

  test('the verdict is the same for every cutting, at every cap', () => {
    fc.assert(
      fc.property(bytes, anyCaps, fc.array(fc.nat(100)), (stream, caps, distances) => {
        const single = judge(
          dialect,
          [...stream].map((byte) => Buffer.from([byte])),
          caps,
        )
        let at = 0
        const judged = new StreamJudge(dialect, caps)
        for (const distance of [...distances, stream.length]) {
          const end = Math.min(stream.length, at + distance)
          expect(judged.push(stream.subarray(at, end))).toBe(end === 0 ? 'hold' : single[end - 1])
          at = end
        }
        const whole = new StreamJudge(dialect, caps)
        whole.push(stream)
        expect(whole.end()).toBe(judged.end())
        expect(whole.failure).toStrictEqual(judged.failure)
      }),
      { numRuns: 300 },
    )
  })

  test('no bytes make it throw', () => {
    const wild = fc.oneof(
      bytes,
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((json) => `data: ${json}\n\n`),
    )
    fc.assert(
      fc.property(fc.array(wild), (chunks) => {
        const stream = new StreamJudge(dialect)
        for (const chunk of chunks)
          expect(['hold', 'commit', 'failed']).toContain(stream.push(Buffer.from(chunk as string)))
        expect(['commit', 'failed']).toContain(stream.end())
        expect(stream.failure === undefined).toBe(stream.verdict === 'commit')
      }),
      { numRuns: 300 },
    )
  })
})

describe('caps', () => {
  const event = chat({ role: 'assistant' })

  test('a stream that says nothing in so many bytes commits', () => {
    expect(judge('openai-chat', [Buffer.from(event)], { maxBytes: event.length })).toEqual(['hold'])
    expect(judge('openai-chat', [Buffer.from(event)], { maxBytes: event.length - 1 })).toEqual(['commit'])
    expect(judge('openai-chat', [Buffer.from(`${event}:`)], { maxBytes: event.length })).toEqual(['commit'])
    expect(judge('openai-chat', [Buffer.alloc(128 * 1024, ':')])).toEqual(['hold'])
    expect(judge('openai-chat', [Buffer.alloc(128 * 1024, ':'), Buffer.from(':')])).toEqual(['hold', 'commit'])
  })

  test('a stream that says nothing in so many events commits', () => {
    const two = [Buffer.from(event), Buffer.from(event)]
    expect(judge('openai-chat', two, { maxEvents: 2 })).toEqual(['hold', 'hold'])
    expect(judge('openai-chat', two, { maxEvents: 1 })).toEqual(['hold', 'commit'])
    expect(judge('openai-chat', [Buffer.from(event.repeat(64)), Buffer.from(event)])).toEqual(['hold', 'commit'])
  })

  test('comments are bytes and no events', () => {
    expect(judge('openai-chat', [Buffer.from(': ping\n\n'.repeat(200))])).toEqual(['hold'])
  })

  test('an error beyond the cap comes too late', () => {
    const stream = new StreamJudge('openai-chat', { maxBytes: 100 })
    expect(stream.push(Buffer.from(`${': '.repeat(50)}\n\ndata: {"error":{}}\n\n`))).toBe('commit')
  })
})

describe.for<DialectName>(['openai', 'unknown'])('%s', (dialect) => {
  test('commits at its first byte, or at its end', () => {
    expect(judge(dialect, [Buffer.alloc(0), Buffer.from(':')])).toEqual(['hold', 'commit'])
    expect(new StreamJudge(dialect).end()).toBe('commit')
  })
})

describe('a classifier of its own', () => {
  test('judges each event until the first that is not held', () => {
    const seen: unknown[] = []
    const stream = new StreamJudge((event, data) => {
      seen.push([event, data])
      return data === 'go' ? 'commit' : 'hold'
    })
    expect(stream.push(Buffer.from('event: a\ndata: wait\n\ndata: go\n\ndata: more\n\n'))).toBe('commit')
    expect(seen).toEqual([
      ['a', 'wait'],
      [undefined, 'go'],
    ])
  })

  test('gives the failure', () => {
    const failure = { kind: 'error-event', status: 418, code: 'teapot' } as const
    const stream = new StreamJudge(() => failure)
    expect(stream.push(Buffer.from('data: x\n\n'))).toBe('failed')
    expect(stream.failure).toBe(failure)
  })

  test('that throws has no say', () => {
    const stream = new StreamJudge(() => {
      throw new Error('broken')
    })
    expect(stream.push(Buffer.from('data: x\n\n'))).toBe('commit')
  })
})
