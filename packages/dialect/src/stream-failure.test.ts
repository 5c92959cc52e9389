/** In-band errors as servers write them, and the status that they stand for. */

import { describe, expect, test } from 'vitest'

import type { JsonObject } from './json.ts'
import { errorEventFailure } from './stream-failure.ts'
import type { StreamFailure } from './stream-failure.ts'

describe('an in-band error', () => {
  test.for<[string, JsonObject | string, Omit<StreamFailure, 'kind'>]>([
    [
      'OpenAI, rate limit',
      { error: { message: 'Rate limit reached for gpt-4o', type: 'tokens', param: null, code: 'rate_limit_exceeded' } },
      { status: 429, type: 'tokens', code: 'rate_limit_exceeded' },
    ],
    [
      'OpenAI, server',
      { error: { message: 'The server had an error', type: 'server_error', param: null, code: null } },
      { status: 500, type: 'server_error' },
    ],
    [
      'OpenAI, quota',
      { error: { message: 'You exceeded your current quota', type: 'insufficient_quota', code: 'insufficient_quota' } },
      { status: 429, type: 'insufficient_quota', code: 'insufficient_quota', errorClass: 'quota' },
    ],
    [
      'OpenAI, context',
      { error: { message: 'too long', type: 'invalid_request_error', code: 'context_length_exceeded' } },
      { status: 400, type: 'invalid_request_error', code: 'context_length_exceeded', errorClass: 'context-length' },
    ],
    [
      'responses, flat',
      { type: 'error', code: 'rate_limit_exceeded', message: 'x', param: null, sequence_number: 2 },
      { status: 429, code: 'rate_limit_exceeded' },
    ],
    [
      'responses, nested',
      { type: 'error', error: { type: 'too_many_requests', code: 'too_many_requests', message: 'x' } },
      { status: 429, type: 'too_many_requests', code: 'too_many_requests' },
    ],
    [
      'responses, failed',
      { type: 'response.failed', response: { status: 'failed', error: { code: 'server_error', message: 'x' } } },
      { status: 500, code: 'server_error' },
    ],
    [
      'responses, overloaded',
      { type: 'response.failed', response: { error: { code: 'server_is_overloaded', message: 'x' } } },
      { status: 503, code: 'server_is_overloaded' },
    ],
    [
      'responses, prompt',
      {
        type: 'response.failed',
        response: { error: { code: 'invalid_prompt', message: 'flagged as potentially violating our usage policy' } },
      },
      { status: 400, code: 'invalid_prompt', errorClass: 'content-policy' },
    ],
    [
      'Anthropic, overloaded',
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      { status: 503, type: 'overloaded_error' },
    ],
    [
      'Anthropic, server',
      { type: 'error', error: { type: 'api_error', message: 'Internal server error' } },
      { status: 500, type: 'api_error' },
    ],
    [
      'Anthropic, request',
      { type: 'error', error: { type: 'invalid_request_error', message: 'x' } },
      { status: 400, type: 'invalid_request_error' },
    ],
    [
      'Anthropic, rate limit',
      { type: 'error', error: { type: 'rate_limit_error', message: 'x' } },
      { status: 429, type: 'rate_limit_error' },
    ],
    [
      'Azure, filter',
      {
        error: {
          message: 'x',
          type: null,
          param: 'prompt',
          code: 'content_filter',
          status: 400,
          innererror: { code: 'ResponsibleAIPolicyViolation' },
        },
      },
      { status: 400, code: 'content_filter', errorClass: 'content-policy' },
    ],
    [
      'Azure, inner code alone',
      { error: { message: 'x', code: null, innererror: { code: 'ResponsibleAIPolicyViolation' } } },
      { status: 400, code: 'ResponsibleAIPolicyViolation', errorClass: 'content-policy' },
    ],
    [
      'vLLM',
      { error: { message: 'x', type: 'BadRequestError', param: null, code: 400 } },
      { status: 400, type: 'BadRequestError' },
    ],
    [
      'vLLM, older',
      { object: 'error', message: 'x', type: 'InternalServerError', param: null, code: 500 },
      { status: 500, type: 'InternalServerError' },
    ],
    [
      'SGLang',
      {
        error: {
          object: 'error',
          message: "The input (9000 tokens) is longer than the model's context length (8192 tokens).",
          type: 'BadRequestError',
          code: 400,
        },
      },
      { status: 400, type: 'BadRequestError', errorClass: 'context-length' },
    ],
    ['TGI', { error: 'Model is overloaded', error_type: 'overloaded' }, { status: 503, type: 'overloaded' }],
    ['TGI, chat', { error: { message: 'x', http_status_code: 422 } }, { status: 422 }],
    ['LiteLLM', { error: { message: 'x', type: 'None', param: 'None', code: '429' } }, { status: 429 }],
    ['Ollama', { error: 'an error was encountered while running the model' }, { status: 500 }],
    [
      'OpenRouter',
      {
        id: 'gen-1',
        choices: [],
        error: { code: 502, message: 'Provider disconnected', metadata: { provider_name: 'x' } },
      },
      { status: 502 },
    ],
    [
      'llama.cpp',
      { error: { code: 500, message: 'Context size has been exceeded.', type: 'server_error' } },
      { status: 400, type: 'server_error', errorClass: 'context-length' },
    ],
    [
      'Gemini',
      { error: { code: 429, message: 'Resource has been exhausted', status: 'RESOURCE_EXHAUSTED' } },
      { status: 429, type: 'RESOURCE_EXHAUSTED' },
    ],
    [
      'Gemini, in an array',
      '[{"error":{"code":503,"message":"x","status":"UNAVAILABLE"}}]',
      { status: 503, type: 'UNAVAILABLE' },
    ],
    ['a text that says rate limit', { error: { message: 'Rate-limit hit' } }, { status: 429 }],
    ['a text that says overloaded', 'The engine is currently overloaded, please try again later', { status: 503 }],
    ['a text', 'Generation failed', { status: 500 }],
    ['nothing', '', { status: 500 }],
    ['fields of wrong types', { error: { code: {}, type: [], message: 5, status: {}, param: 1 } }, { status: 500 }],
    ['a status that is none', { error: { code: 200, status: 999 } }, { status: 500 }],
    ['names that are none', { error: { code: 'x'.repeat(101), type: '' } }, { status: 500 }],
  ])('%s', ([, error, failure]) => {
    expect(errorEventFailure(error)).toStrictEqual({ kind: 'error-event', ...failure })
  })
})
