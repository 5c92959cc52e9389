/** A gateway behind node:http whose telemetry goes to SDKs that keep it, closed by `await using`. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { Attributes } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { AlwaysOnSampler, InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { ReadableSpan, Sampler, Span, SpanProcessor } from '@opentelemetry/sdk-trace'
import { openTelemetry } from '@headgate/otel'
import type { OpenTelemetryOptions } from '@headgate/otel'
import { Gateway, listen, nodeHandler } from 'headgate'
import type { GatewayConfigInput, GatewayOptions, RequestReport } from 'headgate'

export interface SpanSdk {
  readonly tracerProvider: TracerProvider
  /** Names of those that have begun, in that order. */
  readonly begun: readonly string[]
  /** The same, with how often each was ended: no other number than 1 is right when all is over. */
  readonly lives: readonly SpanLife[]
  /** Those that have ended, in that order. */
  spans(): ReadableSpan[]
  /** From now on the processor throws when a span ends. */
  breakAtEnd(): void
}

export interface SpanLife {
  readonly span: Span
  ends: number
}

export function spanSdk(sampler: Sampler = new AlwaysOnSampler()): SpanSdk {
  const exporter = new InMemorySpanExporter()
  const begun: string[] = []
  const lives: SpanLife[] = []
  let isBroken = false
  const watch: SpanProcessor = {
    onStart(span) {
      begun.push(span.name)
      lives.push(countEnds(span))
    },
    onEnd() {
      if (isBroken) throw new Error('broken')
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
  const spanProcessors = [watch, new SimpleSpanProcessor({ exporter })]
  return {
    tracerProvider: new TracerProvider({ sampler, spanProcessors }),
    begun,
    lives,
    spans: () => exporter.getFinishedSpans(),
    breakAtEnd: () => void (isBroken = true),
  }
}

/** The SDK tells its processors of the first end alone. */
function countEnds(span: Span): SpanLife {
  const life = { span, ends: 0 }
  const end = span.end.bind(span)
  span.end = (time) => {
    life.ends++
    end(time)
  }
  return life
}

/** One point of a metric: its attributes, and what was counted. */
export interface Point {
  readonly attributes: Attributes
  readonly count: number
  readonly sum: number
}

export interface MetricSdk {
  readonly meterProvider: MeterProvider
  /** By the name of the metric. */
  points(): Promise<Record<string, Point[]>>
  buckets(name: string): Promise<number[] | undefined>
  /** By the name of the metric: its unit and boundaries, or that it is a sum. */
  shapes(): Promise<Record<string, [unit: string, shape: readonly number[] | 'sum']>>
}

export function metricSdk(): MetricSdk {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  // It is only read when a test asks.
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const meterProvider = new MeterProvider({ readers: [reader] })
  const boundariesOf = (value: unknown): number[] | undefined =>
    typeof value === 'object' && value !== null && 'buckets' in value
      ? (value as { buckets: { boundaries: number[] } }).buckets.boundaries
      : undefined
  const read = async () => {
    exporter.reset()
    await reader.forceFlush()
    return exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
  }
  return {
    meterProvider,
    async points() {
      const all = await read()
      return Object.fromEntries(
        all.map(({ descriptor, dataPoints }) => [
          descriptor.name,
          dataPoints.map(({ attributes, value }): Point =>
            typeof value === 'number'
              ? { attributes, count: value, sum: value }
              : { attributes, count: value.count, sum: value.sum ?? 0 },
          ),
        ]),
      )
    },
    async buckets(name) {
      const [point] = (await read()).find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? []
      return boundariesOf(point?.value)
    },
    async shapes() {
      return Object.fromEntries(
        (await read()).map(({ descriptor: { name, unit }, dataPoints }) => [
          name,
          [unit, boundariesOf(dataPoints[0]?.value) ?? ('sum' as const)],
        ]),
      )
    },
  }
}

export interface ObservedGate {
  readonly gate: Gateway
  readonly reports: readonly RequestReport[]
  /** Resolves with the nth report; its spans have ended then. */
  report(n: number): Promise<RequestReport>
}

/** `telemetry` are the options of `openTelemetry`; those of the gateway come last. */
export function observedGate(
  config: Omit<GatewayConfigInput, 'version'>,
  telemetry: OpenTelemetryOptions,
  options: GatewayOptions = {},
): ObservedGate {
  const gate = new Gateway(
    { version: 1, ...config },
    { random: () => 0, telemetry: openTelemetry({ semconvOptIn: '', ...telemetry }), ...options },
  )
  const reports: RequestReport[] = []
  const waiting: (() => void)[] = []
  gate.on('request-ended', (report) => {
    reports.push(report)
    // The spans end right after the event.
    queueMicrotask(() => {
      for (const wake of waiting.splice(0)) wake()
    })
  })
  return {
    gate,
    reports,
    async report(n) {
      while (reports.length < n) await new Promise<void>((resolve) => waiting.push(resolve))
      return reports[n - 1] as RequestReport
    },
  }
}

export interface Observed extends ObservedGate {
  readonly url: string
  [Symbol.asyncDispose](): Promise<void>
}

/** The gateway behind a node:http server. */
export async function observe(
  config: Omit<GatewayConfigInput, 'version'>,
  telemetry: OpenTelemetryOptions,
  options: GatewayOptions = {},
): Promise<Observed> {
  const observed = observedGate(config, telemetry, options)
  const { gate } = observed
  const server = createServer(nodeHandler(gate))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    ...observed,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await gate.close({ drainMs: 0 })
    },
  }
}

/** The gateway on a listener of its own, which speaks HTTP/1.1, HTTP/2 and WebSocket. */
export async function observeListener(
  config: Omit<GatewayConfigInput, 'version'>,
  telemetry: OpenTelemetryOptions,
): Promise<Observed> {
  const listener = { name: 'main', port: 80, protocol: 'HTTP' as const }
  const observed = observedGate({ ...config, listeners: [listener] }, telemetry)
  const listening = await listen(observed.gate, { bind: new Map([['main', { host: '127.0.0.1', port: 0 }]]) })
  return {
    ...observed,
    url: `http://127.0.0.1:${listening.addresses.get('main')?.port}`,
    [Symbol.asyncDispose]: () => listening.close({ drainMs: 0 }),
  }
}

/** A route for every path below `/v1`; the first backend takes the traffic. */
export function route(
  urls: Readonly<Record<string, string>>,
  rule: object = {},
  more: Partial<GatewayConfigInput> = {},
): Omit<GatewayConfigInput, 'version'> {
  const [first = ''] = Object.keys(urls)
  const matches = [{ path: { type: 'PathPrefix' as const, value: '/v1' } }]
  return {
    backends: Object.entries(urls).map(([name, url]) => ({ name, endpoints: [url] })),
    routes: [{ name: 'chat', rules: [{ matches, backends: [{ backend: first }], ...rule }] }],
    ...more,
  }
}

export const chat = '/v1/chat/completions'

export const question = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"model":"gpt-4","messages":[{"role":"user","content":"a secret prompt"}]}',
}

const kinds: Readonly<Record<SpanKind, string>> = {
  [SpanKind.INTERNAL]: 'INTERNAL',
  [SpanKind.SERVER]: 'SERVER',
  [SpanKind.CLIENT]: 'CLIENT',
  [SpanKind.PRODUCER]: 'PRODUCER',
  [SpanKind.CONSUMER]: 'CONSUMER',
}
const statuses: Readonly<Record<SpanStatusCode, string>> = {
  [SpanStatusCode.UNSET]: '',
  [SpanStatusCode.OK]: ' OK',
  [SpanStatusCode.ERROR]: ' ERROR',
}

/** The spans as lines, each below its parent; children in the order in which they began. */
export function tree(spans: readonly ReadableSpan[]): string[] {
  const ids = new Set(spans.map((span) => span.spanContext().spanId))
  const began = ({ startTime: [seconds, nanos] }: ReadableSpan): number => seconds * 1e9 + nanos
  const below = (parent: string | undefined, indent: string): string[] =>
    spans
      .filter(({ parentSpanContext }) => {
        const id = parentSpanContext?.spanId
        return parent === undefined ? id === undefined || !ids.has(id) : id === parent
      })
      .toSorted((a, b) => began(a) - began(b))
      .flatMap((span) => [
        `${indent}${kinds[span.kind]} ${span.name}${statuses[span.status.code]}`,
        ...below(span.spanContext().spanId, `${indent}  `),
      ])
  return below(undefined, '')
}

/** Reads a reply that is broken off, and tells how many bytes of it came. */
export async function bytesUntilBroken(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<number> {
  let bytes = 0
  try {
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) bytes += part.value.length
  } catch {
    return bytes
  }
  throw new Error('the reply came to its end')
}
