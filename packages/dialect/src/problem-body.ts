/** A failure as RFC 9457 problem details, for callers that speak no model API. It knows no dialect. */

import type { GatewayError } from './errors.ts'

/**
 * The JSON body of a reply with `application/problem+json` (RFC 9457). There is no `type` address, which means `about:blank`;
 * `detail` is the message, `code`, `param` and `request_id` are extension members.
 */
export function problemBody(error: GatewayError): string {
  const { status, code, message, param, requestId } = error
  return JSON.stringify({
    title: titles.get(status) ?? (status < 500 ? 'Request refused' : 'Request failed'),
    status,
    detail: message,
    code,
    ...(param === undefined ? {} : { param }),
    ...(requestId === undefined ? {} : { request_id: requestId }),
  })
}

/** RFC 9457 section 4.2.1: with `about:blank` the title is the phrase of the status (RFC 9110 section 15, RFC 6585). */
const titles: ReadonlyMap<number, string> = new Map([
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [408, 'Request Timeout'],
  [409, 'Conflict'],
  [411, 'Length Required'],
  [413, 'Content Too Large'],
  [414, 'URI Too Long'],
  [415, 'Unsupported Media Type'],
  [417, 'Expectation Failed'],
  [421, 'Misdirected Request'],
  [426, 'Upgrade Required'],
  [429, 'Too Many Requests'],
  [431, 'Request Header Fields Too Large'],
  [500, 'Internal Server Error'],
  [501, 'Not Implemented'],
  [502, 'Bad Gateway'],
  [503, 'Service Unavailable'],
  [504, 'Gateway Timeout'],
  [505, 'HTTP Version Not Supported'],
])
