/** Errors that another model or another account would not have: which are they? It knows no retries and no fallbacks. */

import { errorReportOf } from './error-report.ts'
import type { ErrorReport } from './error-report.ts'
import { parseJson } from './json.ts'

/**
 * Why a model refused a request that another one may take.
 *
 * - `context-length`: the prompt is longer than this model's context
 * - `content-policy`: this provider's filter refused the prompt
 * - `quota`: the account has no credit left. A rate limit is none: it passes.
 */
export type ErrorClass = 'context-length' | 'content-policy' | 'quota'

/** Error bodies are short. A longer one repeats the prompt, and is not read. */
const mostBytes = 64 * 1024

/** Codes and types, in lower case. */
const byName: ReadonlyMap<string, ErrorClass> = new Map<string, ErrorClass>([
  // OpenAI, Azure, and what speaks like them.
  ['context_length_exceeded', 'context-length'],
  // llama.cpp.
  ['exceed_context_size_error', 'context-length'],
  // Anthropic, status 413.
  ['request_too_large', 'context-length'],
  // GitHub Models and Copilot.
  ['tokens_limit_reached', 'context-length'],
  ['model_max_prompt_tokens_exceeded', 'context-length'],
  // OpenAI; images say moderation_blocked.
  ['content_policy_violation', 'content-policy'],
  ['content_filter', 'content-policy'],
  ['moderation_blocked', 'content-policy'],
  // Azure's innererror.
  ['responsibleaipolicyviolation', 'content-policy'],
  // DashScope (Qwen).
  ['data_inspection_failed', 'content-policy'],
  ['datainspectionfailed', 'content-policy'],
  // OpenAI.
  ['insufficient_quota', 'quota'],
  ['billing_hard_limit_reached', 'quota'],
  ['billing_not_active', 'quota'],
  // Anthropic, status 402.
  ['billing_error', 'quota'],
  // LiteLLM.
  ['budget_exceeded', 'quota'],
])

/** Messages of those that give no code of their own. Each says enough that no prompt repeated in a message is likely to match. */
const byMessage: readonly (readonly [RegExp, ErrorClass])[] = [
  // OpenAI, vLLM, DeepSeek; TGI and SGLang; Mistral.
  [/maximum context length (?:is|of) \d/, 'context-length'],
  [/\d maximum context length/, 'context-length'],
  [/longer than the (?:model's context|maximum model) length/, 'context-length'],
  [/`inputs` (?:tokens \+ `max_new_tokens` must be|must have less than)/, 'context-length'],
  // OpenAI responses.
  [/your input exceeds the context window of this model/, 'context-length'],
  // Anthropic, also through Bedrock and Vertex.
  [/prompt is too long: \d+ tokens/, 'context-length'],
  [/^prompt is too long\b/, 'context-length'],
  [/`max_tokens` exceed context limit: \d/, 'context-length'],
  // Bedrock.
  [/input is too long for requested model/, 'context-length'],
  // Gemini.
  [/input token count \(\d+\) exceeds the maximum number of tokens allowed/, 'context-length'],
  // xAI, Cerebras, Ollama, llama.cpp, llama-cpp-python.
  [/maximum prompt length is \d+ but the request contains/, 'context-length'],
  [/current length is \d+ while limit is \d/, 'context-length'],
  [/input length exceeds (?:the|maximum) context length/, 'context-length'],
  [/exceeds? the available context size/, 'context-length'],
  [/^context size has been exceeded/, 'context-length'],
  [/requested tokens \(\d+\) exceed context window of \d/, 'context-length'],
  // Azure; OpenAI images; OpenAI reasoning models.
  [/triggering azure openai's content management policy/, 'content-policy'],
  [/request was rejected (?:as a result of|by) (?:our|the) safety system/, 'content-policy'],
  [/flagged as potentially violating our usage policy/, 'content-policy'],
  // Anthropic; DeepSeek; OpenRouter.
  [/output blocked by content filtering policy/, 'content-policy'],
  [/^content exists risk/, 'content-policy'],
  [/requires moderation .*your input was flagged/, 'content-policy'],
  // Anthropic; OpenAI and Gemini; DeepSeek; OpenRouter.
  [/your credit balance is too low/, 'quota'],
  [/^you exceeded your current quota, please check your plan and billing/, 'quota'],
  [/^insufficient (?:balance|credits)/, 'quota'],
]

/** OpenAI says so of any text that is too long; only the prompt's length is the model's. */
const promptParam = /^(?:messages|input|prompt|instructions)\b/

/**
 * The class of the reply to a request, from its status and body, or undefined. Only 400 to 499 have one; 402 is always
 * `quota`. It rather says nothing than something wrong: the body must be JSON of a known shape and at most 64 KiB, and is judged
 * by its code, its type and the words that the provider is known to use, never by the repeated prompt.
 */
export function errorClass(status: number, body: Buffer | string): ErrorClass | undefined {
  if (!(status >= 400 && status < 500)) return undefined
  if (status === 402) return 'quota'
  if (body.length === 0 || body.length > mostBytes) return undefined
  const text = typeof body === 'string' ? body : body.toString('utf8')
  const report = errorReportOf(parseJson(text))
  return report && classOf(report)
}

/** The class of an error, whatever its status. */
export function classOf(report: ErrorReport): ErrorClass | undefined {
  const { code, type, param } = report
  const named = (code && byName.get(code.toLowerCase())) ?? (type && byName.get(type.toLowerCase()))
  if (named) return named
  if (code === 'string_above_max_length' && (param === undefined || promptParam.test(param))) return 'context-length'
  if (report.message === '') return undefined
  const message = report.message.toLowerCase()
  return byMessage.find(([words]) => words.test(message))?.[1]
}
