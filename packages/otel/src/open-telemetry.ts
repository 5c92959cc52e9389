/** The telemetry of a gateway by the OpenTelemetry API alone. Where spans and metrics go is the business of the application's SDK. */

import { isSpanContextValid } from '@opentelemetry/api'
import type { MeterProvider, Span, TextMapPropagator, Tracer, TracerProvider } from '@opentelemetry/api'
import type { RequestTelemetry, Telemetry, TelemetryRequest } from 'headgate'
import { conventionsFor } from './conventions.ts'
import type { ProviderNames } from './gen-ai.ts'
import { GatewayMetrics } from './metrics.ts'
import { originOf } from './origin.ts'
import type { Origin } from './origin.ts'
import { propagationBy, traceContext } from './propagation.ts'
import { OpenRequest } from './request-telemetry.ts'
import type { Settings } from './request-telemetry.ts'
import { findMeter, findTracer } from './sdk.ts'
import { requestName, requestStart } from './spans.ts'

export interface OpenTelemetryOptions {
  /** Spans, and the trace context in the heads of attempts. Default true. */
  readonly traces?: boolean
  /** Default true. */
  readonly metrics?: boolean
  /** Default: the one that the SDK registers globally, whenever that is. */
  readonly tracerProvider?: TracerProvider
  /** Default: the one that the SDK registers globally, whenever that is. */
  readonly meterProvider?: MeterProvider
  /**
   * Reads and writes the trace context of heads. Default: W3C Trace Context (`traceparent`, `tracestate`) whatever the SDK has
   * registered; `baggage` then passes as the caller wrote it.
   */
  readonly propagator?: TextMapPropagator
  /** Callers are strangers: each request begins a trace of its own, linked to the caller's. Default false: it goes on with theirs. */
  readonly publicEndpoint?: boolean
  /**
   * `gen_ai.provider.name`, one for all or by the name of the backend. Default: `anthropic` where its API is spoken, otherwise
   * `openai`.
   */
  readonly provider?: ProviderNames
  /**
   * Looks into request bodies for the name of the model (`gen_ai.request.model`); nothing else is taken from them. Only JSON that
   * is held whole, of up to 64 KiB or as many bytes as are given. Default false: the name is that of the config, or left out.
   */
  readonly requestModel?: boolean | number
  /**
   * Puts what is said to models and what they say on the spans of attempts, as JSON in `gen_ai.system_instructions`,
   * `gen_ai.input.messages` and `gen_ai.output.messages` (GenAI conventions): of chat completions, completions, responses and
   * messages whose body is held whole, and of replies that are no streams, each of up to 64 KiB or as many bytes as are given.
   * Images, sounds and files are only named. Default false: nothing of it leaves the process.
   */
  readonly content?: boolean | number
  /** Which conventions names follow. Default: the environment variable `OTEL_SEMCONV_STABILITY_OPT_IN`. */
  readonly semconvOptIn?: string
}

/**
 * For the option `telemetry` of a gateway. Until an SDK is there, each request costs a few reads and makes nothing.
 * Throws RangeError for a `requestModel` or `content` that is a number and not a positive integer.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Telemetry {
  return new OpenTelemetry(options)
}

const defaultBytes = 64 * 1024

class OpenTelemetry implements Telemetry {
  readonly #options: OpenTelemetryOptions
  readonly #settings: Settings
  #tracer: Tracer | undefined
  #metrics: GatewayMetrics | undefined

  constructor(options: OpenTelemetryOptions) {
    const { propagator, semconvOptIn = process.env['OTEL_SEMCONV_STABILITY_OPT_IN'] } = options
    this.#options = options
    this.#settings = {
      conventions: conventionsFor(semconvOptIn),
      propagation: propagator === undefined ? traceContext : propagationBy(propagator),
      provider: options.provider,
      modelBytes: byteLimit('requestModel', options.requestModel ?? false),
      contentBytes: byteLimit('content', options.content ?? false),
    }
    this.#look()
  }

  get active(): boolean {
    if (this.#tracer === undefined || this.#metrics === undefined) this.#look()
    return this.#tracer !== undefined || this.#metrics !== undefined
  }

  begin(request: TelemetryRequest): RequestTelemetry | undefined {
    const tracer = this.#tracer
    const metrics = this.#metrics
    const origin = originOf(request, this.#settings.propagation, this.#options.publicEndpoint === true)
    const span = tracer === undefined ? undefined : startSpan(tracer, request, origin)
    if (span === undefined && metrics === undefined) return undefined
    return new OpenRequest(this.#settings, request, { origin, tracer, span, metrics })
  }

  #look(): void {
    const { traces = true, metrics = true, tracerProvider, meterProvider } = this.#options
    if (traces) this.#tracer ??= findTracer(tracerProvider)
    if (!metrics || this.#metrics !== undefined) return
    const meter = findMeter(meterProvider)
    if (meter !== undefined) this.#metrics = new GatewayMetrics(meter, this.#settings.conventions)
  }
}

/** Undefined where tracing is suppressed. */
function startSpan(tracer: Tracer, request: TelemetryRequest, { parent, kind, links }: Origin): Span | undefined {
  const attributes = requestStart(request)
  const span = tracer.startSpan(requestName(request), { kind, attributes, links: [...links] }, parent)
  return isSpanContextValid(span.spanContext()) ? span : undefined
}

/** 0: nothing is looked at. */
function byteLimit(name: string, option: boolean | number): number {
  if (typeof option === 'boolean') return option ? defaultBytes : 0
  if (Number.isInteger(option) && option > 0) return option
  throw new RangeError(`${name} is ${option}; expected true, false, or a number of bytes above 0`)
}
