/** The official clients before a primary that fails inside its stream: what they see is the stream of the fallback, or an error they throw. */

import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { eventStream, json, reset, startUpstream } from '@headgate/testing'
import type { Script } from '@headgate/testing'
import { oneRoute, serve } from './serve.ts'
import { apis, whole } from './stream-faults.ts'
import type { Api } from './stream-faults.ts'

type Read = (url: string) => Promise<string>

const chat: Read = async (url) => {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'key', maxRetries: 0 })
  const stream = await client.chat.completions.create({
    model: 'm',
    stream: true,
    messages: [{ role: 'user', content: 'hello' }],
  })
  let text = ''
  for await (const { choices } of stream) text += choices[0]?.delta.content ?? ''
  return text
}

const responses: Read = async (url) => {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'key', maxRetries: 0 })
  const stream = await client.responses.create({ model: 'm', stream: true, input: 'hello' })
  let text = ''
  for await (const event of stream) if (event.type === 'response.output_text.delta') text += event.delta
  return text
}

const messages: Read = async (url) => {
  const client = new Anthropic({ baseURL: url, apiKey: 'key', maxRetries: 0 })
  const stream = client.messages.stream({
    model: 'm',
    max_tokens: 10,
    messages: [{ role: 'user', content: 'hello' }],
  })
  let text = ''
  for await (const event of stream) {
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text
  }
  return text
}

const clients = [chat, responses, messages]

const faults: readonly (readonly [string, (api: Api) => Script])[] = [
  ['an error as the first event', (api) => eventStream([api.error('server_error', 'x')])],
  ['an error behind the opening', (api) => eventStream([api.opening, api.error('overloaded_error', 'x')])],
  ['an error behind three pings', (api) => eventStream([api.ping, api.ping, api.ping, api.error('api_error', 'x')])],
  ['an empty stream', () => eventStream([])],
  ['a cut', (api) => eventStream([api.opening, reset])],
  ['a first event that is no JSON', () => eventStream(['data: <html>\n\n'])],
  ['a 503', () => json({ error: { message: 'No.' } }, { status: 503 })],
]

describe.for(apis.map(([name, api], at) => [name, api, clients[at] as Read] as const))('%s', ([, api, read]) => {
  test.for(faults)('%s of the primary is not seen', async ([, fault]) => {
    await using bad = await startUpstream(fault(api))
    await using good = await startUpstream(eventStream(whole(api, 'hello')))
    await using served = await serve(oneRoute({ a: bad.url, b: good.url }, { fallback: { backends: ['b'] } }))
    expect(await read(served.url)).toBe('hello')
    expect([bad.requests.length, good.requests.length]).toEqual([1, 1])
  })

  test('a stream that breaks after its first word makes it throw', async () => {
    await using bad = await startUpstream(eventStream([api.opening, api.word('half'), reset]))
    await using served = await serve(oneRoute({ a: bad.url, b: bad.url }, { fallback: { backends: ['b'] } }))
    await expect(read(served.url)).rejects.toThrow('The backend broke the connection.')
    expect(bad.requests).toHaveLength(1)
  })
})
