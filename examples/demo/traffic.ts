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

/** What came over the wire, as far as it came. */
export interface Bytes {
  readonly status: number
  readonly text: string
  readonly servedBy: string | undefined
  /** Reading ended with it. */
  readonly error: unknown
  readonly headMs: number
  readonly totalMs: number
}

export interface Begun {
  readonly servedBy: string | undefined
  /** As the caller sends it from now on. */
  readonly cookie: string
}

export class Traffic {
  readonly #client: OpenAI
  readonly #url: string

  constructor(url: string) {
    this.#url = url
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

  /** A stream without a client's reading of it. Never rejects. */
  async bytes(headers: Record<string, string>, onText: (text: string) => void = () => undefined): Promise<Bytes> {
    const began = performance.now()
    const response = await this.#post(headers, { stream: true, messages: [{ role: 'user', content: 'tell me' }] })
    const headMs = performance.now() - began
    const decoder = new TextDecoder()
    let text = ''
    let error: unknown
    try {
      for await (const chunk of response.body ?? []) {
        const piece = decoder.decode(chunk, { stream: true })
        text += piece
        onText(piece)
      }
    } catch (thrown) {
      error = thrown
    }
    const words = Array.from(text.matchAll(/"content":"([^"]*)"/g), ([, word]) => word).join('')
    const totalMs = performance.now() - began
    return { status: response.status, text, servedBy: speaker(words), error, headMs, totalMs }
  }

  /** A first question, and the session that came with its answer. */
  async begin(headers: Record<string, string>): Promise<Begun> {
    const response = await this.#post(headers, { messages: [{ role: 'user', content: 'hello' }] })
    const { choices } = (await response.json()) as { choices: { message: { content: string } }[] }
    const [cookie = ''] = response.headers.getSetCookie().map((text) => text.split(';', 1)[0] ?? '')
    return { servedBy: speaker(choices[0]?.message.content), cookie }
  }

  #post(headers: Record<string, string>, body: object): Promise<Response> {
    return fetch(`${this.#url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ model: 'any', ...body }),
    })
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
