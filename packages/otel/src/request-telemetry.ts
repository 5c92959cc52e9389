/** One request and its attempts: begins their spans, hands their context on, and records what the reports say. */

import { SpanKind, trace, TraceFlags } from '@opentelemetry/api'
import type { Context, Link, Span, SpanContext, Tracer } from '@opentelemetry/api'
import type {
  AttemptReport,
  RequestReport,
  RequestTelemetry,
  TelemetryAttempt,
  TelemetryHead,
  TelemetryRequest,
} from 'headgate'
import { genAi } from './attributes.ts'
import { inputOf, outputOf } from './content.ts'
import type { Conventions } from './conventions.ts'
import { operationOf, providerOf, requestModel } from './gen-ai.ts'
import type { Operation, ProviderNames } from './gen-ai.ts'
import type { GatewayMetrics } from './metrics.ts'
import type { Origin } from './origin.ts'
import type { Propagation } from './propagation.ts'
import { attemptName, attemptStart, endAttempt, endRequest } from './spans.ts'
import type { Call } from './spans.ts'

/** What all requests share. */
export interface Settings {
  readonly conventions: Conventions
  readonly propagation: Propagation
  readonly provider: ProviderNames | undefined
  /** Longest body that is searched for its model. 0: none is. */
  readonly modelBytes: number
  /** Longest body whose content goes on spans. 0: none does. */
  readonly contentBytes: number
}

/** What was begun for a request. */
export interface Begun {
  readonly origin: Origin
  /** Undefined: there are metrics alone. */
  readonly tracer: Tracer | undefined
  readonly span: Span | undefined
  readonly metrics: GatewayMetrics | undefined
}

export class OpenRequest implements RequestTelemetry {
  readonly recording: boolean
  readonly replyBytes: number
  readonly #settings: Settings
  readonly #request: TelemetryRequest
  readonly #origin: Origin
  readonly #tracer: Tracer | undefined
  readonly #span: Span | undefined
  readonly #metrics: GatewayMetrics | undefined
  readonly #operation: Operation | undefined
  /** With the request's span, where there is one. */
  readonly #context: Context
  #attempt: Span | undefined
  #attemptContext: Context
  #call: Call | undefined
  #replaced: SpanContext | undefined
  #attempts = 0

  constructor(settings: Settings, request: TelemetryRequest, { origin, tracer, span, metrics }: Begun) {
    this.recording = metrics !== undefined || span?.isRecording() === true
    this.#settings = settings
    this.#request = request
    this.#origin = origin
    // Attempts of a request that is not sampled have no spans of their own.
    this.#tracer = span?.isRecording() === true ? tracer : undefined
    this.#span = span
    this.#metrics = metrics
    this.#operation = this.recording ? operationOf(request) : undefined
    this.replyBytes = this.#operation === undefined || this.#tracer === undefined ? 0 : settings.contentBytes
    this.#context = span === undefined ? origin.parent : trace.setSpan(origin.parent, span)
    this.#attemptContext = this.#context
  }

  get traceId(): string | undefined {
    return this.#span?.spanContext().traceId
  }

  attempt(attempt: TelemetryAttempt, head: TelemetryHead): void {
    const resends = this.#attempts++
    this.#attemptContext = this.#context
    this.#call = this.#callOf(attempt)
    const span = this.#tracer?.startSpan(
      attemptName(this.#request.method, this.#call),
      {
        kind: SpanKind.CLIENT,
        attributes: attemptStart(this.#request.method, attempt, resends, this.#call),
        links: this.#links(),
      },
      this.#context,
    )
    this.#attempt = span
    if (span !== undefined) this.#attemptContext = trace.setSpan(this.#context, span)
    this.#inject(this.#attemptContext, head)
    if (span !== undefined && this.replyBytes > 0) this.#tellInput(span, attempt.body)
  }

  #tellInput(span: Span, body: Buffer | undefined): void {
    if (body === undefined || body.length > this.replyBytes) return
    const input = inputOf(this.#request.dialect, body)
    if (input === undefined) return
    const { instructions, messages } = input
    if (instructions.length > 0) span.setAttribute(genAi.instructions, JSON.stringify(instructions))
    if (messages.length > 0) span.setAttribute(genAi.inputMessages, JSON.stringify(messages))
  }

  #tellOutput(span: Span, reply: Buffer): void {
    const messages = outputOf(this.#request.dialect, reply)
    if (messages !== undefined && messages.length > 0) span.setAttribute(genAi.outputMessages, JSON.stringify(messages))
  }

  attemptEnded(report: AttemptReport, reply?: Buffer): void {
    const span = this.#attempt
    this.#attempt = undefined
    this.#replaced = span?.spanContext()
    try {
      if (span !== undefined && reply !== undefined && this.replyBytes > 0) this.#tellOutput(span, reply)
    } finally {
      this.#end(span, report)
    }
  }

  #end(span: Span | undefined, report: AttemptReport): void {
    try {
      if (span !== undefined) endAttempt(span, report, this.#call, this.#settings.conventions)
    } finally {
      this.#metrics?.attempt(this.#request.method, report, this.#call, this.#attemptContext)
    }
  }

  ended(report: RequestReport): void {
    try {
      if (this.#span !== undefined) endRequest(this.#span, report)
    } finally {
      this.#count(report)
    }
  }

  #count(report: RequestReport): void {
    if (this.#origin.kind === SpanKind.SERVER) this.#metrics?.request(this.#request, report, this.#context)
    const call = this.#call ?? this.#callOf(undefined)
    if (call !== undefined) this.#metrics?.called(report, call, this.#context)
  }

  mirror(head: TelemetryHead): void {
    this.#inject(this.#context, head)
  }

  get sampled(): boolean {
    return ((this.#span?.spanContext().traceFlags ?? TraceFlags.NONE) & TraceFlags.SAMPLED) === TraceFlags.SAMPLED
  }

  #inject(sending: Context, head: TelemetryHead): void {
    // Without a span of our own the caller's fields go on as they are.
    if (this.#span !== undefined) this.#settings.propagation.inject(sending, head, this.#origin.caller)
  }

  /** A further attempt is linked to the one that it replaces. */
  #links(): Link[] {
    return this.#replaced === undefined ? [] : [{ context: this.#replaced }]
  }

  /** `attempt` is undefined where there was none. */
  #callOf(attempt: TelemetryAttempt | undefined): Call | undefined {
    if (this.#operation === undefined) return undefined
    const { provider, modelBytes } = this.#settings
    return {
      operation: this.#operation,
      provider: providerOf(provider, attempt?.backend ?? '', this.#request.dialect),
      model: attempt === undefined ? undefined : requestModel(attempt, modelBytes),
    }
  }
}
