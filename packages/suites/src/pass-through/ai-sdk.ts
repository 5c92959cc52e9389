/** The Vercel AI SDK through its OpenAI-compatible provider. */

import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { generateText, type LanguageModel, streamText } from 'ai'
import { leaveAfter, maxRetries, type PassThroughClient } from './client.ts'
import { openaiChat } from './openai.ts'

function model(url: string): LanguageModel {
  return createOpenAICompatible({ name: 'models', baseURL: `${url}/v1`, apiKey: 'sk-test', includeUsage: true })(
    'gpt-4',
  )
}

export const aiSdk: PassThroughClient = {
  name: 'ai sdk',
  opening: openaiChat.opening,
  plain: async (url, prompt) => {
    const { text, finishReason, usage, response } = await generateText({ model: model(url), prompt, maxRetries })
    return { text, finishReason, usage, modelId: response.modelId, headers: response.headers }
  },
  streaming: async (url, prompt) => {
    let failure: unknown
    const stream = streamText({
      model: model(url),
      prompt,
      maxRetries,
      onError: ({ error }) => {
        failure = error
      },
    })
    const text: string[] = []
    for await (const piece of stream.textStream) text.push(piece)
    if (failure !== undefined) throw failure
    const response = await stream.response
    return { text, finishReason: await stream.finishReason, usage: await stream.usage, headers: response.headers }
  },
  leaving: async (url, prompt) => {
    const controller = new AbortController()
    const { signal } = controller
    const stream = streamText({ model: model(url), prompt, maxRetries, abortSignal: signal, onError: () => undefined })
    return leaveAfter(
      stream.textStream,
      () => true,
      () => controller.abort(),
    )
  },
}
