// What the end of an HTTP/2 stream says about its attempt (RFC 9113, 7 and 8.7). It knows codes and no connection.

import { constants } from 'node:http2'
import type { FailureKind } from './attempt-types.ts'
import { codeOf } from './failure.ts'

/** What is known of a stream that closed before the end of its reply. */
export interface StreamEnd {
  readonly id: number | undefined
  /** Code of the RST_STREAM, or what Node puts in its place. */
  readonly code: number
  readonly headSeen: boolean
  readonly error: Error | undefined
  /** The last stream that the other side's GOAWAY promised to process; Infinity without one. */
  readonly goawayLast: number
  /** Code of that GOAWAY, which Node then reports for every stream; 0 without one. */
  readonly goawayCode: number
}

/** Names the failure that such an end stands for. */
export function streamFailure(end: StreamEnd): FailureKind {
  if (!end.headSeen && wasRefused(end)) return 'refused-stream'
  // nghttp2 closes the connection over what it read.
  if (end.error !== undefined && codeOf(end.error) === 'ERR_HTTP2_ERROR') return 'bad-response'
  if (end.goawayCode !== 0) return 'reset'
  switch (end.code) {
    case constants.NGHTTP2_PROTOCOL_ERROR:
    case constants.NGHTTP2_FLOW_CONTROL_ERROR:
    case constants.NGHTTP2_FRAME_SIZE_ERROR:
    case constants.NGHTTP2_COMPRESSION_ERROR:
      return 'bad-response'
    default:
      return 'reset'
  }
}

function wasRefused({ id, code, goawayLast, goawayCode }: StreamEnd): boolean {
  if (id !== undefined && id > goawayLast) return true
  return code === constants.NGHTTP2_REFUSED_STREAM && goawayCode === 0
}
