/** The streams of three model APIs, good ones and those that fail under a 200, for tables of tests. */

import { event } from '@headgate/testing'

export interface Api {
  readonly path: string
  /** Says something: the first word of the answer. */
  readonly word: (text: string) => string
  /** What the API sends before its first word. */
  readonly opening: string
  readonly ending: string
  readonly ping: string
  readonly error: (type: string, code: string) => string
}

const chunk = (delta: object, finish: string | null = null): string =>
  event({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] })

const chat: Api = {
  path: '/v1/chat/completions',
  word: (text) => chunk({ content: text }),
  opening: chunk({ role: 'assistant', content: '' }),
  ending: chunk({}, 'stop') + event('[DONE]'),
  ping: ': ping\n\n',
  error: (type, code) => event({ error: { message: 'No.', type, param: null, code } }),
}

const response = { id: 'r', object: 'response', status: 'in_progress', output: [], error: null }

const responses: Api = {
  path: '/v1/responses',
  word: (text) =>
    event(
      { type: 'response.output_text.delta', item_id: 'i', output_index: 0, content_index: 0, delta: text },
      'response.output_text.delta',
    ),
  opening:
    event({ type: 'response.created', response }, 'response.created') +
    event({ type: 'response.in_progress', response }, 'response.in_progress'),
  ending: event({ type: 'response.completed', response: { ...response, status: 'completed' } }, 'response.completed'),
  ping: ': ping\n\n',
  error: (type, code) => event({ type: 'error', code, message: 'No.', param: null, error: { type, code } }, 'error'),
}

const messages: Api = {
  path: '/v1/messages',
  word: (text) =>
    event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }, 'content_block_delta'),
  opening:
    event(
      { type: 'message_start', message: { id: 'm', type: 'message', role: 'assistant', content: [], usage: {} } },
      'message_start',
    ) +
    event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }, 'content_block_start'),
  ending:
    event({ type: 'content_block_stop', index: 0 }, 'content_block_stop') +
    event({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: {} }, 'message_delta') +
    event({ type: 'message_stop' }, 'message_stop'),
  ping: event({ type: 'ping' }, 'ping'),
  error: (type) => event({ type: 'error', error: { type, message: 'No.' } }, 'error'),
}

export const apis: readonly (readonly [string, Api])[] = [
  ['OpenAI chat', chat],
  ['OpenAI responses', responses],
  ['Anthropic messages', messages],
]

export function whole(api: Api, text: string): string[] {
  return [api.opening, api.word(text), api.ending]
}
