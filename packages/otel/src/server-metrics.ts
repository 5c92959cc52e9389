/**
 * What callers wait for of a model behind this gateway: `gen_ai.server.*`, for each request with all its attempts. Those of one
 * attempt at a backend are `gen_ai.client.*`.
 */

import type { Attributes, Context, Histogram, Meter } from '@opentelemetry/api'
import type { AttemptReport, RequestReport } from 'headgate'
import { genAi, http, own } from './attributes.ts'
import { firstTokenSeconds, modelSeconds, tokenSeconds } from './buckets.ts'
import type { ModelNames } from './model-names.ts'
import { requestError } from './outcome.ts'
import { callFacts } from './spans.ts'
import type { Call } from './spans.ts'

export class ServerMetrics {
  readonly #duration: Histogram
  readonly #firstToken: Histogram
  readonly #perToken: Histogram

  constructor(meter: Meter) {
    const seconds = (name: string, description: string, explicitBucketBoundaries: number[]): Histogram =>
      meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries } })
    this.#duration = seconds(
      'gen_ai.server.request.duration',
      'Generative AI server request duration such as time-to-last byte or last output token.',
      modelSeconds,
    )
    this.#firstToken = seconds(
      'gen_ai.server.time_to_first_token',
      'Time to generate first token for successful responses.',
      firstTokenSeconds,
    )
    this.#perToken = seconds(
      'gen_ai.server.time_per_output_token',
      'Time per output token generated after the first token for successful responses.',
      tokenSeconds,
    )
  }

  /** `call` is that of the last attempt, or of none; `asked` and `served` know the models that its attempts were counted under. */
  request(report: RequestReport, call: Call, asked: ModelNames, served: ModelNames, within: Context): void {
    const last = report.attempts.at(-1)
    const answered = report.result === 'completed' && last?.outcome === 'ok' ? last : undefined
    const facts: Attributes = {
      ...callFacts(call.model === undefined ? call : { ...call, model: asked.value(call.model, false) }),
      ...(report.backend === undefined ? {} : { [own.backend]: report.backend }),
      ...(answered?.model === undefined ? {} : { [genAi.responseModel]: served.value(answered.model, false) }),
    }
    const failed = errorOf(report)
    const attributes = failed === undefined ? facts : { ...facts, [http.errorType]: failed }
    this.#duration.record(report.durationMs / 1000, attributes, within)
    if (answered !== undefined) this.#times(answered, facts, within)
  }

  #times({ startMs, durationMs, firstEventMs, usage }: AttemptReport, facts: Attributes, within: Context): void {
    if (firstEventMs === undefined) return
    this.#firstToken.record((startMs + firstEventMs) / 1000, facts, within)
    const further = (usage?.output ?? 0) - 1
    if (further > 0) this.#perToken.record((durationMs - firstEventMs) / 1000 / further, facts, within)
  }
}

/** To whoever asked a model, a refusal is an error too. */
function errorOf(report: RequestReport): string | undefined {
  const { result, status, code } = report
  if (result === 'abandoned' || status < 400) return requestError(report)
  return code ?? String(status)
}
