/** What the spans of a request and of its attempts say: at their start, so that samplers know it, and at their end. */

import { SpanStatusCode } from '@opentelemetry/api'
import type { Attributes, Span } from '@opentelemetry/api'
import type { AttemptReport, RequestReport, TelemetryAttempt, TelemetryRequest } from 'headgate'
import { bounded, genAi, http, own } from './attributes.ts'
import type { Conventions } from './conventions.ts'
import { authorityFacts, endpointFacts } from './endpoint-facts.ts'
import type { Operation } from './gen-ai.ts'
import { methodFacts, methodInName } from './methods.ts'
import { attemptError, requestError } from './outcome.ts'

/** Longest path that becomes a value. */
const mostPath = 2048

/** `{method} {http.route}`. */
export function requestName({ method, pathTemplate }: TelemetryRequest): string {
  const name = methodInName(method)
  return pathTemplate === undefined ? name : `${name} ${pathTemplate}`
}

export function requestStart(request: TelemetryRequest): Attributes {
  const { method, path, scheme, authority, httpVersion, route, rule, pathTemplate } = request
  return {
    ...methodFacts(method),
    [http.scheme]: scheme,
    [http.path]: path.slice(0, mostPath),
    ...(pathTemplate === undefined ? {} : { [http.route]: pathTemplate }),
    [http.protocolVersion]: protocolVersion(httpVersion),
    ...authorityFacts(authority, scheme),
    ...(route === undefined ? {} : { [own.route]: route }),
    ...(rule === undefined ? {} : { [own.rule]: rule }),
  }
}

/** `2.0` is `2` to the conventions. */
export function protocolVersion(httpVersion: string): string {
  return httpVersion === '2.0' ? '2' : httpVersion
}

/** Of a call to a model: what is known when it begins. */
export interface Call {
  readonly operation: Operation
  readonly provider: string
  readonly model: string | undefined
}

export function callFacts({ operation, provider, model }: Call): Attributes {
  return {
    [genAi.operation]: operation,
    [genAi.provider]: provider,
    ...(model === undefined ? {} : { [genAi.requestModel]: model }),
  }
}

/** `{gen_ai.operation.name} {gen_ai.request.model}` for calls to a model, otherwise the method. */
export function attemptName(method: string, call: Call | undefined): string {
  if (call === undefined) return methodInName(method)
  return call.model === undefined ? call.operation : `${call.operation} ${call.model}`
}

export function attemptStart(
  method: string,
  { backend, endpoint, path }: TelemetryAttempt,
  resends: number,
  call: Call | undefined,
): Attributes {
  const { origin, server } = endpointFacts(endpoint)
  return {
    ...methodFacts(method),
    [http.url]: origin + path.slice(0, mostPath),
    ...server,
    ...(resends === 0 ? {} : { [http.resendCount]: resends }),
    [own.backend]: backend,
    [own.endpoint]: endpoint,
    ...(call === undefined ? {} : callFacts(call)),
  }
}

/** Ends the span whatever its SDK thinks of the attributes. */
export function endRequest(span: Span, report: RequestReport): void {
  try {
    describeRequest(span, report)
    setError(span, requestError(report))
  } finally {
    span.end()
  }
}

function describeRequest(span: Span, report: RequestReport): void {
  const { id, status, result, code, backend, attempts, bytesIn, bytesOut, split, limits, passed } = report
  const chosen = split?.shares[split.chosen]?.backend
  span.setAttributes({
    [own.requestId]: id,
    [own.result]: result,
    [own.attempts]: attempts.length,
    [http.requestSize]: bytesIn,
    [http.responseSize]: bytesOut,
    ...(status === 0 ? {} : { [http.status]: status }),
    ...(code === undefined ? {} : { [own.code]: code }),
    ...(backend === undefined ? {} : { [own.backend]: backend }),
    ...(split === undefined ? {} : { [own.splitBy]: split.by }),
    ...(chosen === undefined ? {} : { [own.splitChosen]: chosen }),
    ...(split?.slot === undefined ? {} : { [own.splitSlot]: split.slot }),
  })
  if (limits.length > 0) {
    const texts = limits.map(({ limit, charged, retryAfterMs }) =>
      retryAfterMs === undefined ? `${limit}=${charged}` : `${limit}=refused`,
    )
    span.setAttribute(own.limits, texts)
  }
  if (passed.length > 0) {
    const texts = passed.map((one) => `${one.backend} ${one.because}`)
    span.setAttribute(own.passed, texts)
  }
}

export function endAttempt(span: Span, report: AttemptReport, call: Call | undefined, names: Conventions): void {
  try {
    describeAttempt(span, report, call, names)
    setError(span, attemptError(report))
  } finally {
    span.end()
  }
}

function describeAttempt(span: Span, report: AttemptReport, call: Call | undefined, names: Conventions): void {
  const { status, outcome, clock, cause, because, reused, bytesReceived, phases, pick } = report
  span.setAttributes({
    [own.outcome]: outcome,
    [own.cause]: cause,
    [own.reused]: reused,
    [http.responseSize]: bytesReceived,
    ...(status === 0 ? {} : { [http.status]: status }),
    ...(clock === undefined ? {} : { [own.clock]: clock }),
    ...(because === undefined ? {} : { [own.because]: because }),
    [own.phases.queue]: phases.queue / 1000,
    [own.phases.connect]: phases.connect / 1000,
    [own.phases.upload]: phases.upload / 1000,
    [own.phases.headers]: phases.headers / 1000,
    [own.phases.firstEvent]: phases.firstEvent / 1000,
    [own.phases.body]: phases.body / 1000,
    ...(call === undefined ? {} : served(report, names)),
  })
  if (pick !== undefined) {
    const candidates = pick.candidates.map(({ endpoint, inFlight, excluded }) =>
      excluded === undefined ? `${endpoint} ${inFlight}` : `${endpoint} ${inFlight} ${excluded}`,
    )
    span.setAttributes({ [own.balance]: pick.balance, [own.candidates]: candidates })
  }
}

/** What the backend says it has served, and how soon. */
function served(report: AttemptReport, { streamOnSpan }: Conventions): Attributes {
  const { model, usage } = report
  const first = streamOnSpan ? firstChunkSeconds(report) : undefined
  return {
    ...(model === undefined ? {} : { [genAi.responseModel]: bounded(model) }),
    ...(usage?.input === undefined ? {} : { [genAi.inputTokens]: usage.input }),
    ...(usage?.output === undefined ? {} : { [genAi.outputTokens]: usage.output }),
    ...(usage?.cached === undefined ? {} : { [genAi.cachedTokens]: usage.cached }),
    ...(first === undefined ? {} : { [genAi.requestStream]: true, [genAi.timeToFirstChunk]: first }),
  }
}

/** From the choice of the endpoint to the first event that says something; undefined where no stream got that far. */
export function firstChunkSeconds({ firstEventMs }: AttemptReport): number | undefined {
  return firstEventMs === undefined ? undefined : firstEventMs / 1000
}

function setError(span: Span, errorType: string | undefined): void {
  if (errorType === undefined) return
  span.setAttribute(http.errorType, errorType)
  span.setStatus({ code: SpanStatusCode.ERROR })
}
