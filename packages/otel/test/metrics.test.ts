/** What is counted of real requests, and under which attributes. */

import { expect, test } from 'vitest'
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { failure, json, startUpstream } from '@headgate/testing'
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
  expect(of('gen_ai.client.operation.duration')).toEqual([
    { ...call, ...server(a.url), 'headgate.backend': 'a', 'error.type': '503' },
    { ...call, ...server(b.url), 'headgate.backend': 'b' },
  ])
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
