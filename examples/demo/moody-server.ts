/** A model server that fails as it is told, in ways that the other ones cannot. It runs in the process of the demo. */

import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { pause } from './pause.ts'

/**
 * `refuses`: 500. `errs`: a 200, then an error as the first event that says something. `breaks`: two words, then the connection
 * is gone. `thinks`: takes the request and never answers. `unwell`: answers, but says at /health that it is not well.
 */
export type Mood = 'well' | 'refuses' | 'errs' | 'breaks' | 'thinks' | 'unwell'

export class MoodyServer {
  readonly name: string
  mood: Mood = 'well'
  /** Chat completions that reached it. */
  asked = 0
  readonly #server: Server

  constructor(name: string) {
    this.name = name
    this.#server = createServer((request, response) => void this.#take(request, response))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/health') {
      response.writeHead(this.mood === 'unwell' ? 503 : 200).end()
      return
    }
    this.asked++
    const { stream } = (await json(request)) as { stream?: boolean }
    if (this.mood === 'thinks') return
    if (this.mood === 'refuses') response.writeHead(500).end()
    else if (stream === true) await this.#stream(response)
    else this.#answer(response)
  }

  #answer(response: ServerResponse): void {
    const message = { role: 'assistant', content: `${this.name}: hello` }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ model: this.name, choices: [{ index: 0, message, finish_reason: 'stop' }] }))
  }

  async #stream(response: ServerResponse): Promise<void> {
    const send = (data: object): void => void response.write(`data: ${JSON.stringify(data)}\n\n`)
    const delta = (delta: object, finish_reason: string | null = null): void =>
      send({ model: this.name, choices: [{ index: 0, delta, finish_reason }] })
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    delta({ role: 'assistant' })
    if (this.mood === 'errs') {
      send({ error: { message: `${this.name} is too busy.`, type: 'overloaded_error' } })
      response.end()
      return
    }
    for (const content of [`${this.name}:`, ' Once']) {
      delta({ content })
      await pause(100)
    }
    if (this.mood === 'breaks') {
      response.destroy()
      return
    }
    delta({}, 'stop')
    response.end('data: [DONE]\n\n')
  }
}
