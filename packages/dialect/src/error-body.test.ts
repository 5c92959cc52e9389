/** Error bodies, field by field. */

import { expect, test } from 'vitest'

import type { DialectName } from './dialect-of.ts'
import { errorBody } from './error-body.ts'
import type { GatewayError } from './errors.ts'

const error: GatewayError = {
  status: 404,
  code: 'no_route',
  type: 'invalid_request_error',
  message: 'No route matches this "request".',
  requestId: 'r-1',
}

test.for<DialectName>(['openai-chat', 'openai-completions', 'openai-responses', 'openai', 'unknown'])(
  'the body for %s is an OpenAI error object',
  (dialect) => {
    expect(JSON.parse(errorBody(dialect, error))).toStrictEqual({
      error: {
        message: 'No route matches this "request".',
        type: 'invalid_request_error',
        param: null,
        code: 'no_route',
      },
    })
  },
)

test('a wrong parameter is named', () => {
  expect(JSON.parse(errorBody('openai-chat', { ...error, param: 'model' }))).toMatchObject({
    error: { param: 'model' },
  })
})

test('the body for Anthropic has the type of the status and the id of the request', () => {
  expect(JSON.parse(errorBody('anthropic-messages', error))).toStrictEqual({
    type: 'error',
    error: { type: 'not_found_error', message: 'No route matches this "request".' },
    request_id: 'r-1',
  })
})

test('without an id the body for Anthropic has no such field', () => {
  const { requestId: _, ...anonymous } = error
  expect(JSON.parse(errorBody('anthropic-messages', anonymous))).not.toHaveProperty('request_id')
})
