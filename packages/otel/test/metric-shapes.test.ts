/** The whole of what an SDK counts for known reports: every metric, its unit, boundaries, attributes and sums, and no other. */

import { describe, expect, test } from 'vitest'
import { openTelemetry } from '@headgate/otel'
import type { AttemptReport, RequestReport, TelemetryRequest } from 'headgate'
import { attemptReport, noHead, requestReport, telemetryRequest } from './made-reports.ts'
import { metricSdk } from './observed.ts'
import type { Point } from './observed.ts'

interface Played {
  readonly request?: Partial<TelemetryRequest>
  readonly attempts?: readonly Partial<AttemptReport>[]
  readonly report?: Partial<RequestReport>
}

async function play(semconvOptIn: string, { request, attempts = [{}], report }: Played = {}) {
  const sdk = metricSdk()
  const open = openTelemetry({ ...sdk, semconvOptIn, traces: false }).begin({ ...telemetryRequest, ...request })
  const reports = attempts.map((attempt) => ({ ...attemptReport, ...attempt }))
  for (const one of reports) {
    const { backend, endpoint } = one
    open?.attempt({ backend, endpoint, path: telemetryRequest.path, model: 'gpt-4', body: undefined }, noHead)
    open?.attemptEnded(one)
  }
  open?.ended({ ...requestReport, attempts: reports, ...report })
  const told = { points: await sdk.points(), shapes: await sdk.shapes() }
  await sdk.meterProvider.shutdown()
  return told
}

const httpSeconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const modelSeconds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
const firstTokenSeconds = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const tokenSeconds = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5]
const tokens = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864]

const server = { 'server.address': '::1', 'server.port': 443 }
const asked = { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4' }
const called = { ...asked, 'gen_ai.response.model': 'gpt-4-0613', 'headgate.backend': 'a' }
const client = { ...called, ...server }
const request = {
  'http.request.method': 'POST',
  'http.response.status_code': 200,
  'http.route': '/v1',
  'network.protocol.version': '2',
  'url.scheme': 'https',
}
const attempt = { 'http.request.method': 'POST', 'http.response.status_code': 200, ...server, 'headgate.backend': 'a' }

/** The same under both versions. */
const shared = {
  'http.server.request.duration': [{ attributes: request, count: 1, sum: 0.25 }],
  'http.client.request.duration': [{ attributes: attempt, count: 1, sum: 0.21 }],
  'gen_ai.server.request.duration': [{ attributes: called, count: 1, sum: 0.25 }],
  // One millisecond until the attempt began, a hundred until its first word.
  'gen_ai.server.time_to_first_token': [{ attributes: called, count: 1, sum: 0.101 }],
  // The other 19 tokens.
  'gen_ai.server.time_per_output_token': [{ attributes: called, count: 1, sum: 0.11 / 19 }],
}
const sharedShapes = {
  'http.server.request.duration': ['s', httpSeconds],
  'http.client.request.duration': ['s', httpSeconds],
  'gen_ai.server.request.duration': ['s', modelSeconds],
  'gen_ai.server.time_to_first_token': ['s', firstTokenSeconds],
  'gen_ai.server.time_per_output_token': ['s', tokenSeconds],
}

test('a stream, by the released conventions', async () => {
  const { points, shapes } = await play('')
  expect(points).toEqual({
    ...shared,
    'gen_ai.client.operation.duration': [{ attributes: client, count: 1, sum: 0.21 }],
    'gen_ai.client.operation.time_to_first_chunk': [{ attributes: client, count: 1, sum: 0.1 }],
    'gen_ai.client.token.usage': [
      { attributes: { ...client, 'gen_ai.token.type': 'input' }, count: 1, sum: 100 },
      { attributes: { ...client, 'gen_ai.token.type': 'output' }, count: 1, sum: 20 },
    ],
  })
  expect(shapes).toEqual({
    ...sharedShapes,
    'gen_ai.client.operation.duration': ['s', modelSeconds],
    'gen_ai.client.operation.time_to_first_chunk': ['s', modelSeconds],
    'gen_ai.client.token.usage': ['{token}', tokens],
  })
})

test('a stream, by the latest', async () => {
  const { points, shapes } = await play('gen_ai_latest_experimental')
  const counted = { ...client, 'gen_ai.token.modality': 'unknown' }
  const usage = 'gen_ai.client.inference.usage'
  expect(points).toEqual({
    ...shared,
    'gen_ai.client.inference.duration': [{ attributes: client, count: 1, sum: 0.21 }],
    'gen_ai.client.inference.time_to_first_chunk': [{ attributes: client, count: 1, sum: 0.1 }],
    [`${usage}.input_tokens`]: [{ attributes: counted, count: 100, sum: 100 }],
    [`${usage}.output_tokens`]: [{ attributes: counted, count: 20, sum: 20 }],
    [`${usage}.cache_read.input_tokens`]: [{ attributes: counted, count: 64, sum: 64 }],
  })
  expect(shapes).toEqual({
    ...sharedShapes,
    'gen_ai.client.inference.duration': ['s', modelSeconds],
    'gen_ai.client.inference.time_to_first_chunk': ['s', modelSeconds],
    [`${usage}.input_tokens`]: ['{token}', 'sum'],
    [`${usage}.output_tokens`]: ['{token}', 'sum'],
    [`${usage}.cache_read.input_tokens`]: ['{token}', 'sum'],
  })
})

describe('embeddings', () => {
  const embeddings: Played = {
    request: { dialect: 'openai', path: '/v1/embeddings' },
    attempts: [{ firstEventMs: undefined as never, usage: { input: 100 } }],
  }
  const facts = { ...client, 'gen_ai.operation.name': 'embeddings' }

  test('have the metrics of all calls by the released conventions', async () => {
    const { points } = await play('', embeddings)
    expect(points['gen_ai.client.operation.duration']).toEqual([{ attributes: facts, count: 1, sum: 0.21 }])
    expect(points['gen_ai.client.token.usage']).toEqual([
      { attributes: { ...facts, 'gen_ai.token.type': 'input' }, count: 1, sum: 100 },
    ])
  })

  test('have their own by the latest', async () => {
    const { points, shapes } = await play('gen_ai_latest_experimental', embeddings)
    const own = Object.entries(points).filter(([name]) => name.startsWith('gen_ai.client'))
    expect(Object.fromEntries(own)).toEqual({
      'gen_ai.client.embeddings.duration': [{ attributes: facts, count: 1, sum: 0.21 }],
      'gen_ai.client.embeddings.operation.input_tokens': [{ attributes: facts, count: 1, sum: 100 }],
    })
    expect(shapes).toMatchObject({
      'gen_ai.client.embeddings.duration': ['s', modelSeconds],
      'gen_ai.client.embeddings.operation.input_tokens': ['{token}', tokens],
    })
  })
})

describe('gen_ai.server', () => {
  const ofServer = (points: Record<string, Point[]>): object =>
    Object.fromEntries(Object.entries(points).filter(([name]) => name.startsWith('gen_ai.server')))
  const { 'gen_ai.response.model': _, ...unserved } = called
  const { 'headgate.backend': __, 'gen_ai.request.model': ___, ...nobody } = unserved

  const cases: [name: string, played: Played, due: object][] = [
    [
      'a request is one, whatever its attempts, and its first token is late by those before',
      {
        attempts: [
          { backend: 'b', status: 503, outcome: '503', firstEventMs: undefined as never, model: undefined as never },
          { startMs: 500, cause: 'fallback' },
        ],
        report: { durationMs: 750 },
      },
      {
        'gen_ai.server.request.duration': [{ attributes: called, count: 1, sum: 0.75 }],
        'gen_ai.server.time_to_first_token': [{ attributes: called, count: 1, sum: 0.6 }],
        'gen_ai.server.time_per_output_token': [{ attributes: called, count: 1, sum: 0.11 / 19 }],
      },
    ],
    [
      'a stream without counted tokens',
      { attempts: [{ usage: undefined as never }] },
      {
        'gen_ai.server.request.duration': [{ attributes: called, count: 1, sum: 0.25 }],
        'gen_ai.server.time_to_first_token': [{ attributes: called, count: 1, sum: 0.101 }],
      },
    ],
    [
      'a stream of one token',
      { attempts: [{ usage: { output: 1 } }] },
      {
        'gen_ai.server.request.duration': [{ attributes: called, count: 1, sum: 0.25 }],
        'gen_ai.server.time_to_first_token': [{ attributes: called, count: 1, sum: 0.101 }],
      },
    ],
    [
      'a reply that was no stream',
      { attempts: [{ firstEventMs: undefined as never }] },
      { 'gen_ai.server.request.duration': [{ attributes: called, count: 1, sum: 0.25 }] },
    ],
    [
      'a stream that broke',
      { attempts: [{ outcome: 'reset' }], report: { result: 'broken', code: 'upstream_reset' } },
      {
        'gen_ai.server.request.duration': [
          { attributes: { ...unserved, 'error.type': 'upstream_reset' }, count: 1, sum: 0.25 },
        ],
      },
    ],
    [
      'a caller that left',
      { attempts: [{ outcome: 'cancelled' }], report: { result: 'abandoned' } },
      { 'gen_ai.server.request.duration': [{ attributes: unserved, count: 1, sum: 0.25 }] },
    ],
    [
      'a reply of a backend that is an error',
      { attempts: [{ outcome: '400', status: 400 }], report: { status: 400 } },
      {
        'gen_ai.server.request.duration': [
          { attributes: { ...unserved, 'gen_ai.request.model': '_OTHER', 'error.type': '400' }, count: 1, sum: 0.25 },
        ],
      },
    ],
    [
      'a refusal before any attempt',
      {
        attempts: [],
        report: { status: 429, result: 'answered', code: 'rate_limited', backend: undefined },
      },
      {
        'gen_ai.server.request.duration': [
          { attributes: { ...nobody, 'error.type': 'rate_limited' }, count: 1, sum: 0.25 },
        ],
      },
    ],
    ['a request that asks no model', { request: { method: 'GET' } }, {}],
  ]
  test.for(cases)('%s', async ([, played, due]) => {
    expect(ofServer((await play('', played)).points)).toEqual(due)
  })
})
