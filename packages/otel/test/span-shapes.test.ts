/** The whole of what an SDK gets for each kind of request: every span, attribute, parent, status and link, and no other. */

import { describe, expect, test } from 'vitest'
import {
  cutReply,
  event,
  eventStream,
  failure,
  gate as newGate,
  json,
  refusingUrl,
  reset,
  silence,
  startUpstream,
} from '@headgate/testing'
import { attemptSpan, exactSpans, requestSpan } from './exact.ts'
import { bytesUntilBroken, chat, observe, question, route, spanSdk } from './observed.ts'

const fast = { base: 1, max: 1 }
const hello = event('{"model":"m-1","choices":[{"index":0,"delta":{"content":"hello"}}]}')
const counted = event('{"model":"m-1","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4}}')
const done = event('[DONE]')
const asked = { 'http.request.body.size': question.body.length }
const error503 = JSON.stringify({
  error: { message: 'Scripted failure 503.', type: 'scripted', param: null, code: 'scripted_503' },
}).length

const traceId = '0af7651916cd43dd8448eb211c80319c'
const callerId = 'b7ad6b7169203331'
const traced = { ...question.headers, traceparent: `00-${traceId}-${callerId}-01` }

test('a plain request below the span of its caller', async () => {
  const usage = { prompt_tokens: 9, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 5 } }
  const reply = { model: 'm-1', choices: [], usage }
  await using a = await startUpstream(json(reply))
  const sdk = spanSdk()
  await using gate = await observe(route({ a: a.url }), { ...sdk, requestModel: true })
  await (await fetch(`${gate.url}${chat}?key=1`, { ...question, headers: traced })).text()
  await gate.report(1)
  const size = { 'http.response.body.size': JSON.stringify(reply).length }
  expect(exactSpans(sdk)).toEqual([
    requestSpan(gate.url, { ...asked, ...size }, { parent: callerId }),
    attemptSpan(
      a.url,
      {
        ...size,
        'gen_ai.request.model': 'gpt-4',
        'gen_ai.response.model': 'm-1',
        'gen_ai.usage.input_tokens': 9,
        'gen_ai.usage.output_tokens': 4,
        'gen_ai.usage.cache_read.input_tokens': 5,
      },
      { name: 'chat gpt-4' },
    ),
  ])
  expect(sdk.spans().map((span) => span.spanContext().traceId)).toEqual([traceId, traceId])
})

test('a repeat and a fallback', async () => {
  await using a = await startUpstream(failure(503))
  await using b = await startUpstream(json({}))
  const sdk = spanSdk()
  const rule = { retry: { retries: 1, on: ['5xx'], backoff: fast }, fallback: { backends: ['b'] } }
  await using gate = await observe(route({ a: a.url, b: b.url }, rule), sdk)
  await (await fetch(gate.url + chat, { ...question, headers: traced })).text()
  await gate.report(1)
  const failed = {
    'http.response.status_code': 503,
    'http.response.body.size': error503,
    'headgate.attempt.outcome': '503',
    'error.type': '503',
  }
  expect(exactSpans(sdk)).toEqual([
    requestSpan(
      gate.url,
      { ...asked, 'http.response.body.size': 2, 'headgate.backend': 'b', 'headgate.attempts': 3 },
      { parent: callerId },
    ),
    attemptSpan(a.url, failed, { status: 'ERROR' }),
    attemptSpan(
      a.url,
      {
        ...failed,
        'http.request.resend_count': 1,
        'headgate.attempt.cause': 'repeat',
        'headgate.attempt.because': '503',
        'headgate.pick.candidates': [`${a.url} 0 tried`],
      },
      { status: 'ERROR', links: [1] },
    ),
    attemptSpan(
      b.url,
      {
        'http.response.body.size': 2,
        'http.request.resend_count': 2,
        'headgate.backend': 'b',
        'headgate.attempt.cause': 'fallback',
        'headgate.attempt.because': '503',
      },
      { links: [2] },
    ),
  ])
  expect(new Set(sdk.spans().map((span) => span.spanContext().traceId))).toEqual(new Set([traceId]))
})

test('an endpoint that cannot be reached', async () => {
  const url = await refusingUrl()
  const sdk = spanSdk()
  await using gate = await observe(route({ a: url }), sdk)
  const body = await (await fetch(gate.url + chat, question)).text()
  await gate.report(1)
  const failed = { 'http.response.status_code': undefined, 'http.response.body.size': 0 }
  expect(exactSpans(sdk)).toEqual([
    requestSpan(
      gate.url,
      {
        ...asked,
        'http.response.status_code': 502,
        'http.response.body.size': body.length,
        'headgate.result': 'answered',
        'headgate.code': 'upstream_unreachable',
        'headgate.backend': undefined,
        'error.type': 'upstream_unreachable',
      },
      { status: 'ERROR' },
    ),
    attemptSpan(
      url,
      { ...failed, 'headgate.attempt.outcome': 'connect-failure', 'error.type': 'connect-failure' },
      { status: 'ERROR' },
    ),
  ])
})

describe('a stream', () => {
  const facts = { 'gen_ai.response.model': 'm-1' }

  test('that comes to its end', async () => {
    await using a = await startUpstream(eventStream([hello, counted, done]))
    const sdk = spanSdk()
    await using gate = await observe(route({ a: a.url }), sdk)
    await (await fetch(gate.url + chat, question)).text()
    await gate.report(1)
    const size = { 'http.response.body.size': (hello + counted + done).length }
    expect(exactSpans(sdk)).toEqual([
      requestSpan(gate.url, { ...asked, ...size }),
      attemptSpan(a.url, {
        ...size,
        ...facts,
        'gen_ai.usage.input_tokens': 9,
        'gen_ai.usage.output_tokens': 4,
      }),
    ])
  })

  test('that breaks in the middle', async () => {
    await using a = await startUpstream(eventStream([hello, reset]))
    const sdk = spanSdk()
    await using gate = await observe(route({ a: a.url }), sdk)
    const reply = await fetch(gate.url + chat, question)
    // The event that tells of the break is the caller's as well.
    const told = await bytesUntilBroken(reply.body?.getReader())
    await gate.report(1)
    const size = { 'http.response.body.size': hello.length }
    expect(exactSpans(sdk)).toEqual([
      requestSpan(
        gate.url,
        {
          ...asked,
          'http.response.body.size': told,
          'headgate.result': 'broken',
          'headgate.code': 'upstream_reset',
          'error.type': 'upstream_reset',
        },
        { status: 'ERROR' },
      ),
      attemptSpan(
        a.url,
        { ...size, ...facts, 'headgate.attempt.outcome': 'reset', 'error.type': 'reset' },
        { status: 'ERROR' },
      ),
    ])
  })

  test('whose caller leaves', async () => {
    const more = newGate()
    await using a = await startUpstream(eventStream([hello, more]))
    const sdk = spanSdk()
    await using gate = await observe(route({ a: a.url }), sdk)
    const caller = new AbortController()
    const reply = await fetch(gate.url + chat, { ...question, signal: caller.signal })
    await reply.body?.getReader().read()
    caller.abort()
    await gate.report(1)
    const size = { 'http.response.body.size': hello.length }
    expect(exactSpans(sdk)).toEqual([
      requestSpan(gate.url, { ...asked, ...size, 'headgate.result': 'abandoned' }),
      attemptSpan(a.url, { ...size, ...facts, 'headgate.attempt.outcome': 'cancelled' }),
    ])
  })
})

test('a plain reply that is cut', async () => {
  await using a = await startUpstream(cutReply({ body: 'a long reply', after: 3, by: 'fin' }))
  const sdk = spanSdk()
  await using gate = await observe(route({ a: a.url }), sdk)
  await fetch(gate.url + chat, question)
    .then((reply) => reply.text())
    .catch(() => '')
  await gate.report(1)
  const size = { 'http.response.body.size': 3 }
  expect(exactSpans(sdk)).toEqual([
    requestSpan(
      gate.url,
      {
        ...asked,
        ...size,
        'headgate.result': 'broken',
        'headgate.code': 'upstream_reset',
        'error.type': 'upstream_reset',
      },
      { status: 'ERROR' },
    ),
    attemptSpan(a.url, { ...size, 'headgate.attempt.outcome': 'reset', 'error.type': 'reset' }, { status: 'ERROR' }),
  ])
})

test('a caller that leaves before there is a head', async () => {
  await using a = await startUpstream(silence)
  const sdk = spanSdk()
  await using gate = await observe(route({ a: a.url }), sdk)
  const caller = new AbortController()
  const reply = fetch(gate.url + chat, { ...question, signal: caller.signal }).catch(() => 'gone')
  await (
    await a.request(1)
  ).settled
  caller.abort()
  await reply
  await gate.report(1)
  const none = { 'http.response.status_code': undefined, 'http.response.body.size': 0 }
  expect(exactSpans(sdk)).toEqual([
    requestSpan(gate.url, { ...asked, ...none, 'headgate.result': 'abandoned' }),
    attemptSpan(a.url, { ...none, 'headgate.attempt.outcome': 'cancelled' }),
  ])
})

test('a request over its limit', async () => {
  await using a = await startUpstream(json({}))
  const sdk = spanSdk()
  const limits = [{ name: 'few', per: 'all' as const, tokens: 1, every: '1h' as const }]
  await using gate = await observe(route({ a: a.url }, { limits: ['few'] }, { limits }), sdk)
  await (await fetch(gate.url + chat, question)).text()
  const body = await (await fetch(gate.url + chat, question)).text()
  await gate.report(2)
  expect(exactSpans(sdk)).toEqual([
    requestSpan(gate.url, { ...asked, 'http.response.body.size': 2, 'headgate.limits': ['few=1'] }),
    attemptSpan(a.url, { 'http.response.body.size': 2 }),
    requestSpan(gate.url, {
      'http.request.body.size': 0,
      'http.response.status_code': 429,
      'http.response.body.size': body.length,
      'headgate.result': 'answered',
      'headgate.code': 'rate_limited',
      'headgate.backend': undefined,
      'headgate.attempts': 0,
      'headgate.split.by': undefined,
      'headgate.split.chosen': undefined,
      'headgate.split.slot': undefined,
      'headgate.limits': ['few=refused'],
    }),
  ])
})
