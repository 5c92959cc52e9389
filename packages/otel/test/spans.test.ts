/** The spans of requests as an SDK gets them: their tree, names, kinds, attributes, status and links. */

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
const fast = { base: 1, max: 1 }

const hello = event('{"choices":[{"index":0,"delta":{"content":"hello"}}]}')
const done = event('[DONE]')

test('a plain request has a SERVER span with a CLIENT span below it', async () => {
  await using upstream = await startUpstream(json({ ok: true }))
  const sdk = spanSdk()
  await using gate = await observe(route({ a: upstream.url }), sdk)
  await (await fetch(`${gate.url}${chat}?key=secret`, question)).text()
  const { id } = await gate.report(1)
  expect(tree(sdk.spans())).toEqual(['SERVER POST /v1', '  CLIENT chat'])
  const { port } = new URL(gate.url)
  expect(server(sdk.spans()).attributes).toEqual({
    'http.request.method': 'POST',
    'url.scheme': 'http',
    'url.path': chat,
    'http.route': '/v1',
    'network.protocol.version': '1.1',
    'server.address': '127.0.0.1',
    'server.port': Number(port),
    'http.response.status_code': 200,
    'http.request.body.size': question.body.length,
    'http.response.body.size': 11,
    'headgate.route': 'chat',
    'headgate.rule': 'chat',
    'headgate.request.id': id,
    'headgate.result': 'completed',
    'headgate.backend': 'a',
    'headgate.attempts': 1,
    'headgate.split.by': 'weight',
    'headgate.split.chosen': 'a',
    'headgate.split.slot': 0,
  })
  const phases = ['queue', 'connect', 'upload', 'headers', 'first_event', 'body']
  expect(clients(sdk.spans())[0]?.attributes).toEqual({
    'http.request.method': 'POST',
    'url.full': upstream.url + chat,
    'server.address': '127.0.0.1',
    'server.port': Number(new URL(upstream.url).port),
    'http.response.status_code': 200,
    'http.response.body.size': 11,
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'headgate.backend': 'a',
    'headgate.endpoint': upstream.url,
    'headgate.attempt.cause': 'first',
    'headgate.attempt.outcome': 'ok',
    'headgate.connection.reused': false,
    'headgate.pick.balance': 'round-robin',
    'headgate.pick.candidates': [`${upstream.url} 0`],
    ...Object.fromEntries(phases.map((phase) => [`headgate.phase.${phase}`, expect.any(Number)])),
  })
})

test('a request that is no call to a model has the names of HTTP alone', async () => {
  await using upstream = await startUpstream(json({ data: [] }))
  const sdk = spanSdk()
  await using gate = await observe(route({ a: upstream.url }), sdk)
  await (await fetch(`${gate.url}/v1/models`)).text()
  await gate.report(1)
  expect(tree(sdk.spans())).toEqual(['SERVER GET /v1', '  CLIENT GET'])
  expect(Object.keys(clients(sdk.spans())[0]?.attributes ?? {}).filter((name) => name.startsWith('gen_ai'))).toEqual([])
})

test('repeats and a fallback are spans of their own, each linked to the one that it replaces', async () => {
  await using a = await startUpstream(failure(503))
  await using b = await startUpstream(json({}))
  const sdk = spanSdk()
  const rule = { retry: { retries: 1, on: ['5xx'], backoff: fast }, fallback: { backends: ['b'] } }
  await using gate = await observe(route({ a: a.url, b: b.url }, rule), sdk)
  await (await fetch(gate.url + chat, question)).text()
  await gate.report(1)
  const spans = sdk.spans()
  expect(tree(spans)).toEqual(['SERVER POST /v1', '  CLIENT chat ERROR', '  CLIENT chat ERROR', '  CLIENT chat'])
  const facts = clients(spans).map(({ attributes }) => [
    attributes['headgate.backend'],
    attributes['http.request.resend_count'],
    attributes['headgate.attempt.cause'],
    attributes['headgate.attempt.because'],
    attributes['error.type'],
    attributes['http.response.status_code'],
  ])
  expect(facts).toEqual([
    ['a', undefined, 'first', undefined, '503', 503],
    ['a', 1, 'repeat', '503', '503', 503],
    ['b', 2, 'fallback', '503', undefined, 200],
  ])
  const ids = clients(spans).map((span) => span.spanContext().spanId)
  expect(clients(spans).map(({ links }) => links.map(({ context }) => context.spanId))).toEqual([
    [],
    [ids[0]],
    [ids[1]],
  ])
  expect(server(spans).attributes).toMatchObject({ 'headgate.backend': 'b', 'headgate.attempts': 3 })
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

  test('one that breaks is an error of both, though its status was 200', async () => {
    await using upstream = await startUpstream(eventStream([hello, reset]))
    const sdk = spanSdk()
    await using gate = await observe(route({ a: upstream.url }), sdk)
    await fetch(gate.url + chat, question)
      .then((reply) => reply.text())
      .catch(() => '')
    await gate.report(1)
    const spans = sdk.spans()
    expect(tree(spans)).toEqual(['SERVER POST /v1 ERROR', '  CLIENT chat ERROR'])
    expect(server(spans).attributes).toMatchObject({
      'error.type': 'upstream_reset',
      'http.response.status_code': 200,
      'headgate.result': 'broken',
    })
    expect(clients(spans)[0]?.attributes).toMatchObject({ 'error.type': 'reset', 'http.response.status_code': 200 })
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

test('a plain reply that breaks is an error', async () => {
  await using upstream = await startUpstream(cutReply({ body: 'a long reply', after: 3, by: 'fin' }))
  const sdk = spanSdk()
  await using gate = await observe(route({ a: upstream.url }), sdk)
  await fetch(gate.url + chat, question)
    .then((reply) => reply.text())
    .catch(() => '')
  await gate.report(1)
  expect(tree(sdk.spans())).toEqual(['SERVER POST /v1 ERROR', '  CLIENT chat ERROR'])
})

test('a caller that leaves is an error of nobody', async () => {
  const more = newGate()
  await using upstream = await startUpstream(eventStream([hello, more]))
  const sdk = spanSdk()
  await using gate = await observe(route({ a: upstream.url }), sdk)
  const caller = new AbortController()
  await fetch(gate.url + chat, { ...question, signal: caller.signal })
  caller.abort()
  await gate.report(1)
  const spans = sdk.spans()
  expect(tree(spans)).toEqual(['SERVER POST /v1', '  CLIENT chat'])
  expect(server(spans).attributes).toMatchObject({ 'headgate.result': 'abandoned', 'http.response.status_code': 200 })
  expect(clients(spans)[0]?.attributes).toMatchObject({ 'headgate.attempt.outcome': 'cancelled' })
  expect(spans.map(({ attributes }) => attributes['error.type'])).toEqual([undefined, undefined])
})

test('one that leaves before the head has no status', async () => {
  await using upstream = await startUpstream(silence)
  const sdk = spanSdk()
  await using gate = await observe(route({ a: upstream.url }), sdk)
  const caller = new AbortController()
  const reply = fetch(gate.url + chat, { ...question, signal: caller.signal }).catch(() => 'gone')
  await upstream.request(1)
  caller.abort()
  await reply
  await gate.report(1)
  expect(sdk.spans().map(({ attributes }) => attributes['http.response.status_code'])).toEqual([undefined, undefined])
})

test('a request over its limit is one span that names the limit, and no error of the server', async () => {
  await using upstream = await startUpstream(json({}))
  const sdk = spanSdk()
  const limits = [{ name: 'few', per: 'all' as const, tokens: 1, every: '1h' as const }]
  await using gate = await observe(route({ a: upstream.url }, { limits: ['few'] }, { limits }), sdk)
  for (let turn = 0; turn < 2; turn++) await (await fetch(gate.url + chat, question)).text()
  await gate.report(2)
  expect(tree(sdk.spans())).toEqual(['SERVER POST /v1', '  CLIENT chat', 'SERVER POST /v1'])
  expect(ofKind(sdk.spans(), 1).map(({ attributes }) => attributes['headgate.limits'])).toEqual([
    ['few=1'],
    ['few=refused'],
  ])
  expect(sdk.spans().at(-1)?.attributes).toMatchObject({
    'http.response.status_code': 429,
    'headgate.code': 'rate_limited',
    'headgate.attempts': 0,
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

test('no span says what must not leave: query, credentials, fields, bodies', async () => {
  await using upstream = await startUpstream(json({ error: { message: 'a secret reply' } }, { status: 500 }))
  const sdk = spanSdk()
  const rule = { retry: { retries: 1, on: ['5xx'], backoff: fast } }
  await using gate = await observe(route({ a: upstream.url }, rule), { ...sdk, requestModel: true })
  const headers = { ...question.headers, authorization: 'Bearer a-secret-key', cookie: 'secret', 'x-api-key': 'secret' }
  await (await fetch(`${gate.url}${chat}?key=secret`, { ...question, headers })).text()
  await gate.report(1)
  expect(sdk.spans()).toHaveLength(3)
  const said = sdk.spans().map(({ name, attributes, events, status }) => [name, attributes, events, status])
  expect(JSON.stringify(said)).not.toContain('secret')
})
