/** The Anthropic SDK: messages. */

import Anthropic from '@anthropic-ai/sdk'
import { event } from '@headgate/testing'
import { leaveAfter, maxRetries, type PassThroughClient } from './client.ts'

function connect(url: string): Anthropic {
  return new Anthropic({ baseURL: url, apiKey: 'sk-test', maxRetries })
}

const model = 'claude-3'
const message = {
  id: 'm',
  type: 'message',
  role: 'assistant',
  content: [],
  model,
  usage: { input_tokens: 1, output_tokens: 1 },
}

export const anthropicMessages: PassThroughClient = {
  name: 'anthropic messages',
  opening: [
    event({ type: 'message_start', message }, 'message_start'),
    event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }, 'content_block_start'),
    event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'one' } }, 'content_block_delta'),
  ],
  plain: async (url, content) => {
    const { data, response } = await connect(url)
      .messages.create({ model, max_tokens: 100, messages: [{ role: 'user', content }] })
      .withResponse()
    return { data, status: response.status, headers: response.headers }
  },
  streaming: async (url, content) => {
    const { data, response } = await connect(url)
      .messages.create({ model, max_tokens: 100, messages: [{ role: 'user', content }], stream: true })
      .withResponse()
    const events: unknown[] = []
    for await (const item of data) events.push(item)
    return { events, status: response.status, headers: response.headers }
  },
  leaving: async (url, content) => {
    const stream = await connect(url).messages.create({
      model,
      max_tokens: 100,
      messages: [{ role: 'user', content }],
      stream: true,
    })
    return leaveAfter(
      stream,
      ({ type }) => type === 'content_block_delta',
      () => stream.controller.abort(),
    )
  },
}
