/** A model server that answers as the hosted APIs do and says its own name. Knows no gateway and no faults of the wire. */

/** One request as the model server saw it. */
export interface ModelRequest {
  readonly method: string
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The parsed body. */
  readonly body: unknown
  /** What it was answered with. */
  readonly status: number
}

export interface ModelServer {
  readonly name: string
  /** `http://127.0.0.1:PORT`. OpenAI clients take `${url}/v1`, Anthropic clients `url`. */
  readonly url: string
  /** Every request so far. The same list is served as JSON at `/__aimock/journal`. */
  readonly requests: readonly ModelRequest[]
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface ModelServerOptions {
  /** What it answers. Default its name. */
  readonly answer?: string
  /** Most characters in one event of a stream. Default 4. */
  readonly chunkSize?: number
}

/**
 * Starts a server for OpenAI chat completions and responses and for Anthropic messages, plain and streaming. It answers any prompt
 * with its name, except prompts with `fail with STATUS`: they get an error of that status (a 429 with `Retry-After: 7`).
 */
export async function startModelServer(name: string, options: ModelServerOptions = {}): Promise<ModelServer> {
  // Loaded on demand: importing this package costs no test the time to load a server that it does not start.
  const { LLMock } = await import('@copilotkit/aimock')
  const { answer = name, chunkSize = 4 } = options
  const server = new LLMock({ port: 0, host: '127.0.0.1', chunkSize })
  server.on({ predicate: ({ messages }) => askedStatus(messages) !== undefined }, ({ messages }) => {
    const status = askedStatus(messages) ?? 500
    const error = { message: `${name} fails as asked.`, type: 'asked_error', code: `asked_${status}` }
    return { error, status, retryAfter: 7 }
  })
  server.on({ predicate: () => true }, { content: answer })
  const url = await server.start()
  return {
    name,
    url,
    get requests() {
      return server
        .getRequests()
        .map(({ method, path, headers, body, response }) => ({ method, path, headers, body, status: response.status }))
    },
    close: () => server.stop(),
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

function askedStatus(messages: unknown): number | undefined {
  const found = /fail with ([1-9][0-9]{2})/.exec(JSON.stringify(messages))
  return found === null ? undefined : Number(found[1])
}
