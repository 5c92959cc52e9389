/** What is counted of real requests, and under which attributes. */

import { expect, test } from 'vitest'
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { event, eventStream, failure, json, reset, startUpstream } from '@headgate/testing'
import { chat, metricSdk, observe, question, route, spanSdk } from './observed.ts'

const send = async (url: string): Promise<void> => void (await (await fetch(url + chat, question)).arrayBuffer())

test('requests, attempts and calls of models are counted with bounded attributes', async () => {
  await using a = await startUpstream(failure(503))
  await using b = await startUpstream(json({}))
  const sdk = metricSdk()
  const rule = { fallback: { backends: ['b'] } }
  await using gate = await observe(route({ a: a.url, b: b.url }, rule), { ...sdk, requestModel: true })
  await send(gate.url)
  await send(gate.url)
  await gate.report(2)
  const points = await sdk.points()
  expect(Object.keys(points).toSorted()).toEqual([
    'gen_ai.client.operation.duration',
    'gen_ai.server.request.duration',
    'http.client.request.duration',
    'http.server.request.duration',
  ])
  const of = (name: string) => points[name]?.map(({ attributes, count }) => ({ ...attributes, count }))
  expect(of('http.server.request.duration')).toEqual([
    {
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'http.route': '/v1',
      'network.protocol.version': '1.1',
      'url.scheme': 'http',
      count: 2,
    },
  ])
  const server = (url: string) => ({ 'server.address': '127.0.0.1', 'server.port': Number(new URL(url).port) })
  const http = { 'http.request.method': 'POST', count: 2 }
  expect(of('http.client.request.duration')).toEqual([
    { ...http, ...server(a.url), 'headgate.backend': 'a', 'http.response.status_code': 503, 'error.type': '503' },
    { ...http, ...server(b.url), 'headgate.backend': 'b', 'http.response.status_code': 200 },
  ])
  const call = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4',
    count: 2,
  }
  const failed = { ...call, ...server(a.url), 'headgate.backend': 'a', 'error.type': '503', count: 1 }
  expect(of('gen_ai.client.operation.duration')).toEqual([
    // Nobody had answered for this model yet.
    { ...failed, 'gen_ai.request.model': '_OTHER' },
    { ...call, ...server(b.url), 'headgate.backend': 'b' },
    failed,
  ])
  expect(of('gen_ai.server.request.duration')).toEqual([{ ...call, 'headgate.backend': 'b' }])
  await sdk.meterProvider.shutdown()
})

test('durations are in seconds, in the buckets of the conventions', async () => {
  await using a = await startUpstream(json({}))
  const sdk = metricSdk()
  await using gate = await observe(route({ a: a.url }), sdk)
  await send(gate.url)
  const { durationMs } = await gate.report(1)
  const points = await sdk.points()
  expect(points['http.server.request.duration']?.[0]?.sum).toBe(durationMs / 1000)
  expect(await sdk.buckets('http.server.request.duration')).toEqual([
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
  ])
  const calls = await sdk.buckets('gen_ai.client.operation.duration')
  expect([calls?.[0], calls?.at(-1), calls?.length]).toEqual([0.01, 81.92, 14])
  await sdk.meterProvider.shutdown()
})

test('below a span of this process the attempts are counted, and not the request', async () => {
  await using a = await startUpstream(json({}))
  const sdk = metricSdk()
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const span = spanSdk().tracerProvider.getTracer('framework').startSpan('outer')
  await context.with(trace.setSpan(ROOT_CONTEXT, span), async () => {
    await using gate = await observe(route({ a: a.url }), sdk)
    await send(gate.url)
    await gate.report(1)
  })
  context.disable()
  const names = Object.keys(await sdk.points())
  expect(names).toContain('http.client.request.duration')
  expect(names).not.toContain('http.server.request.duration')
  await sdk.meterProvider.shutdown()
})

test('with metrics alone the trace context goes on as the caller wrote it', async () => {
  await using a = await startUpstream(json({}))
  const sdk = metricSdk()
  const spans = spanSdk()
  await using gate = await observe(route({ a: a.url }), { ...sdk, ...spans, traces: false })
  await fetch(gate.url + chat, { ...question, headers: { traceparent: 'as it was' } })
  await gate.report(1)
  expect(a.requests[0]?.header('traceparent')).toBe('as it was')
  expect(spans.begun).toEqual([])
  expect(Object.keys(await sdk.points())).toContain('http.server.request.duration')
  await sdk.meterProvider.shutdown()
})

test('what callers send makes no attribute: unknown methods, paths and hosts', async () => {
  const sdk = metricSdk()
  await using gate = await observe({ backends: [], routes: [] }, sdk)
  for (const method of ['PROPFIND', 'MKCOL', 'LOCK']) {
    await (await fetch(`${gate.url}/${method}`, { method })).arrayBuffer()
  }
  await gate.report(3)
  const points = await sdk.points()
  expect(points['http.server.request.duration']?.map(({ attributes, count }) => [attributes, count])).toEqual([
    [
      {
        'http.request.method': '_OTHER',
        'http.response.status_code': 404,
        'network.protocol.version': '1.1',
        'url.scheme': 'http',
      },
      3,
    ],
  ])
  await sdk.meterProvider.shutdown()
})

test.for([
  ['an error', [event({ error: { message: 'no', type: 'server_error' } })], 0],
  ['nothing', [], 0],
  ['a word', [event({ choices: [{ index: 0, delta: { content: 'a' } }] }), event('[DONE]')], 1],
] as const)('the time to the first chunk is counted for streams that say something: %s', async ([, events, count]) => {
  await using a = await startUpstream(eventStream([': hi\n\n', ...events]))
  const sdk = metricSdk()
  await using gate = await observe(route({ a: a.url }), sdk)
  await send(gate.url)
  await gate.report(1)
  const points = (await sdk.points())['gen_ai.client.operation.time_to_first_chunk'] ?? []
  expect(points.map((point) => point.count)).toEqual(count === 0 ? [] : [count])
  await sdk.meterProvider.shutdown()
})

test('models that no backend answers for take no places', async () => {
  await using a = await startUpstream([...Array.from({ length: 210 }, () => reset), json({})])
  const sdk = metricSdk()
  await using gate = await observe(route({ a: a.url }), { ...sdk, requestModel: true })
  const ask = async (model: string): Promise<void> => {
    const reply = await fetch(gate.url + chat, { ...question, body: JSON.stringify({ model }) })
    await reply.arrayBuffer()
  }
  for (let at = 0; at < 210; at++) await ask(`made-up-${at}`)
  await ask('real')
  await gate.report(211)
  const points = (await sdk.points())['gen_ai.client.operation.duration'] ?? []
  expect(new Set(points.map(({ attributes }) => attributes['gen_ai.request.model']))).toEqual(
    new Set(['_OTHER', 'real']),
  )
  await sdk.meterProvider.shutdown()
})
