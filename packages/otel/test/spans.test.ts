/** The spans of requests as an SDK gets them: when they begin, their names, and what tells one kind from another. */

import { describe, expect, test } from 'vitest'
import {
  event,
  eventStream,
  failure,
  gate as newGate,
  json,
  refusingUrl,
  reset,
  silence,
  startUpstream,
  steps,
  VirtualClock,
  wholeRequest,
} from '@headgate/testing'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { chat, observe, question, route, spanSdk, tree } from './observed.ts'

const ofKind = (spans: readonly ReadableSpan[], kind: number): ReadableSpan[] =>
  spans.filter((span) => span.kind === kind)
const server = (spans: readonly ReadableSpan[]): ReadableSpan => ofKind(spans, 1)[0] as ReadableSpan
const clients = (spans: readonly ReadableSpan[]): ReadableSpan[] => ofKind(spans, 2)

const hello = event('{"choices":[{"index":0,"delta":{"content":"hello"}}]}')
const done = event('[DONE]')

test('a request that is no call to a model has the names of HTTP alone', async () => {
  await using upstream = await startUpstream(json({ data: [] }))
  const sdk = spanSdk()
  await using gate = await observe(route({ a: upstream.url }), sdk)
  await (await fetch(`${gate.url}/v1/models`)).text()
  await gate.report(1)
  expect(tree(sdk.spans())).toEqual(['SERVER GET /v1', '  CLIENT GET'])
  expect(Object.keys(clients(sdk.spans())[0]?.attributes ?? {}).filter((name) => name.startsWith('gen_ai'))).toEqual([])
})

test('what a connection refused, a reset and a clock that ran out are called', async () => {
  await using dying = await startUpstream(steps(wholeRequest, reset))
  await using silent = await startUpstream(silence)
  const clock = new VirtualClock()
  const sdk = spanSdk()
  const rule = { timeouts: { headers: '1h' }, fallback: { backends: ['dying', 'silent'] } }
  const urls = { gone: await refusingUrl(), dying: dying.url, silent: silent.url }
  await using gate = await observe(route(urls, rule), sdk, { now: clock.now })
  const reply = fetch(gate.url + chat, question)
  await silent.request(1)
  clock.advance(3_600_000)
  expect((await reply).status).toBe(504)
  await gate.report(1)
  const spans = sdk.spans()
  const lines = ['SERVER POST /v1 ERROR', ...Array.from({ length: 3 }, () => '  CLIENT chat ERROR')]
  expect(tree(spans)).toEqual(lines)
  const facts = clients(spans).map(({ attributes }) => [attributes['error.type'], attributes['headgate.attempt.clock']])
  expect(facts).toEqual([
    ['connect-failure', undefined],
    ['reset', undefined],
    ['timeout', 'headers'],
  ])
  expect(server(spans).attributes).toMatchObject({
    'error.type': 'upstream_timeout',
    'http.response.status_code': 504,
    'headgate.result': 'answered',
    'headgate.code': 'upstream_timeout',
  })
})

describe('streams', () => {
  test('the spans of a stream begin with it, and end with its last byte', async () => {
    const more = newGate()
    await using upstream = await startUpstream(eventStream([hello, more, done]))
    const sdk = spanSdk()
    await using gate = await observe(route({ a: upstream.url }), sdk)
    const reply = await fetch(gate.url + chat, question)
    expect(sdk.begun).toEqual(['POST /v1', 'chat'])
    expect(sdk.spans()).toEqual([])
    more.release()
    await reply.text()
    await gate.report(1)
    expect(tree(sdk.spans())).toEqual(['SERVER POST /v1', '  CLIENT chat'])
  })

  test('one whose error came before its commit is told by what it said', async () => {
    const error = event('{"error":{"message":"no","type":"server_error","code":null}}')
    await using a = await startUpstream(eventStream([error]))
    await using b = await startUpstream(eventStream([hello, done]))
    const sdk = spanSdk()
    await using gate = await observe(route({ a: a.url, b: b.url }, { fallback: { backends: ['b'] } }), sdk)
    await (await fetch(gate.url + chat, question)).text()
    await gate.report(1)
    expect(tree(sdk.spans())).toEqual(['SERVER POST /v1', '  CLIENT chat ERROR', '  CLIENT chat'])
    expect(clients(sdk.spans())[0]?.attributes).toMatchObject({
      'error.type': 'error-event',
      'http.response.status_code': 200,
    })
  })
})

test('a backend without a place for an attempt is named with the reason', async () => {
  await using a = await startUpstream(failure(500))
  await using b = await startUpstream(json({}))
  const sdk = spanSdk()
  const breaker = { failures: 1, openFor: '1h' as const, maxOpenFor: '1h' as const }
  const backends = [
    { name: 'a', endpoints: [a.url], breaker },
    { name: 'b', endpoints: [b.url] },
  ]
  const config = route({ a: a.url, b: b.url }, { fallback: { backends: ['b'] } }, { backends })
  await using gate = await observe(config, sdk)
  for (let turn = 0; turn < 2; turn++) await (await fetch(gate.url + chat, question)).text()
  await gate.report(2)
  expect(ofKind(sdk.spans(), 1).map(({ attributes }) => attributes['headgate.passed'])).toEqual([
    undefined,
    ['a circuit_open'],
  ])
})

test('a request that no route takes is named by its method', async () => {
  const sdk = spanSdk()
  await using gate = await observe({ backends: [], routes: [] }, sdk)
  await fetch(`${gate.url}/elsewhere?key=secret`, { method: 'PROPFIND' })
  expect(tree(sdk.spans())).toEqual(['SERVER HTTP'])
  expect(sdk.spans()[0]?.attributes).toMatchObject({
    'http.request.method': '_OTHER',
    'http.request.method_original': 'PROPFIND',
    'url.path': '/elsewhere',
    'http.response.status_code': 404,
  })
  expect(sdk.spans()[0]?.attributes).not.toHaveProperty('http.route')
})
