/** What every part of this package says about a failure. It knows no wire format. */

/** A failure that the gateway itself reports, before it takes the shape of a dialect. */
export interface GatewayError {
  /** HTTP status, also where the status line was sent long ago and the error travels in a stream. */
  readonly status: number
  /** Stable and made for programs, such as `no_route`. */
  readonly code: string
  /** OpenAI's coarse class, such as `server_error`; {@link openaiErrorType} gives the usual one for a status. */
  readonly type: string
  /** One sentence for people. It reaches the caller: no address, port, file or text of the request. */
  readonly message: string
  /** The part of the request that was wrong, such as `model`. */
  readonly param?: string
  /** Under which the failure is found in the log. */
  readonly requestId?: string
}

/** The types of OpenAI's error objects that a gateway has a use for. */
export type OpenaiErrorType = 'invalid_request_error' | 'rate_limit_error' | 'server_error'

/** The error types of Anthropic's API reference. */
export type AnthropicErrorType =
  | 'api_error'
  | 'authentication_error'
  | 'invalid_request_error'
  | 'not_found_error'
  | 'overloaded_error'
  | 'permission_error'
  | 'rate_limit_error'
  | 'request_too_large'
  | 'timeout_error'

/** The `type` that OpenAI's API has for a status: `rate_limit_error` for 429, another 4xx is an `invalid_request_error`. */
export function openaiErrorType(status: number): OpenaiErrorType {
  if (status === 429) return 'rate_limit_error'
  return isClientError(status) ? 'invalid_request_error' : 'server_error'
}

/**
 * The `error.type` that Anthropic's API has for a status. A gateway's 503 (no room, open circuit) is what that API calls
 * overloaded (529), its 504 a `timeout_error`.
 */
export function anthropicErrorType(status: number): AnthropicErrorType {
  switch (status) {
    case 401:
      return 'authentication_error'
    case 403:
      return 'permission_error'
    case 404:
      return 'not_found_error'
    case 413:
      return 'request_too_large'
    case 429:
      return 'rate_limit_error'
    case 503:
    case 529:
      return 'overloaded_error'
    case 408:
    case 504:
      return 'timeout_error'
    default:
      return isClientError(status) ? 'invalid_request_error' : 'api_error'
  }
}

function isClientError(status: number): boolean {
  return status >= 400 && status < 500
}
