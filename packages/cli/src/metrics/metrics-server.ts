/** The address that metrics are scraped at: `GET /metrics` and nothing else. What it tells comes from elsewhere. */

import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Address } from '../option-values.ts'

/** What a scrape gets. */
export interface Exposition {
  readonly contentType: string
  text(): Promise<string>
}

export interface MetricsServer {
  readonly address: Address
  close(): Promise<void>
}

/** More scrapers than anybody runs; whoever comes above them waits for nobody. */
const maxConnections = 64
const headMs = 5000
const silenceMs = 15_000

/** Listens once it resolves; rejects when the address is taken. */
export async function openMetricsServer(address: Address, exposition: Exposition): Promise<MetricsServer> {
  const answers = new Answers(exposition)
  const server = createServer(
    { maxHeaderSize: 8192, headersTimeout: headMs, requestTimeout: headMs, connectionsCheckingInterval: 1000 },
    (request, response) => void answers.answer(request, response),
  )
  server.maxConnections = maxConnections
  server.maxRequestsPerSocket = 1000
  // A reader that does not read is dropped: what it was to get is kept in memory for it.
  server.timeout = silenceMs
  server.on('clientError', (_error, socket) => socket.destroy())
  server.on('connect', (_request, socket) => socket.destroy())
  server.on('checkExpectation', (_request, response) => void response.writeHead(417, { connection: 'close' }).end())
  await listening(server, address)
  const { port } = server.address() as AddressInfo
  return { address: { host: address.host, port }, close: () => closed(server) }
}

class Answers {
  readonly #exposition: Exposition
  #pending: Promise<Buffer> | undefined

  constructor(exposition: Exposition) {
    this.#exposition = exposition
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {})
    const [path] = (request.url ?? '').split('?', 1)
    if (path !== '/metrics') return refuse(request, response, 404)
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD')
      return refuse(request, response, 405)
    }
    try {
      const body = await this.#text()
      response.writeHead(200, { 'content-type': this.#exposition.contentType, 'content-length': body.length })
      response.end(request.method === 'HEAD' ? undefined : body)
    } catch {
      refuse(request, response, 503)
    }
  }

  /** Whoever asks while it is made gets the same. */
  #text(): Promise<Buffer> {
    this.#pending ??= this.#exposition
      .text()
      .then((text) => Buffer.from(text))
      .finally(() => {
        this.#pending = undefined
      })
    return this.#pending
  }
}

/** A body that comes with it is not read: the connection ends. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number): void {
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined
  if (response.headersSent) return void response.destroy()
  response.writeHead(status, hasBody ? { connection: 'close' } : {}).end()
}

function listening(server: Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      server.on('error', () => {})
      resolve()
    })
  })
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
