import { constants } from 'node:http2'
import { expect, test } from 'vitest'
import { streamFailure, type StreamEnd } from './failure-h2.ts'

const end: StreamEnd = { id: 3, code: 0, headSeen: false, error: undefined, goawayLast: Infinity, goawayCode: 0 }
const { NGHTTP2_REFUSED_STREAM, NGHTTP2_PROTOCOL_ERROR, NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM } = constants
const parserError = Object.assign(new Error('Protocol error'), { code: 'ERR_HTTP2_ERROR' })

test.for<[string, Partial<StreamEnd>, string]>([
  ['without END_STREAM and without a code', {}, 'reset'],
  ['by a lost connection', { code: NGHTTP2_CANCEL }, 'reset'],
  ['by the server', { code: constants.NGHTTP2_INTERNAL_ERROR }, 'reset'],
  ['by a server that had enough', { code: NGHTTP2_ENHANCE_YOUR_CALM }, 'reset'],
  ['against the rules', { code: NGHTTP2_PROTOCOL_ERROR }, 'bad-response'],
  ['over bytes that are no HTTP/2', { code: 2, error: parserError }, 'bad-response'],
  ['as refused', { code: NGHTTP2_REFUSED_STREAM }, 'refused-stream'],
  ['as refused, after the head', { code: NGHTTP2_REFUSED_STREAM, headSeen: true }, 'reset'],
  ['above the last of a GOAWAY', { goawayLast: 1 }, 'refused-stream'],
  ['as the last of a GOAWAY', { goawayLast: 3 }, 'reset'],
  ['above the last of a GOAWAY with a code', { goawayLast: 1, goawayCode: 2, code: 2 }, 'refused-stream'],
  ['with a GOAWAY whose code says what it does not', { goawayLast: 3, goawayCode: 7, code: 7 }, 'reset'],
  ['with a GOAWAY against our rules', { goawayLast: 3, goawayCode: 1, code: 1 }, 'reset'],
  ['before it had a number', { id: undefined, goawayLast: 1 }, 'reset'],
])('a stream that is closed %s is a failure of its kind', ([, facts, kind]) => {
  expect(streamFailure({ ...end, ...facts })).toBe(kind)
})
