/** The instruments, and what is recorded at the end of a request and of an attempt. Attributes have bounded values only. */

import { ValueType } from '@opentelemetry/api'
import type { Attributes, Context, Counter, Histogram, Meter } from '@opentelemetry/api'
import type { AttemptReport, RequestReport, TelemetryRequest } from 'headgate'
import { genAi, http, own } from './attributes.ts'
import type { Conventions } from './conventions.ts'
import { endpointFacts } from './endpoint-facts.ts'
import { methodName } from './methods.ts'
import { attemptError, requestError } from './outcome.ts'
import { callFacts, firstChunkSeconds, protocolVersion } from './spans.ts'
import type { Call } from './spans.ts'

/** As the conventions ask for them. A view of the SDK replaces them. */
const httpSeconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const modelSeconds = Array.from({ length: 14 }, (_, power) => 0.01 * 2 ** power)
const chunkSeconds = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const tokenCounts = Array.from({ length: 14 }, (_, power) => 4 ** power)

/** Most names of models that become values of an attribute, and longest of them. */
const mostModels = 200
const longestModel = 128

export class GatewayMetrics {
  readonly #server: Histogram
  readonly #client: Histogram
  readonly #call: Histogram
  readonly #firstChunk: Histogram
  readonly #tokens: Tokens
  readonly #asked = new Set<string>()
  readonly #served = new Set<string>()

  constructor(meter: Meter, names: Conventions) {
    const seconds = (name: string, description: string, buckets: number[]): Histogram =>
      meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries: buckets } })
    this.#server = seconds('http.server.request.duration', 'Duration of HTTP server requests.', httpSeconds)
    this.#client = seconds('http.client.request.duration', 'Duration of HTTP client requests.', httpSeconds)
    this.#call = seconds(names.duration, 'Duration of calls to a model.', modelSeconds)
    this.#firstChunk = seconds(names.timeToFirstChunk, 'Time until a stream says something.', chunkSeconds)
    this.#tokens = openTokens(meter, names)
  }

  /** Not for a request below a span of this process: its SERVER span has the metric. */
  request(request: TelemetryRequest, report: RequestReport, within: Context): void {
    const errorType = requestError(report)
    const { pathTemplate } = request
    const attributes: Attributes = {
      [http.method]: methodName(request.method),
      [http.scheme]: request.scheme,
      [http.protocolVersion]: protocolVersion(request.httpVersion),
      ...(pathTemplate === undefined ? {} : { [http.route]: pathTemplate }),
      ...(report.status === 0 ? {} : { [http.status]: report.status }),
      ...(errorType === undefined ? {} : { [http.errorType]: errorType }),
    }
    this.#server.record(report.durationMs / 1000, attributes, within)
  }

  attempt(method: string, report: AttemptReport, call: Call | undefined, within: Context): void {
    const errorType = attemptError(report)
    const failed = errorType === undefined ? {} : { [http.errorType]: errorType }
    const { server } = endpointFacts(report.endpoint)
    const seconds = report.durationMs / 1000
    const attributes: Attributes = {
      [http.method]: methodName(method),
      ...server,
      [own.backend]: report.backend,
      ...(report.status === 0 ? {} : { [http.status]: report.status }),
      ...failed,
    }
    this.#client.record(seconds, attributes, within)
    if (call === undefined) return
    const { model } = report
    const isKnown = report.status >= 200 && report.status < 300
    const facts: Attributes = {
      ...callFacts(call.model === undefined ? call : { ...call, model: counted(this.#asked, call.model, isKnown) }),
      ...server,
      [own.backend]: report.backend,
      ...(model === undefined ? {} : { [genAi.responseModel]: counted(this.#served, model, isKnown) }),
    }
    this.#call.record(seconds, { ...facts, ...failed }, within)
    const first = firstChunkSeconds(report)
    if (first !== undefined) this.#firstChunk.record(first, facts, within)
    this.#tokens(report, facts, within)
  }
}

/** Callers may name any model: one that is new, and that no backend has answered for, takes none of the places. */
function counted(models: Set<string>, model: string, isKnown: boolean): string {
  if (models.has(model)) return model
  if (!isKnown || models.size >= mostModels || model.length > longestModel) return '_OTHER'
  models.add(model)
  return model
}

type Tokens = (report: AttemptReport, facts: Attributes, within: Context) => void

function openTokens(meter: Meter, { tokens }: Conventions): Tokens {
  const unit = '{token}'
  if (tokens.kind === 'histogram') {
    const histogram = meter.createHistogram(tokens.name, {
      description: 'Number of input and output tokens used.',
      unit,
      valueType: ValueType.INT,
      advice: { explicitBucketBoundaries: tokenCounts },
    })
    return ({ usage }, facts, within) => {
      if (usage?.input !== undefined) histogram.record(usage.input, { ...facts, [genAi.tokenType]: 'input' }, within)
      if (usage?.output !== undefined) histogram.record(usage.output, { ...facts, [genAi.tokenType]: 'output' }, within)
    }
  }
  const counter = (name: string, description: string): Counter =>
    meter.createCounter(name, { description, unit, valueType: ValueType.INT })
  const input = counter(tokens.input, 'The number of input tokens used, including cached ones.')
  const output = counter(tokens.output, 'The number of output tokens used, including reasoning ones.')
  const cached = counter(tokens.cached, 'The number of input tokens served from a cache of the provider.')
  // Backends do not say of what kind the tokens are.
  return ({ usage }, facts, within) => {
    const all = { ...facts, [genAi.tokenModality]: 'unknown' }
    input.add(usage?.input ?? 0, all, within)
    output.add(usage?.output ?? 0, all, within)
    if (usage?.cached !== undefined) cached.add(usage.cached, all, within)
  }
}
