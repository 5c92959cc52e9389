/** Two pretend model servers for the examples, each on a free port. They know nothing of gateways. */

import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

export interface Model {
  readonly url: string
  /** Answers 503 from now on. */
  fail(): void
  close(): void
}

/** Answers chat completions with its own name, at once or word by word. */
export async function startModel(name: string): Promise<Model> {
  let failing = false
  const server = createServer((request, response) => {
    if (failing) response.writeHead(503).end()
    else void answer(name, request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail: () => {
      failing = true
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function answer(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { stream } = (await json(request)) as { stream?: boolean }
  if (stream !== true) {
    const choices = [{ index: 0, message: { role: 'assistant', content: `${name} says hello` }, finish_reason: 'stop' }]
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ model: name, choices }))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const content of [name, ' says', ' hello']) {
    response.write(`data: ${JSON.stringify({ model: name, choices: [{ index: 0, delta: { content } }] })}\n\n`)
  }
  response.end('data: [DONE]\n\n')
}
