/** A failure as the body of a reply, in the shape that the caller's client library reads. It sets no header and no status. */

import type { DialectName } from './dialect-of.ts'
import { anthropicErrorType } from './errors.ts'
import type { GatewayError } from './errors.ts'

/** OpenAI's error object, as in bodies and in streams. */
export interface OpenaiErrorObject {
  readonly message: string
  readonly type: string
  readonly param: string | null
  readonly code: string
}

/** Anthropic's error, as in bodies and in streams. */
export interface AnthropicErrorObject {
  readonly type: 'error'
  readonly error: { readonly type: string; readonly message: string }
  readonly request_id?: string
}

export function openaiError(error: GatewayError): OpenaiErrorObject {
  return { message: error.message, type: error.type, param: error.param ?? null, code: error.code }
}

/** The type follows from the status: the classes of the two APIs differ. */
export function anthropicError(error: GatewayError): AnthropicErrorObject {
  const { status, message, requestId } = error
  return {
    type: 'error',
    error: { type: anthropicErrorType(status), message },
    ...(requestId === undefined ? {} : { request_id: requestId }),
  }
}

/**
 * The JSON body (`application/json`) of a reply of the gateway's own. OpenAI's shape
 * `{"error":{"message","type","param","code"}}`, also for unknown dialects; Anthropic's
 * `{"type":"error","error":{"type","message"},"request_id"}`, which has no place for `code`.
 */
export function errorBody(dialect: DialectName, error: GatewayError): string {
  return JSON.stringify(dialect === 'anthropic-messages' ? anthropicError(error) : { error: openaiError(error) })
}
