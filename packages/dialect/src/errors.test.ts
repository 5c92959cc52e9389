/** Statuses and the error types of the two APIs. */

import { expect, test } from 'vitest'

import { anthropicErrorType, openaiErrorType } from './errors.ts'

test.for<[number, string, string]>([
  [400, 'invalid_request_error', 'invalid_request_error'],
  [401, 'authentication_error', 'invalid_request_error'],
  [403, 'permission_error', 'invalid_request_error'],
  [404, 'not_found_error', 'invalid_request_error'],
  [405, 'invalid_request_error', 'invalid_request_error'],
  [408, 'timeout_error', 'invalid_request_error'],
  [413, 'request_too_large', 'invalid_request_error'],
  [422, 'invalid_request_error', 'invalid_request_error'],
  [429, 'rate_limit_error', 'rate_limit_error'],
  [499, 'invalid_request_error', 'invalid_request_error'],
  [500, 'api_error', 'server_error'],
  [502, 'api_error', 'server_error'],
  [503, 'overloaded_error', 'server_error'],
  [504, 'timeout_error', 'server_error'],
  [529, 'overloaded_error', 'server_error'],
])('%i is %s at Anthropic and %s at OpenAI', ([status, anthropic, openai]) => {
  expect(anthropicErrorType(status)).toBe(anthropic)
  expect(openaiErrorType(status)).toBe(openai)
})
