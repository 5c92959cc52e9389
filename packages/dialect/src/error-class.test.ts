/** Error bodies as providers and servers send them. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { errorClass } from './error-class.ts'
import type { ErrorClass } from './error-class.ts'

const openai = (
  message: string,
  code: string | number | null = null,
  type = 'invalid_request_error',
  param: string | null = null,
): object => ({
  error: { message, type, param, code },
})
const anthropic = (message: string, type = 'invalid_request_error'): object => ({
  type: 'error',
  error: { type, message },
})
const azureMessage =
  "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry."
const quotaMessage =
  'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs.'

const classes: readonly (readonly [ErrorClass, string, number, object])[] = [
  [
    'context-length',
    'OpenAI',
    400,
    openai(
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
      'context_length_exceeded',
      'invalid_request_error',
      'messages',
    ),
  ],
  [
    'context-length',
    'OpenAI responses',
    400,
    openai('Your input exceeds the context window of this model. Please adjust your input and try again.'),
  ],
  [
    'context-length',
    'OpenAI, one long text',
    400,
    openai(
      "Invalid 'messages[0].content': string too long.",
      'string_above_max_length',
      'invalid_request_error',
      'messages[0].content',
    ),
  ],
  [
    'context-length',
    'vLLM',
    400,
    openai(
      "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens in the messages, Please reduce the length of the messages.",
      400,
      'BadRequestError',
    ),
  ],
  [
    'context-length',
    'vLLM, older',
    400,
    {
      object: 'error',
      message: "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens",
      type: 'BadRequestError',
      param: null,
      code: 400,
    },
  ],
  [
    'context-length',
    'vLLM, engine',
    400,
    openai('The decoder prompt (length 5000) is longer than the maximum model length of 4096.', 400, 'BadRequestError'),
  ],
  [
    'context-length',
    'SGLang',
    400,
    {
      object: 'error',
      message: "Requested token count exceeds the model's maximum context length of 4096 tokens.",
      type: 'BadRequestError',
      code: 400,
    },
  ],
  [
    'context-length',
    'TGI',
    422,
    {
      error: 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000',
      error_type: 'validation',
    },
  ],
  [
    'context-length',
    'llama.cpp',
    400,
    openai('the request exceeds the available context size. try increasing it', 400, 'exceed_context_size_error'),
  ],
  [
    'context-length',
    'llama.cpp, older',
    400,
    openai('request (4390 tokens) exceeds the available context size (4096 tokens), try increasing it', 400),
  ],
  ['context-length', 'Ollama', 400, { error: 'the input length exceeds the context length' }],
  [
    'context-length',
    'Mistral',
    400,
    {
      object: 'error',
      message: 'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
      type: 'invalid_request_prompt',
      param: null,
      code: '3051',
    },
  ],
  ['context-length', 'Anthropic', 400, anthropic('prompt is too long: 211180 tokens > 200000 maximum')],
  [
    'context-length',
    'Anthropic, with the reply',
    400,
    anthropic(
      'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length or `max_tokens` and try again',
    ),
  ],
  ['context-length', 'Anthropic, bytes', 413, anthropic('Request exceeds the maximum size', 'request_too_large')],
  ['context-length', 'Bedrock', 400, { message: 'Input is too long for requested model.' }],
  [
    'context-length',
    'Bedrock, Anthropic',
    400,
    { message: 'The model returned the following errors: prompt is too long: 227255 tokens > 200000 maximum' },
  ],
  [
    'context-length',
    'Gemini',
    400,
    {
      error: {
        code: 400,
        message: 'The input token count (1200293) exceeds the maximum number of tokens allowed (1048576).',
        status: 'INVALID_ARGUMENT',
      },
    },
  ],
  [
    'context-length',
    'Gemini, OpenAI-compatible',
    400,
    [
      {
        error: {
          code: 400,
          message: 'The input token count (1200293) exceeds the maximum number of tokens allowed (1048576).',
          status: 'INVALID_ARGUMENT',
        },
      },
    ],
  ],
  [
    'context-length',
    'xAI',
    400,
    { code: 'x', error: "This model's maximum prompt length is 131072 but the request contains 537812 tokens." },
  ],
  [
    'context-length',
    'GitHub Models',
    413,
    openai('Request body too large for gpt-4o model. Max size: 8000 tokens.', 'tokens_limit_reached'),
  ],
  [
    'context-length',
    'OpenRouter',
    400,
    {
      error: {
        code: 400,
        message: 'Provider returned error',
        metadata: {
          raw: '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 5 tokens > 4 maximum"}}',
        },
      },
    },
  ],
  [
    'content-policy',
    'OpenAI',
    400,
    openai('Your request was rejected as a result of our safety system.', 'content_policy_violation'),
  ],
  [
    'content-policy',
    'OpenAI, reasoning',
    400,
    openai(
      'Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again.',
      'invalid_prompt',
    ),
  ],
  [
    'content-policy',
    'Azure',
    400,
    {
      error: {
        message: azureMessage,
        type: null,
        param: 'prompt',
        code: 'content_filter',
        status: 400,
        innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: {} },
      },
    },
  ],
  [
    'content-policy',
    'Azure, inner code alone',
    400,
    { error: { message: 'x', code: null, innererror: { code: 'ResponsibleAIPolicyViolation' } } },
  ],
  [
    'content-policy',
    'Azure through LiteLLM',
    400,
    openai(`litellm.ContentPolicyViolationError: AzureException - ${azureMessage}`, '400', 'None'),
  ],
  ['content-policy', 'Anthropic', 400, anthropic('Output blocked by content filtering policy')],
  ['content-policy', 'DeepSeek', 400, openai('Content Exists Risk', 'invalid_request_error')],
  [
    'content-policy',
    'DashScope',
    400,
    openai('Input data may contain inappropriate content.', 'data_inspection_failed'),
  ],
  [
    'content-policy',
    'OpenRouter',
    403,
    {
      error: {
        code: 403,
        message: 'Your chosen model requires moderation and your input was flagged',
        metadata: { reasons: ['violence'] },
      },
    },
  ],
  ['quota', 'OpenAI', 429, openai(quotaMessage, 'insufficient_quota', 'insufficient_quota')],
  ['quota', 'OpenAI, hard limit', 400, openai('Billing hard limit has been reached', 'billing_hard_limit_reached')],
  ['quota', 'Gemini', 429, [{ error: { code: 429, message: quotaMessage, status: 'RESOURCE_EXHAUSTED' } }]],
  [
    'quota',
    'Anthropic',
    400,
    anthropic(
      'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
    ),
  ],
  ['quota', 'Anthropic, billing', 402, anthropic('x', 'billing_error')],
  ['quota', 'DeepSeek', 402, openai('Insufficient Balance', 'invalid_request_error', 'unknown_error')],
  ['quota', 'OpenRouter', 402, { error: { code: 402, message: 'Insufficient credits. Add more using the settings' } }],
  [
    'quota',
    'LiteLLM',
    400,
    openai('Budget has been exceeded! Current cost: 2, Max budget: 1', '400', 'budget_exceeded'),
  ],
]

describe.for(classes)('%s: %s', ([expected, , status, body]) => {
  test('as bytes and as text, indented too', () => {
    const text = JSON.stringify(body)
    expect(errorClass(status, text)).toBe(expected)
    expect(errorClass(status, Buffer.from(text))).toBe(expected)
    expect(errorClass(status, ` \n${JSON.stringify(body, undefined, 2)}\n`)).toBe(expected)
  })

  test('only for a status of 400 to 499', () => {
    for (const other of [200, 399, 500, 503, NaN]) expect(errorClass(other, JSON.stringify(body))).toBe(undefined)
  })
})

describe('no class', () => {
  const long = "This model's maximum context length is 8192 tokens."

  test.for<[string, number, object | string]>([
    ['a rate limit', 429, openai('Rate limit reached for gpt-4o', 'rate_limit_exceeded', 'tokens')],
    ['a rate limit of Anthropic', 429, anthropic('This request would exceed your rate limit', 'rate_limit_error')],
    ['a wrong key', 401, openai('Incorrect API key provided', 'invalid_api_key')],
    [
      'a wrong parameter',
      400,
      openai("Invalid 'temperature': decimal above maximum value.", 'decimal_above_max_value'),
    ],
    [
      'a parameter that is too long',
      400,
      openai("Invalid 'user': string too long.", 'string_above_max_length', 'invalid_request_error', 'user'),
    ],
    ['a message that is no text', 400, { error: { message: { text: long } } }],
    [
      'words elsewhere in the body',
      400,
      { error: { message: 'x', param: long }, request: { prompt: 'prompt is too long: 5 tokens' } },
    ],
    ['a prompt that is repeated (FastAPI)', 422, { detail: [{ loc: ['body', 'messages'], msg: 'x', input: long }] }],
    ['text', 400, long],
    ['JSON that is cut', 400, JSON.stringify(openai(long)).slice(0, -1)],
    ['a page', 413, '<html>413 Request Entity Too Large</html>'],
    ['nothing', 400, ''],
    ['null', 400, 'null'],
    ['a number', 400, '5'],
    ['an empty array', 400, '[]'],
    ['a body of more than 64 KiB', 400, { ...openai(long), padding: 'x'.repeat(64 * 1024) }],
    ['words beyond the first 2,000 letters of the message', 400, openai('x'.repeat(2000) + long)],
  ])('%s', ([, status, body]) => {
    expect(errorClass(status, typeof body === 'string' ? body : JSON.stringify(body))).toBe(undefined)
  })

  test('for any other JSON, and nothing makes it throw', () => {
    const body = fc.oneof(
      fc.json(),
      fc.json().map((json) => `{"error":${json}}`),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    )
    fc.assert(
      fc.property(body, (any) => {
        expect(errorClass(400, any)).toBe(undefined)
      }),
    )
  })
})

test('402 is quota whatever the body', () => {
  expect(errorClass(402, '')).toBe('quota')
})
