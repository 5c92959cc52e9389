/** The instruments, and what is recorded at the end of a request and of an attempt. Attributes have bounded values only. */

import { ValueType } from '@opentelemetry/api'
import type { Attributes, Context, Counter, Histogram, Meter } from '@opentelemetry/api'
import type { AttemptReport, RequestReport, TelemetryRequest } from 'headgate'
import { genAi, http, own } from './attributes.ts'
import { httpSeconds, modelSeconds, tokenCounts } from './buckets.ts'
import type { Conventions } from './conventions.ts'
import { endpointFacts } from './endpoint-facts.ts'
import { methodName } from './methods.ts'
import { ModelNames } from './model-names.ts'
import { attemptError, requestError } from './outcome.ts'
import { ServerMetrics } from './server-metrics.ts'
import { callFacts, firstChunkSeconds, protocolVersion } from './spans.ts'
import type { Call } from './spans.ts'

export class GatewayMetrics {
  readonly #server: Histogram
  readonly #client: Histogram
  readonly #call: Histogram
  readonly #firstChunk: Histogram
  readonly #tokens: Tokens
  readonly #embeddings: Embeddings | undefined
  readonly #models: ServerMetrics
  readonly #asked = new ModelNames()
  readonly #served = new ModelNames()

  constructor(meter: Meter, names: Conventions) {
    const seconds = (name: string, description: string, buckets: number[]): Histogram =>
      meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries: buckets } })
    this.#server = seconds('http.server.request.duration', 'Duration of HTTP server requests.', httpSeconds)
    this.#client = seconds('http.client.request.duration', 'Duration of HTTP client requests.', httpSeconds)
    this.#call = seconds(names.duration, 'GenAI operation duration.', modelSeconds)
    this.#firstChunk = seconds(names.timeToFirstChunk, 'Time to receive the first chunk.', modelSeconds)
    this.#tokens = openTokens(meter, names)
    this.#embeddings = names.embeddings && {
      duration: seconds(names.embeddings.duration, 'GenAI client embeddings operation duration.', modelSeconds),
      inputTokens: tokenHistogram(meter, names.embeddings.inputTokens, 'Number of input tokens of one operation.'),
    }
    this.#models = new ServerMetrics(meter)
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

  /** A request that asked a model, when it is over. */
  called(report: RequestReport, call: Call, within: Context): void {
    this.#models.request(report, call, this.#asked, this.#served, within)
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
      ...callFacts(call.model === undefined ? call : { ...call, model: this.#asked.value(call.model, isKnown) }),
      ...server,
      [own.backend]: report.backend,
      ...(model === undefined ? {} : { [genAi.responseModel]: this.#served.value(model, isKnown) }),
    }
    if (call.operation === 'embeddings' && this.#embeddings !== undefined) {
      this.#embeddings.duration.record(seconds, { ...facts, ...failed }, within)
      if (report.usage?.input !== undefined) this.#embeddings.inputTokens.record(report.usage.input, facts, within)
      return
    }
    this.#call.record(seconds, { ...facts, ...failed }, within)
    const first = firstChunkSeconds(report)
    if (first !== undefined) this.#firstChunk.record(first, facts, within)
    this.#tokens(report, facts, within)
  }
}

/** Instruments of their own for calls for embeddings. */
interface Embeddings {
  readonly duration: Histogram
  readonly inputTokens: Histogram
}

const tokenUnit = '{token}'

function tokenHistogram(meter: Meter, name: string, description: string): Histogram {
  const advice = { explicitBucketBoundaries: tokenCounts }
  return meter.createHistogram(name, { description, unit: tokenUnit, valueType: ValueType.INT, advice })
}

type Tokens = (report: AttemptReport, facts: Attributes, within: Context) => void

function openTokens(meter: Meter, { tokens }: Conventions): Tokens {
  if (tokens.kind === 'histogram') {
    const histogram = tokenHistogram(meter, tokens.name, 'Number of input and output tokens used.')
    return ({ usage }, facts, within) => {
      if (usage?.input !== undefined) histogram.record(usage.input, { ...facts, [genAi.tokenType]: 'input' }, within)
      if (usage?.output !== undefined) histogram.record(usage.output, { ...facts, [genAi.tokenType]: 'output' }, within)
    }
  }
  const counter = (name: string, description: string): Counter =>
    meter.createCounter(name, { description, unit: tokenUnit, valueType: ValueType.INT })
  const input = counter(tokens.input, 'The number of input tokens used, including cached ones.')
  const output = counter(tokens.output, 'The number of output tokens used, including reasoning ones.')
  const cached = counter(tokens.cached, 'The number of input tokens served from a cache of the provider.')
  // Backends do not say of what kind the tokens are.
  return ({ usage }, facts, within) => {
    const all = { ...facts, [genAi.tokenModality]: 'unknown' }
    if (usage?.input !== undefined) input.add(usage.input, all, within)
    if (usage?.output !== undefined) output.add(usage.output, all, within)
    if (usage?.cached !== undefined) cached.add(usage.cached, all, within)
  }
}
