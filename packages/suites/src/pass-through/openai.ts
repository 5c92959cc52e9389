/** The OpenAI SDK: chat completions and responses. */

import OpenAI from 'openai'
import { event } from '@headgate/testing'
import { leaveAfter, maxRetries, type PassThroughClient } from './client.ts'

function connect(url: string): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'sk-test', maxRetries })
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of source) items.push(item)
  return items
}

const model = 'gpt-4'

export const openaiChat: PassThroughClient = {
  name: 'openai chat completions',
  opening: [
    event({
      id: 'c',
      object: 'chat.completion.chunk',
      created: 1,
      model,
      choices: [{ index: 0, delta: { content: 'one' } }],
    }),
  ],
  plain: async (url, content) => {
    const { data, response } = await connect(url)
      .chat.completions.create({ model, messages: [{ role: 'user', content }], seed: 7, temperature: 0.5 })
      .withResponse()
    return { data, status: response.status, headers: response.headers }
  },
  streaming: async (url, content) => {
    const options = { include_usage: true }
    const { data, response } = await connect(url)
      .chat.completions.create({ model, messages: [{ role: 'user', content }], stream: true, stream_options: options })
      .withResponse()
    return { events: await all(data), status: response.status, headers: response.headers }
  },
  leaving: async (url, content) => {
    const stream = await connect(url).chat.completions.create({
      model,
      messages: [{ role: 'user', content }],
      stream: true,
    })
    return leaveAfter(
      stream,
      (chunk) => chunk.choices[0]?.delta.content !== undefined,
      () => stream.controller.abort(),
    )
  },
}

export const openaiResponses: PassThroughClient = {
  name: 'openai responses',
  opening: [
    event(
      { type: 'response.output_text.delta', item_id: 'i', output_index: 0, content_index: 0, delta: 'one' },
      'response.output_text.delta',
    ),
  ],
  plain: async (url, input) => {
    const { data, response } = await connect(url).responses.create({ model, input }).withResponse()
    return { data, status: response.status, headers: response.headers }
  },
  streaming: async (url, input) => {
    const { data, response } = await connect(url).responses.create({ model, input, stream: true }).withResponse()
    return { events: await all(data), status: response.status, headers: response.headers }
  },
  leaving: async (url, input) => {
    const stream = await connect(url).responses.create({ model, input, stream: true })
    return leaveAfter(
      stream,
      ({ type }) => type === 'response.output_text.delta',
      () => stream.controller.abort(),
    )
  },
}
