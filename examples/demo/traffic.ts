/** The callers: the real `openai` client, without its own retries, so that nothing hides behind them. */

import OpenAI from 'openai'

export interface Asked {
  /** The model server that answered, as it says itself; undefined when the request failed. */
  readonly servedBy: string | undefined
  readonly status: number
  readonly retryAfter: string | undefined
  readonly code: string | undefined
}

export interface Streamed {
  readonly servedBy: string | undefined
  readonly text: string
  readonly tokens: number
  /** Ended as a stream ends, with a finish reason. */
  readonly whole: boolean
  /** The client was told that it broke. */
  readonly error: string | undefined
}

export class Traffic {
  readonly #client: OpenAI

  constructor(url: string) {
    this.#client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'demo', maxRetries: 0 })
  }

  async ask(headers: Record<string, string>): Promise<Asked> {
    try {
      const completion = await this.#client.chat.completions.create(
        { model: 'any', messages: [{ role: 'user', content: 'hello' }] },
        { headers },
      )
      return {
        servedBy: speaker(completion.choices[0]?.message.content),
        status: 200,
        retryAfter: undefined,
        code: undefined,
      }
    } catch (error) {
      if (!(error instanceof OpenAI.APIError)) throw error
      const headers: Headers | undefined = error.headers
      const retryAfter = headers?.get('retry-after') ?? undefined
      return { servedBy: undefined, status: error.status ?? 0, retryAfter, code: error.code ?? undefined }
    }
  }

  /** Never rejects: how the stream ended is part of the result. */
  async stream(headers: Record<string, string>, onToken: (text: string) => void = () => undefined): Promise<Streamed> {
    let text = ''
    let tokens = 0
    let whole = false
    let error: string | undefined
    try {
      const stream = await this.#client.chat.completions.create(
        { model: 'any', messages: [{ role: 'user', content: 'tell me' }], stream: true },
        { headers },
      )
      for await (const chunk of stream) {
        const choice = chunk.choices[0]
        const piece = choice?.delta.content ?? ''
        if (choice?.finish_reason === 'stop') whole = true
        if (piece === '') continue
        text += piece
        tokens++
        onToken(piece)
      }
    } catch (thrown) {
      error = thrown instanceof Error ? thrown.message : String(thrown)
    }
    return { servedBy: speaker(text), text, tokens, whole, error }
  }
}

/** Several at a time, in order of their start. */
export async function inParallel<T>(count: number, width: number, task: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++
      results[index] = await task(index)
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  return results
}

export function countBy(values: readonly (string | undefined)[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value ?? 'failed'] = (counts[value ?? 'failed'] ?? 0) + 1
  return counts
}

function speaker(text: string | null | undefined): string | undefined {
  return /^(\w+):/.exec(text ?? '')?.[1]
}
