/** Spans as plain objects that are compared whole: parents and links by their place in the list, times left out. */

import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { Attributes, SpanContext } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { chat } from './observed.ts'
import type { SpanSdk } from './observed.ts'

export interface ExactSpan {
  readonly name: string
  readonly kind: string
  /** Place of the parent in the list, the id of one that is elsewhere, or undefined for a root. */
  readonly parent: number | string | undefined
  readonly status: string
  readonly links: readonly (number | string)[]
  readonly attributes: Attributes
  readonly events: readonly string[]
}

/** All spans in the order in which they began. Throws where one was not ended exactly once. */
export function exactSpans({ lives }: SpanSdk): ExactSpan[] {
  const spans = lives.map(({ span, ends }) => {
    if (ends !== 1) throw new Error(`${span.name} was ended ${ends} times`)
    return span as unknown as ReadableSpan
  })
  const ids = spans.map((span) => span.spanContext().spanId)
  const placeOf = ({ spanId }: SpanContext): number | string => (ids.includes(spanId) ? ids.indexOf(spanId) : spanId)
  return spans.map((span) => ({
    name: span.name,
    kind: SpanKind[span.kind],
    parent: span.parentSpanContext === undefined ? undefined : placeOf(span.parentSpanContext),
    status: SpanStatusCode[span.status.code] + (span.status.message ?? ''),
    links: span.links.map((link) => placeOf(link.context)),
    attributes: checked(span.attributes),
    events: span.events.map(({ name }) => name),
  }))
}

/** What is different every time: that it is there and of its kind is all that can be said of it. */
function checked(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => {
      if (name === 'headgate.request.id') return [name, typeof value === 'string' && value !== '' ? 'an id' : value]
      if (name.startsWith('headgate.phase.')) return [name, typeof value === 'number' && value >= 0 ? 'seconds' : value]
      return [name, value]
    }),
  )
}

const server = (url: string): Attributes => {
  const { hostname, port } = new URL(url)
  return { 'server.address': hostname, 'server.port': Number(port) }
}

type Over = Partial<Omit<ExactSpan, 'attributes'>>

/** The span of a plain call to a model by HTTP/1.1 that a split of one chose for `a`, with what is different about it. */
export function requestSpan(url: string, attributes: Attributes, over: Over = {}): ExactSpan {
  return {
    name: 'POST /v1',
    kind: 'SERVER',
    parent: undefined,
    status: 'UNSET',
    links: [],
    events: [],
    ...over,
    attributes: defined({
      'http.request.method': 'POST',
      'url.scheme': 'http',
      'url.path': chat,
      'http.route': '/v1',
      'network.protocol.version': '1.1',
      ...server(url),
      'http.response.status_code': 200,
      'headgate.route': 'chat',
      'headgate.rule': 'chat',
      'headgate.request.id': 'an id',
      'headgate.result': 'completed',
      'headgate.backend': 'a',
      'headgate.attempts': 1,
      'headgate.split.by': 'weight',
      'headgate.split.chosen': 'a',
      'headgate.split.slot': 0,
      ...attributes,
    }),
  }
}

const phases = ['queue', 'connect', 'upload', 'headers', 'first_event', 'body']

/** The span of a first attempt at `a` that went well, with what is different about it. */
export function attemptSpan(endpoint: string, attributes: Attributes, over: Over = {}): ExactSpan {
  return {
    name: 'chat',
    kind: 'CLIENT',
    parent: 0,
    status: 'UNSET',
    links: [],
    events: [],
    ...over,
    attributes: defined({
      'http.request.method': 'POST',
      'url.full': endpoint + chat,
      ...server(endpoint),
      'http.response.status_code': 200,
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'headgate.backend': 'a',
      'headgate.endpoint': endpoint,
      'headgate.attempt.cause': 'first',
      'headgate.attempt.outcome': 'ok',
      'headgate.connection.reused': false,
      'headgate.pick.balance': 'round-robin',
      'headgate.pick.candidates': [`${endpoint} 0`],
      ...Object.fromEntries(phases.map((phase) => [`headgate.phase.${phase}`, 'seconds'])),
      ...attributes,
    }),
  }
}

/** Undefined takes an attribute away. */
function defined(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))
}
