/** How many tokens does a backend say it has counted? The spellings of the APIs and of the servers that speak them. */

import type { DialectName } from './dialect-of.ts'
import { isObject, parseJson } from './json.ts'
import type { JsonObject } from './json.ts'

/** Tokens of one call. What a backend does not say, or says in another way than as a count, is not there. */
export interface TokenUsage {
  /** All of the prompt, with what was read from a cache or written to one. */
  readonly input?: number
  /** All that was generated, with reasoning. */
  readonly output?: number
  /** Of `input`, read from a cache. */
  readonly cached?: number
}

/** The fields that Anthropic counts in. */
export const messageCounts = [
  'input_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'output_tokens',
] as const

/** The text of a value that should be an object; undefined where it is none. */
export function objectIn(text: Buffer | undefined): JsonObject | undefined {
  const value = text && parseJson(text.toString())
  return isObject(value) ? value : undefined
}

/**
 * - Anthropic: `input_tokens` is what no cache had to do with; `cache_read_input_tokens` and `cache_creation_input_tokens` come on top
 * - OpenAI chat, completions and embeddings, Azure, vLLM, SGLang, TGI, llama.cpp: `prompt_tokens`, `completion_tokens`,
 *   `prompt_tokens_details.cached_tokens`; embeddings have no output
 * - OpenAI responses, images and transcriptions: `input_tokens`, `output_tokens`, `input_tokens_details.cached_tokens`
 * - DeepSeek: `prompt_cache_hit_tokens`; Moonshot: `cached_tokens` beside the others
 */
export function usageOf(dialect: DialectName, usage: JsonObject): TokenUsage | undefined {
  if (dialect === 'anthropic-messages') return messagesUsage(usage)
  const details = usage['prompt_tokens_details'] ?? usage['input_tokens_details']
  return tokenUsage(
    countOf(usage['prompt_tokens']) ?? countOf(usage['input_tokens']),
    countOf(usage['completion_tokens']) ?? countOf(usage['output_tokens']),
    (isObject(details) ? countOf(details['cached_tokens']) : undefined) ??
      countOf(usage['prompt_cache_hit_tokens']) ??
      countOf(usage['cached_tokens']),
  )
}

function messagesUsage(usage: JsonObject): TokenUsage | undefined {
  const cached = countOf(usage['cache_read_input_tokens'])
  const fresh = countOf(usage['input_tokens'])
  const input =
    fresh === undefined ? undefined : fresh + (cached ?? 0) + (countOf(usage['cache_creation_input_tokens']) ?? 0)
  return tokenUsage(input, countOf(usage['output_tokens']), cached)
}

/**
 * The `timings` of llama.cpp, which end each of its streams, also where nobody asked for usage. `prompt_n` is without the cache;
 * builds before `cache_n` do not say how much that was.
 */
export function timingsUsage(timings: JsonObject): TokenUsage | undefined {
  const cached = countOf(timings['cache_n'])
  const fresh = countOf(timings['prompt_n'])
  const input = fresh === undefined || cached === undefined ? undefined : fresh + cached
  return tokenUsage(input, countOf(timings['predicted_n']), cached)
}

function tokenUsage(
  input: number | undefined,
  output: number | undefined,
  cached: number | undefined,
): TokenUsage | undefined {
  if (input === undefined && output === undefined && cached === undefined) return undefined
  return {
    ...(input === undefined ? {} : { input }),
    ...(output === undefined ? {} : { output }),
    ...(cached === undefined ? {} : { cached }),
  }
}

export function countOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined
}
