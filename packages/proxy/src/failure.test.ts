import { Readable } from 'node:stream'
import { errors } from 'undici'
import { expect, test } from 'vitest'
import { CarrierError, asError, failureKind, type ErrorContext } from './failure.ts'

const running: ErrorContext = { started: true, headSeen: false, socketError: undefined, peerEnded: false, body: null }
const systemError = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', errno: -104 })
const brokenBody = new Readable({ read() {} })
const bodyError = new Error('upload')
brokenBody.on('error', () => {})
brokenBody.destroy(bodyError)

test.for<[string, Error, Partial<ErrorContext>]>([
  ['bad-request', new errors.InvalidArgumentError(), { started: false }],
  ['bad-request', new errors.NotSupportedError(), { started: false }],
  ['connect-failure', systemError, { started: false }],
  ['connect-failure', new Error('certificate'), { started: false }],
  ['upload-failed', new errors.RequestContentLengthMismatchError(), {}],
  ['upload-failed', bodyError, { body: brokenBody }],
  ['upload-failed', bodyError, { body: brokenBody, started: false }],
  ['reset', systemError, { body: brokenBody, socketError: systemError }],
  ['reset', systemError, { socketError: systemError }],
  ['reset', new errors.SocketError('other side closed'), { peerEnded: true }],
  ['bad-response', new errors.SocketError('bad response'), {}],
  ['bad-response', new errors.HTTPParserError('x'), {}],
  ['reset', new errors.HTTPParserError('x'), { peerEnded: true }],
  ['reset', new errors.HTTPParserError('x'), { socketError: systemError }],
  ['bad-response', new errors.HeadersOverflowError(), {}],
  ['bad-response', new errors.ResponseContentLengthMismatchError(), {}],
  ['reset', new errors.ResponseContentLengthMismatchError(), { headSeen: true }],
  ['cancelled', new errors.ClientDestroyedError(), {}],
  ['refused-stream', new CarrierError('refused-stream', 'x'), { started: false }],
  ['reset', new Error('anything else'), {}],
])('the failure is %s for %s', ([kind, error, context]) => {
  expect(failureKind(error, { ...running, ...context })).toBe(kind)
})

test('what was thrown becomes an Error', () => {
  const error = new Error('a')
  expect(asError(error)).toBe(error)
  expect(asError('text')).toEqual(new Error('text'))
})
