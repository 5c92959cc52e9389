/** LangChain's OpenAI chat model. */

import { ChatOpenAI } from '@langchain/openai'
import { leaveAfter, maxRetries, type PassThroughClient } from './client.ts'
import { openaiChat } from './openai.ts'

function connect(url: string): ChatOpenAI {
  return new ChatOpenAI({ model: 'gpt-4', apiKey: 'sk-test', maxRetries, configuration: { baseURL: `${url}/v1` } })
}

export const langchain: PassThroughClient = {
  name: 'langchain',
  opening: openaiChat.opening,
  plain: async (url, prompt) => {
    const { content, response_metadata: metadata, usage_metadata: usage } = await connect(url).invoke(prompt)
    return { content, metadata, usage }
  },
  streaming: async (url, prompt) => {
    const events: unknown[] = []
    for await (const { content, response_metadata: metadata, usage_metadata: usage } of await connect(url).stream(
      prompt,
    )) {
      events.push({ content, metadata, usage })
    }
    return { events }
  },
  leaving: async (url, prompt) => {
    const controller = new AbortController()
    const stream = await connect(url).stream(prompt, { signal: controller.signal })
    const contents = (async function* () {
      for await (const { content } of stream) yield content
    })()
    return leaveAfter(
      contents,
      (content) => content !== '',
      () => controller.abort(),
    )
  },
}
