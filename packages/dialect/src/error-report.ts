/** What an error in JSON says, whoever wrote it. It reads facts and draws no conclusions. */

import { isObject, textOf } from './json.ts'
import type { JsonObject } from './json.ts'

export interface ErrorReport {
  /** Stable and made for programs, such as `context_length_exceeded`. */
  readonly code: string | undefined
  /** Coarser than the code, such as `invalid_request_error`. */
  readonly type: string | undefined
  /** At most 2,000 characters. */
  readonly message: string
  /** Which part of the request was wrong, such as `messages`. */
  readonly param: string | undefined
  /** The HTTP status that the error names, 400 to 599. */
  readonly status: number | undefined
}

const mostMessage = 2000

/** Longer ones are no names. */
const mostName = 100

/**
 * Reads the error in an object: its field `error` (an object, or a text beside `error_type`), or where there is none the object
 * itself.
 *
 * - OpenAI, LiteLLM: `{"error":{"message","type","param","code"}}`, where `code` may be a status, also as text
 * - OpenAI responses: `{"type":"error","code","message","param"}`, `{"type":"response.failed","response":{"error":{...}}}`
 * - Anthropic: `{"type":"error","error":{"type","message"}}`
 * - Azure: `innererror.code` stands for a `code` that says nothing
 * - vLLM, Mistral: `{"object":"error","message","type","code":400}`; SGLang the same within `error`
 * - TGI: `{"error":"text","error_type":"overloaded"}`, `{"error":{"message","http_status_code":422}}`
 * - Gemini: `{"error":{"code":400,"message","status":"INVALID_ARGUMENT"}}`
 * - OpenRouter: `{"error":{"code":502,"message","metadata":{"raw"}}}`, where `raw` is what the model's provider said
 * - Bedrock, Ollama, FastAPI: `{"message"}`, `{"error":"text"}`, `{"detail":"text"}`
 */
export function errorReport(object: JsonObject): ErrorReport {
  const response = object['response']
  const within = object['error'] ?? (isObject(response) ? response['error'] : undefined) ?? object['detail']
  if (typeof within === 'string') return reportOf(object, within, object['error_type'])
  const error = isObject(within) ? within : object
  const detail = isObject(error['metadata']) ? textOf(error['metadata']['raw']) : undefined
  const message = textOf(error['message']) ?? textOf(error['Message']) ?? ''
  return reportOf(error, detail === undefined ? message : `${message} ${detail}`, error['type'])
}

/** The same for what a whole body or event is; undefined for what is no object. Gemini puts the object into an array. */
export function errorReportOf(value: unknown): ErrorReport | undefined {
  const object: unknown = Array.isArray(value) ? value[0] : value
  return isObject(object) ? errorReport(object) : undefined
}

/** An error that is a text. */
export function plainReport(text: string): ErrorReport {
  return reportOf({}, text, undefined)
}

function reportOf(error: JsonObject, message: string, type: unknown): ErrorReport {
  const inner = error['innererror']
  return {
    code: nameOf(error['code']) ?? (isObject(inner) ? nameOf(inner['code']) : undefined),
    type: nameOf(type) ?? nameOf(error['__type']) ?? nameOf(error['status']),
    message: message.slice(0, mostMessage),
    param: textOf(error['param'])?.slice(0, mostName),
    status: statusOf(error['status']) ?? statusOf(error['http_status_code']) ?? statusOf(error['code']),
  }
}

/** A code that is a number is a status. */
function nameOf(value: unknown): string | undefined {
  const name = textOf(value)
  // LiteLLM writes Python's None as text.
  if (name === undefined || name === '' || name === 'None' || name.length > mostName) return undefined
  return statusOf(name) === undefined ? name : undefined
}

function statusOf(value: unknown): number | undefined {
  const status = typeof value === 'string' && value.length === 3 ? Number(value) : value
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status < 600 ? status : undefined
}
