/** How the trace context comes with a request and goes on with its attempts. `baggage` is left alone. */

import { createTraceState, isSpanContextValid, trace } from '@opentelemetry/api'
import type { Context, SpanContext, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api'
import type { TelemetryHead, TelemetryRequest } from 'headgate'

export interface Propagation {
  /** `base` with the caller's span as the current one; `base` itself where the caller sent none. */
  extract(base: Context, request: TelemetryRequest): Context
  /** Writes the span of `sending` into a head. `caller` is what `extract` found. */
  inject(sending: Context, head: TelemetryHead, caller: SpanContext | undefined): void
}

/** Version, trace id, parent id, flags; a later version may have more behind another hyphen. */
const traceparent = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** W3C Trace Context (level 1, section 3.2). What is not valid counts as not sent. */
export function readTraceparent(value: string): SpanContext | undefined {
  const [, version, traceId = '', spanId = '', flags = '', rest] = traceparent.exec(value.trim()) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return undefined
  const found: SpanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  return isSpanContextValid(found) ? found : undefined
}

function writeTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, '0')}`
}

/** `traceparent` and `tracestate`, whatever propagators the SDK has. A `tracestate` that nobody changed stays as it was written. */
export const traceContext: Propagation = {
  extract(base, request) {
    const value = request.header('traceparent')
    const found = value === undefined ? undefined : readTraceparent(value)
    if (found === undefined) return base
    const state = request.header('tracestate')
    return trace.setSpanContext(base, state === undefined ? found : { ...found, traceState: createTraceState(state) })
  },
  inject(sending, head, caller) {
    const span = trace.getSpanContext(sending)
    if (span === undefined || !isSpanContextValid(span)) return
    head.set('traceparent', writeTraceparent(span))
    if (span.traceState !== undefined && span.traceState === caller?.traceState) return
    const state = span.traceState?.serialize() ?? ''
    if (state === '') head.remove('tracestate')
    else head.set('tracestate', state)
  },
}

const getter: TextMapGetter<TelemetryRequest> = {
  get: (request, name) => request.header(name.toLowerCase()),
  keys: () => [],
}

const setter: TextMapSetter<TelemetryHead> = { set: (head, name, value) => head.set(name, value) }

/** A propagator of the application, such as B3. What the caller sent in its fields does not go on. */
export function propagationBy(propagator: TextMapPropagator): Propagation {
  return {
    extract: (base, request) => propagator.extract(base, request, getter),
    inject(sending, head) {
      for (const field of propagator.fields()) head.remove(field)
      propagator.inject(sending, head, setter)
    },
  }
}
