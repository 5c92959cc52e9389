/** Where the span of a request belongs: below the caller's, below one of this process, or at the root of a trace of its own. */

import { context, isSpanContextValid, SpanKind, trace } from '@opentelemetry/api'
import type { Context, Link, Span, SpanContext } from '@opentelemetry/api'
import type { TelemetryRequest } from 'headgate'
import type { Propagation } from './propagation.ts'

export interface Origin {
  /** What the span is begun in. */
  readonly parent: Context
  /** INTERNAL below a span of this process: that one is the SERVER span, or there is no server. */
  readonly kind: SpanKind.SERVER | SpanKind.INTERNAL
  readonly links: readonly Link[]
  /** What the caller sent. */
  readonly caller: SpanContext | undefined
}

/** `publicEndpoint`: callers are strangers, whose trace is only linked to. */
export function originOf(request: TelemetryRequest, propagation: Propagation, publicEndpoint: boolean): Origin {
  const active = context.active()
  const base = trace.deleteSpan(active)
  const extracted = propagation.extract(base, request)
  const caller = trace.getSpanContext(extracted)
  const local = localSpan(active)
  if (local !== undefined) {
    const links = caller === undefined || caller.traceId === local.traceId ? [] : [{ context: caller }]
    return { parent: active, kind: SpanKind.INTERNAL, links, caller }
  }
  if (publicEndpoint) {
    const links = caller === undefined ? [] : [{ context: caller }]
    return { parent: base, kind: SpanKind.SERVER, links, caller }
  }
  return { parent: extracted, kind: SpanKind.SERVER, links: [], caller }
}

/** One that has ended is not what this request runs in: the context of whatever opened the server reaches its handlers. */
function localSpan(active: Context): SpanContext | undefined {
  const span: (Span & { readonly ended?: unknown }) | undefined = trace.getSpan(active)
  if (span === undefined || span.ended === true) return undefined
  const found = span.spanContext()
  return isSpanContextValid(found) && found.isRemote !== true ? found : undefined
}
