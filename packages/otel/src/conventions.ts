/**
 * Which names the metrics of GenAI calls have. They are still in development and changed in 2026; the switch is
 * OpenTelemetry's own variable `OTEL_SEMCONV_STABILITY_OPT_IN`.
 */

/** Tokens as one histogram with the type as an attribute, or as a counter for each type. */
export type TokenMetrics =
  | { readonly kind: 'histogram'; readonly name: string }
  | { readonly kind: 'counters'; readonly input: string; readonly output: string; readonly cached: string }

export interface Conventions {
  readonly duration: string
  readonly timeToFirstChunk: string
  readonly tokens: TokenMetrics
  /** Of calls for embeddings, where they have metrics of their own; the others are not for them then. */
  readonly embeddings: { readonly duration: string; readonly inputTokens: string } | undefined
  /** Spans of streams have `gen_ai.request.stream` and `gen_ai.response.time_to_first_chunk`. */
  readonly streamOnSpan: boolean
}

/** From 1.37 on, while the conventions for GenAI stood with all others: what most backends read. */
const released: Conventions = {
  duration: 'gen_ai.client.operation.duration',
  timeToFirstChunk: 'gen_ai.client.operation.time_to_first_chunk',
  tokens: { kind: 'histogram', name: 'gen_ai.client.token.usage' },
  embeddings: undefined,
  streamOnSpan: false,
}

/** Of the repository semantic-conventions-genai. */
const latest: Conventions = {
  duration: 'gen_ai.client.inference.duration',
  timeToFirstChunk: 'gen_ai.client.inference.time_to_first_chunk',
  tokens: {
    kind: 'counters',
    input: 'gen_ai.client.inference.usage.input_tokens',
    output: 'gen_ai.client.inference.usage.output_tokens',
    cached: 'gen_ai.client.inference.usage.cache_read.input_tokens',
  },
  embeddings: {
    duration: 'gen_ai.client.embeddings.duration',
    inputTokens: 'gen_ai.client.embeddings.operation.input_tokens',
  },
  streamOnSpan: true,
}

/**
 * `optIn` is a comma-separated list; `gen_ai_latest_experimental` chooses the latest names. Those of HTTP are the stable ones
 * with or without `http` and `http/dup`: others were never used here.
 */
export function conventionsFor(optIn: string | undefined): Conventions {
  const chosen = (optIn ?? '').split(',').map((one) => one.trim())
  return chosen.includes('gen_ai_latest_experimental') ? latest : released
}
