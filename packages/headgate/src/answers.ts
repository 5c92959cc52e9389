/** What headgate itself replies, in the shape that the caller's API uses. The one table of codes. */

import { errorBody, errorEvent, isEventStreamDialect, problemBody } from '@headgate/dialect'
import type { DialectName } from '@headgate/dialect'
import { grpcHeaders, isGrpc } from './grpc-answer.ts'
import type { Reply } from './reply.ts'

/** Stable codes, also in the header `x-headgate-error`. */
export type AnswerCode =
  | 'bad_target'
  | 'bad_host'
  | 'bad_framing'
  | 'body_too_large'
  | 'no_route'
  | 'redirect'
  | 'cors_preflight'
  | 'method_not_allowed'
  | 'rate_limited'
  | 'hook_failed'
  | 'lenient_parser'
  | 'no_target'
  | 'ref_unresolved'
  | 'filter_unresolved'
  | 'misdirected'
  | 'upstream_unreachable'
  | 'upstream_reset'
  | 'upstream_invalid'
  | 'upstream_failed'
  | 'no_backend'
  | 'no_endpoint'
  | 'no_healthy_endpoint'
  | 'circuit_open'
  | 'overloaded'
  | 'session_unavailable'
  | 'closing'
  | 'upstream_timeout'
  | 'request_timeout'

/** Status, error type, message. */
const answers: Readonly<Record<AnswerCode, readonly [status: number, type: string, message: string]>> = {
  bad_target: [400, 'invalid_request_error', 'The request target is not acceptable.'],
  bad_host: [400, 'invalid_request_error', 'The Host field is not acceptable.'],
  bad_framing: [400, 'invalid_request_error', 'It is not clear where the request ends.'],
  body_too_large: [413, 'invalid_request_error', 'The request body is too large.'],
  redirect: [302, '', 'Found.'],
  cors_preflight: [204, '', 'The preflight was answered.'],
  no_route: [404, 'invalid_request_error', 'No route matches this request.'],
  method_not_allowed: [405, 'invalid_request_error', 'This method is not served here.'],
  rate_limited: [429, 'rate_limit_error', 'The rate limit is reached. Try again later.'],
  hook_failed: [500, 'server_error', 'The gateway could not process this request.'],
  lenient_parser: [500, 'server_error', 'The gateway cannot serve from this server.'],
  no_target: [500, 'server_error', 'The matching rule has no backend.'],
  ref_unresolved: [500, 'server_error', 'A backend of the matching rule could not be resolved.'],
  filter_unresolved: [500, 'server_error', 'A filter of the matching rule is not known.'],
  misdirected: [421, 'invalid_request_error', 'This connection does not serve the requested host.'],
  upstream_unreachable: [502, 'server_error', 'The backend could not be reached.'],
  upstream_reset: [502, 'server_error', 'The backend broke the connection.'],
  upstream_invalid: [502, 'server_error', 'The backend sent a reply that is not valid.'],
  upstream_failed: [502, 'server_error', 'The backend failed.'],
  no_backend: [503, 'server_error', 'No backend is selected for this request.'],
  no_endpoint: [503, 'server_error', 'The backend has no endpoint.'],
  no_healthy_endpoint: [503, 'server_error', 'No endpoint of the backend is healthy. Try again later.'],
  circuit_open: [503, 'server_error', 'The backend is not taking requests. Try again later.'],
  overloaded: [503, 'server_error', 'The backend has too many requests. Try again later.'],
  session_unavailable: [503, 'server_error', 'The endpoint of this session is not taking requests.'],
  closing: [503, 'server_error', 'The gateway is shutting down.'],
  upstream_timeout: [504, 'server_error', 'The backend did not answer in time.'],
  request_timeout: [504, 'server_error', 'The request took too long.'],
}

export interface Answer {
  readonly code: AnswerCode
  /** Replaces the table's status where one code has several. */
  readonly status?: number
  readonly message?: string
  /** Sent as `Retry-After` in whole seconds, at least 1. Every 429 and 503 has one. */
  readonly retryAfterMs?: number
  readonly headers?: readonly string[]
  /** A head without a body, instead of an error: redirects and preflights. */
  readonly bare?: { readonly status: number; readonly headers: readonly string[] }
}

/** The connection goes too, so that its server can end. */
export const closingAnswer: Answer = { code: 'closing', headers: ['connection', 'close'] }

export interface AnswerContext {
  /** Of the error's shape. */
  readonly dialect: DialectName
  readonly accept: string | undefined
  /** Of the request: gRPC callers get a gRPC status. */
  readonly contentType: string | undefined
  readonly requestId: string
  /** Attempts made: from the second on, SDKs are told not to retry on their own. */
  readonly attempts: number
}

export function statusOf(answer: Answer): number {
  return answer.bare?.status ?? answer.status ?? answers[answer.code][0]
}

/** Sends a whole answer; gives the bytes of its body. Never names an address, a port or an error of the platform (reliability R7). */
export function sendAnswer(reply: Reply, answer: Answer, context: AnswerContext): number {
  const [, type, message] = answers[answer.code]
  const status = statusOf(answer)
  if (isGrpc(context.contentType)) {
    reply.answer(200, grpcHeaders(status, answer.code, answer.message ?? message), Buffer.alloc(0))
    return 0
  }
  if (answer.bare !== undefined) {
    reply.answer(status, [...answer.bare.headers], Buffer.alloc(0))
    return 0
  }
  const error = { status, code: answer.code, type, message: answer.message ?? message, requestId: context.requestId }
  const asProblem = context.accept?.includes('application/problem+json') === true
  const body = Buffer.from(asProblem ? problemBody(error) : errorBody(context.dialect, error))
  const headers = [
    'content-type',
    asProblem ? 'application/problem+json' : 'application/json',
    'content-length',
    String(body.length),
    'x-request-id',
    context.requestId,
    'x-headgate-error',
    answer.code,
  ]
  if (status === 429 || status === 503) {
    headers.push('retry-after', String(Math.max(1, Math.ceil((answer.retryAfterMs ?? 1000) / 1000))))
  }
  if (context.attempts > 1 && status >= 500) headers.push('x-should-retry', 'false')
  if (answer.headers !== undefined) headers.push(...answer.headers)
  reply.answer(status, headers, body)
  return body.length
}

/** The event that ends a broken stream visibly, where the reply is an uncoded stream of a known dialect. */
export function breakingEvent(
  dialect: DialectName,
  headers: StreamFacts,
  code: AnswerCode,
  requestId: string,
): string | undefined {
  if (!headers.eventStream || headers.coded || !isEventStreamDialect(dialect)) return undefined
  const [status, type, message] = answers[code]
  return errorEvent(dialect, { status, code, type, message, requestId })
}

/** What the head of a reply says about its body. */
export interface StreamFacts {
  readonly eventStream: boolean
  readonly coded: boolean
}

export function streamFacts(headers: readonly string[]): StreamFacts {
  let eventStream = false
  let coded = false
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] as string
    // Every reply is asked: names of other lengths are not looked at.
    if (name.length === 12 && name.toLowerCase() === 'content-type') {
      eventStream = /^text\/event-stream/i.test(headers[at + 1] as string)
    } else if (name.length === 16 && name.toLowerCase() === 'content-encoding') {
      coded = (headers[at + 1] as string).trim().toLowerCase() !== 'identity'
    }
  }
  return { eventStream, coded }
}
