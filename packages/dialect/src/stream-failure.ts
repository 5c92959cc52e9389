/** A stream that failed under a 200: what kind of failure is it, and which status should have been there? */

import { classOf } from './error-class.ts'
import type { ErrorClass } from './error-class.ts'
import { errorReport, errorReportOf, plainReport } from './error-report.ts'
import type { ErrorReport } from './error-report.ts'
import { parseJson } from './json.ts'
import type { JsonObject } from './json.ts'

export interface StreamFailure {
  /**
   * - `error-event`: the stream says itself that it failed
   * - `malformed`: an event that is due to be JSON is none
   * - `empty`: the stream ended before it said anything
   */
  readonly kind: 'error-event' | 'malformed' | 'empty'
  /**
   * The HTTP status that the failure would have had before the head: the one that the event names, or the one of its code or
   * type (429 rate limit, 503 overloaded, 400 invalid request), else 500. 502 for `malformed` and `empty`.
   */
  readonly status: number
  /** The event's own code, such as `rate_limit_exceeded`. */
  readonly code?: string
  /** The event's own type, such as `overloaded_error`. */
  readonly type?: string
  readonly errorClass?: ErrorClass
}

export const emptyStream: StreamFailure = { kind: 'empty', status: 502 }
export const malformedEvent: StreamFailure = { kind: 'malformed', status: 502 }

/** Codes and types, in lower case. What is not here is 500. */
const statuses: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['invalid_prompt', 400],
  ['badrequesterror', 400],
  ['invalid_argument', 400],
  ['validationexception', 400],
  ['validation', 422],
  ['authentication_error', 401],
  ['invalid_api_key', 401],
  ['unauthenticated', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['permission_denied', 403],
  ['not_found_error', 404],
  ['model_not_found', 404],
  ['not_found', 404],
  ['notfounderror', 404],
  ['timeout_error', 504],
  ['deadline_exceeded', 504],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['rate_limit_exceeded', 429],
  ['ratelimiterror', 429],
  ['too_many_requests', 429],
  ['resource_exhausted', 429],
  ['throttlingexception', 429],
  // Anthropic itself answers 529, which few clients know.
  ['overloaded_error', 503],
  ['overloaded', 503],
  ['server_overloaded', 503],
  ['server_is_overloaded', 503],
  ['engine_overloaded', 503],
  ['engine_overloaded_error', 503],
  ['model_overloaded', 503],
  ['slow_down', 503],
  ['service_unavailable', 503],
  ['serviceunavailableerror', 503],
  ['serviceunavailableexception', 503],
  ['unavailable', 503],
])

const classStatus: Readonly<Record<ErrorClass, number>> = { 'context-length': 400, 'content-policy': 400, quota: 429 }

/** The failure that an in-band error reports. */
export function errorEventFailure(error: JsonObject | string): StreamFailure {
  const report =
    typeof error === 'string' ? (errorReportOf(parseJson(error)) ?? plainReport(error)) : errorReport(error)
  // In the responses API the type of the event is not the type of the error.
  const type = report.type === 'error' || report.type === 'response.failed' ? undefined : report.type
  const { code } = report
  const errorClass = classOf(report)
  return {
    kind: 'error-event',
    status: statusOf(report, errorClass),
    ...(code === undefined ? {} : { code }),
    ...(type === undefined ? {} : { type }),
    ...(errorClass === undefined ? {} : { errorClass }),
  }
}

function statusOf({ status, code, type, message }: ErrorReport, errorClass: ErrorClass | undefined): number {
  // A 500 for a prompt that is too long is a slip of the server's: another try there would fail as well.
  if (status !== undefined && (errorClass === undefined || status < 500)) return status
  const named = (code && statuses.get(code.toLowerCase())) ?? (type && statuses.get(type.toLowerCase()))
  if (named) return named
  if (errorClass !== undefined) return classStatus[errorClass]
  if (/\brate[ _-]?limit/i.test(message)) return 429
  return /\boverloaded\b/i.test(message) ? 503 : 500
}
