/** How the trace context comes in and goes on: whose trace it is, what backends are sent, what is left alone. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { context, ROOT_CONTEXT, SpanKind, trace, TraceFlags } from '@opentelemetry/api'
import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { AlwaysOffSampler, ParentBasedSampler, AlwaysOnSampler } from '@opentelemetry/sdk-trace'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { failure, json, rawRequest, startUpstream } from '@headgate/testing'
import type { Upstream } from '@headgate/testing'
import { exactSpans } from './exact.ts'
import { chat, observe, question, route, spanSdk, tree } from './observed.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const callerId = 'b7ad6b7169203331'
const caller = { traceparent: `00-${traceId}-${callerId}-01`, tracestate: 'congo=t61rcWkgMzE, ,rojo=00f067aa0ba902b7' }
const fast = { base: 1, max: 1 }

const send = async (url: string, headers: Record<string, string> = {}): Promise<number> => {
  const reply = await fetch(url + chat, { ...question, headers: { ...question.headers, ...headers } })
  await reply.arrayBuffer()
  return reply.status
}
const sent = (upstream: Upstream, name: string): (string | undefined)[] =>
  upstream.requests.map((request) => request.header(name))
const parentOf = (span: ReadableSpan | undefined): string | undefined => span?.parentSpanContext?.spanId
const named = (spans: readonly ReadableSpan[], name: string): ReadableSpan[] =>
  spans.filter((span) => span.name === name)
const contextOf = (span: ReadableSpan, flags = '01'): string =>
  `00-${span.spanContext().traceId}-${span.spanContext().spanId}-${flags}`

test('the trace of the caller goes on: its span is the parent, and each attempt sends its own', async () => {
  await using a = await startUpstream([failure(503), json({})])
  const sdk = spanSdk()
  const rule = { retry: { retries: 1, on: ['5xx'], backoff: fast } }
  await using gate = await observe(route({ a: a.url }, rule), sdk)
  expect(await send(gate.url, caller)).toBe(200)
  const report = await gate.report(1)
  expect(report.traceparent).toBe(caller.traceparent)
  const spans = sdk.spans()
  expect(new Set(spans.map((span) => span.spanContext().traceId))).toEqual(new Set([traceId]))
  const [server] = named(spans, 'POST /v1')
  expect(parentOf(server)).toBe(callerId)
  expect(sent(a, 'traceparent')).toEqual(named(spans, 'chat').map((span) => contextOf(span)))
  expect(new Set(sent(a, 'traceparent')).size).toBe(2)
})

test('tracestate and baggage arrive byte for byte', async () => {
  await using a = await startUpstream(json({}))
  const baggage = 'userId=alice ; metadata,  serverNode=DF%2028'
  await using gate = await observe(route({ a: a.url }), spanSdk())
  await send(gate.url, { ...caller, baggage })
  expect([sent(a, 'tracestate'), sent(a, 'baggage')]).toEqual([[caller.tracestate], [baggage]])
})

test('without a caller a trace begins, and its state is empty', async () => {
  await using a = await startUpstream(json({}))
  const sdk = spanSdk()
  await using gate = await observe(route({ a: a.url }), sdk)
  await send(gate.url, { traceparent: '00-nonsense', tracestate: 'of=another' })
  await gate.report(1)
  const [attempt] = named(sdk.spans(), 'chat')
  expect(sent(a, 'traceparent')).toEqual([contextOf(attempt as ReadableSpan)])
  expect(sent(a, 'tracestate')).toEqual([undefined])
  expect(parentOf(named(sdk.spans(), 'POST /v1')[0])).toBeUndefined()
})

const invalid: [name: string, values: string[]][] = [
  ['two of them', [caller.traceparent, caller.traceparent]],
  ['two different ones', [caller.traceparent, `00-${'1'.repeat(32)}-${callerId}-01`]],
  ['an id of zeros', [`00-${'0'.repeat(32)}-${callerId}-01`]],
  ['upper case', [caller.traceparent.toUpperCase()]],
  ['a version that is none', [caller.traceparent.replace(/^00/, 'ff')]],
  ['more than version 00 has', [`${caller.traceparent}-1`]],
  ['B3, which nobody asked for', []],
]
test.for(invalid)('a traceparent that is not valid begins a trace, and does not go on: %s', async ([, values]) => {
  await using a = await startUpstream(json({}))
  const sdk = spanSdk()
  await using gate = await observe(route({ a: a.url }), sdk)
  const b3 = `${traceId}-${callerId}-1`
  const headers = [
    ...values.map((value) => ['Traceparent', value] as const),
    ['tracestate', caller.tracestate] as const,
    ['b3', b3] as const,
    ['content-type', 'application/json'] as const,
  ]
  await rawRequest(gate.url, { method: 'POST', target: chat, headers, body: question.body })
  await gate.report(1)
  const [request, attempt] = exactSpans(sdk)
  expect([request?.parent, request?.links, attempt?.parent]).toEqual([undefined, [], 0])
  expect(sdk.spans().map((span) => span.spanContext().traceId)).not.toContain(traceId)
  expect(a.requests[0]?.values('traceparent')).toEqual([contextOf(named(sdk.spans(), 'chat')[0] as ReadableSpan)])
  expect(a.requests[0]?.values('tracestate')).toEqual([])
  expect(a.requests[0]?.values('b3')).toEqual([b3])
})

test('a tracestate in several fields is one list', async () => {
  await using a = await startUpstream(json({}))
  await using gate = await observe(route({ a: a.url }), spanSdk())
  const headers = [
    ['traceparent', caller.traceparent],
    ['tracestate', 'a=1'],
    ['TraceState', 'b=2,c=3'],
    ['content-type', 'application/json'],
  ] as const
  await rawRequest(gate.url, { method: 'POST', target: chat, headers, body: question.body })
  expect(a.requests[0]?.values('tracestate').join(',')).toBe('a=1,b=2,c=3')
})

describe('the sampled flag', () => {
  const sampler = new ParentBasedSampler({ root: new AlwaysOnSampler() })
  test('of a caller that does not sample goes on, and there is no span', async () => {
    await using a = await startUpstream(json({}))
    const sdk = spanSdk(sampler)
    await using gate = await observe(route({ a: a.url }), sdk)
    await send(gate.url, { ...caller, traceparent: `00-${traceId}-${callerId}-00` })
    expect(sent(a, 'traceparent')[0]).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`))
    expect(sent(a, 'traceparent')[0]).not.toContain(callerId)
    expect(sdk.spans()).toEqual([])
  })

  test('is the decision of the sampler, for every attempt alike', async () => {
    await using a = await startUpstream([failure(503), json({})])
    const sdk = spanSdk(new AlwaysOffSampler())
    const rule = { retry: { retries: 1, on: ['5xx'], backoff: fast } }
    await using gate = await observe(route({ a: a.url }, rule), sdk)
    await send(gate.url, caller)
    expect(sent(a, 'traceparent')).toEqual(Array(2).fill(expect.stringMatching(/-00$/)))
    expect(sdk.spans()).toEqual([])
  })
})

test('at a public endpoint a trace of its own begins, linked to that of the caller', async () => {
  await using a = await startUpstream(json({}))
  const sdk = spanSdk()
  await using gate = await observe(route({ a: a.url }), { ...sdk, publicEndpoint: true })
  await send(gate.url, caller)
  await send(gate.url)
  await gate.report(2)
  const [first, second] = named(sdk.spans(), 'POST /v1')
  expect(first?.spanContext().traceId).not.toBe(traceId)
  expect(parentOf(first)).toBeUndefined()
  expect(first?.links.map((link) => [link.context.traceId, link.context.spanId])).toEqual([[traceId, callerId]])
  expect(second?.links).toEqual([])
  expect(sent(a, 'tracestate')).toEqual([undefined, undefined])
})

test('a copy for a mirror belongs to the request', async () => {
  await using a = await startUpstream(json({}))
  await using copy = await startUpstream(json({}))
  const sdk = spanSdk()
  const rule = { filters: [{ type: 'RequestMirror', backend: 'copy' }] }
  await using gate = await observe(route({ a: a.url, copy: copy.url }, rule), sdk)
  await send(gate.url, caller)
  await copy.request(1)
  await gate.report(1)
  const [server] = named(sdk.spans(), 'POST /v1')
  expect(sent(copy, 'traceparent')).toEqual([contextOf(server as ReadableSpan)])
})

test('a propagator of the application has its own fields', async () => {
  const propagator: TextMapPropagator = {
    fields: () => ['b3', 'x-b3-extra'],
    inject(sending: Context, carrier: unknown, setter: TextMapSetter) {
      const span = trace.getSpanContext(sending)
      if (span !== undefined) setter.set(carrier, 'b3', `${span.traceId}-${span.spanId}-1`)
    },
    extract(base: Context, carrier: unknown, getter: TextMapGetter) {
      const [id = '', spanId = ''] = String(getter.get(carrier, 'b3')).split('-')
      return trace.setSpanContext(base, { traceId: id, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true })
    },
  }
  await using a = await startUpstream(json({}))
  const sdk = spanSdk()
  await using gate = await observe(route({ a: a.url }), { ...sdk, propagator })
  await send(gate.url, { b3: `${traceId}-${callerId}-1`, 'x-b3-extra': '1', traceparent: 'as it was' })
  await gate.report(1)
  const [attempt] = named(sdk.spans(), 'chat')
  expect(sent(a, 'b3')).toEqual([`${traceId}-${attempt?.spanContext().spanId}-1`])
  expect([sent(a, 'x-b3-extra'), sent(a, 'traceparent')]).toEqual([[undefined], ['as it was']])
})

describe('below a span of this process', () => {
  beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
  afterAll(() => context.disable())

  test('the span of the request is INTERNAL, and goes on with that trace', async () => {
    await using a = await startUpstream(json({}))
    const sdk = spanSdk()
    const span = sdk.tracerProvider
      .getTracer('framework')
      .startSpan('GET /outer', { kind: SpanKind.SERVER }, ROOT_CONTEXT)
    await context.with(trace.setSpan(ROOT_CONTEXT, span), async () => {
      await using gate = await observe(route({ a: a.url }), sdk)
      await send(gate.url, caller)
      await gate.report(1)
    })
    span.end()
    expect(tree(sdk.spans())).toEqual(['SERVER GET /outer', '  INTERNAL POST /v1', '    CLIENT chat'])
    const [inner] = named(sdk.spans(), 'POST /v1')
    expect(inner?.links.map((link) => link.context.spanId)).toEqual([callerId])
  })

  test('one that has ended is not its parent: the server was only opened in it', async () => {
    await using a = await startUpstream(json({}))
    const sdk = spanSdk()
    const span = sdk.tracerProvider.getTracer('boot').startSpan('boot', {}, ROOT_CONTEXT)
    await context.with(trace.setSpan(ROOT_CONTEXT, span), async () => {
      await using gate = await observe(route({ a: a.url }), sdk)
      span.end()
      await send(gate.url)
      await gate.report(1)
    })
    expect(tree(sdk.spans())).toEqual(['INTERNAL boot', 'SERVER POST /v1', '  CLIENT chat'])
  })
})
