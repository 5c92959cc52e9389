/** SDKs, exporters and propagators that misbehave: requests are served all the same, and no span is left open. */

import { describe, expect, test } from 'vitest'
import type { Context, MeterProvider, TextMapPropagator, TracerProvider } from '@opentelemetry/api'
import { createNoopMeter } from '@opentelemetry/api'
import { BatchSpanProcessor, SimpleSpanProcessor, TracerProvider as SdkTracerProvider } from '@opentelemetry/sdk-trace'
import type { SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace'
import { failure, json, startUpstream } from '@headgate/testing'
import { openTelemetry } from '@headgate/otel'
import type { OpenTelemetryOptions } from '@headgate/otel'
import { exactSpans } from './exact.ts'
import { chat, observe, question, route, spanSdk } from './observed.ts'

const broken = (): never => {
  throw new Error('broken')
}

/** What comes back, what a backend is sent, and which warnings there are. */
async function ask(options: OpenTelemetryOptions) {
  await using a = await startUpstream([failure(503), json({})])
  const rule = { retry: { retries: 1, on: ['5xx'], backoff: { base: 1, max: 1 } } }
  await using gate = await observe(route({ a: a.url }, rule), { metrics: false, ...options })
  const warnings: string[] = []
  gate.gate.on('warning', ({ code }) => warnings.push(code))
  const headers = { ...question.headers, traceparent: 'as it was' }
  const reply = await fetch(gate.url + chat, { ...question, headers })
  const text = await reply.text()
  await gate.report(1)
  return {
    status: reply.status,
    text,
    warnings: new Set(warnings),
    traceparents: a.requests.map((request) => request.header('traceparent')),
  }
}

const processor = (own: Partial<SpanProcessor>): SpanProcessor => ({
  onStart: () => undefined,
  onEnd: () => undefined,
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
  ...own,
})
const providerWith = (...spanProcessors: SpanProcessor[]): TracerProvider => new SdkTracerProvider({ spanProcessors })
const served = { status: 200, text: '{}' }

describe('a span processor that throws', () => {
  test('at the start: the caller is served without spans, its trace context as it was', async () => {
    const tracerProvider = providerWith(processor({ onStart: broken }))
    expect(await ask({ tracerProvider })).toEqual({
      ...served,
      warnings: new Set(['telemetry_threw']),
      traceparents: ['as it was', 'as it was'],
    })
  })

  test('at the start of an attempt: the attempt goes out, and the request has its span', async () => {
    const sdk = spanSdk()
    const tracer = sdk.tracerProvider.getTracer('own')
    const startSpan = tracer.startSpan.bind(tracer)
    tracer.startSpan = (name, options, parent) => (name === 'chat' ? broken() : startSpan(name, options, parent))
    const tracerProvider = { getTracer: () => tracer }
    expect(await ask({ tracerProvider })).toMatchObject({ ...served, warnings: new Set(['telemetry_threw']) })
    expect(exactSpans(sdk).map(({ name }) => name)).toEqual(['POST /v1'])
  })

  test('at the end: every span is ended once', async () => {
    const sdk = spanSdk()
    sdk.breakAtEnd()
    expect(await ask(sdk)).toMatchObject({ ...served, warnings: new Set(['telemetry_threw']) })
    expect(sdk.lives.map(({ span, ends }) => [span.name, ends])).toEqual([
      ['POST /v1', 1],
      ['chat', 1],
      ['chat', 1],
    ])
  })
})

describe('an exporter', () => {
  const exporter = (own: Partial<SpanExporter>): SpanExporter => ({
    export: (_spans, done) => done({ code: 0 }),
    shutdown: () => Promise.resolve(),
    ...own,
  })
  const exporters: [string, SpanExporter][] = [
    ['that never answers', exporter({ export: () => undefined })],
    ['that throws', exporter({ export: broken })],
    ['that fails', exporter({ export: (_spans, done) => done({ code: 1, error: new Error('no') }) })],
  ]
  test.for(exporters)('%s keeps nobody waiting', async ([, one]) => {
    const tracerProvider = providerWith(
      new SimpleSpanProcessor({ exporter: one }),
      new BatchSpanProcessor({ exporter: one }),
    )
    expect(await ask({ tracerProvider })).toMatchObject({ ...served, warnings: new Set() })
  })
})

describe('a propagator that throws', () => {
  const propagator = (own: Partial<TextMapPropagator>): TextMapPropagator => ({
    fields: () => [],
    inject: () => undefined,
    extract: (context: Context) => context,
    ...own,
  })
  test('when it reads: no span is begun', async () => {
    const sdk = spanSdk()
    const options = { ...sdk, propagator: propagator({ extract: broken }) }
    expect(await ask(options)).toMatchObject({ ...served, warnings: new Set(['telemetry_threw']) })
    expect(sdk.begun).toEqual([])
  })

  test.for([
    ['when it writes', propagator({ inject: broken })],
    ['when it names its fields', propagator({ fields: broken })],
  ] as const)('%s: attempts go out, and their spans end', async ([, one]) => {
    const sdk = spanSdk()
    expect(await ask({ ...sdk, propagator: one })).toMatchObject({
      ...served,
      warnings: new Set(['telemetry_threw']),
      traceparents: ['as it was', 'as it was'],
    })
    expect(exactSpans(sdk).map(({ name }) => name)).toEqual(['POST /v1', 'chat', 'chat'])
  })
})

test('meters that throw cost no span its end', async () => {
  const sdk = spanSdk()
  const meter = createNoopMeter()
  const meterProvider: MeterProvider = {
    getMeter: () => Object.assign(Object.create(meter), { createHistogram: () => ({ record: broken }) }),
  }
  expect(await ask({ ...sdk, meterProvider, metrics: true })).toMatchObject({
    ...served,
    warnings: new Set(['telemetry_threw']),
  })
  expect(exactSpans(sdk).map(({ name }) => name)).toEqual(['POST /v1', 'chat', 'chat'])
})

test('spans that throw at their attributes are ended all the same', async () => {
  const sdk = spanSdk()
  const tracer = sdk.tracerProvider.getTracer('own')
  const startSpan = tracer.startSpan.bind(tracer)
  tracer.startSpan = (...given) => Object.assign(startSpan(...given), { setAttributes: broken })
  expect(await ask({ tracerProvider: { getTracer: () => tracer } })).toMatchObject({
    ...served,
    warnings: new Set(['telemetry_threw']),
  })
  expect(exactSpans(sdk).map(({ name }) => name)).toEqual(['POST /v1', 'chat', 'chat'])
})

test('providers that throw when they are asked say so to whoever builds the telemetry', () => {
  const tracerProvider: TracerProvider = { getTracer: broken }
  expect(() => openTelemetry({ tracerProvider })).toThrow('broken')
})
