/**
 * The least that a proxy in Node can do: undici's dispatch with a handler that writes straight to node:http's response.
 * Backpressure, cancellation and hop-by-hop fields are minded; nothing is decided, retried, counted or timed.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Pool } from 'undici'
import type { Dispatcher } from 'undici'
import { listen } from '../listen.ts'

/** A body of a known length up to this is sent in one write with its head. */
const gatherBytes = 16 * 1024

const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const left = new Error('the caller left')
const exchangeOf = Symbol('exchange')
type OwnedResponse = ServerResponse & { [exchangeOf]?: Exchange }
type OwnedRequest = IncomingMessage & { [exchangeOf]?: Exchange }

/** Without the fields of this hop and those that `Connection` names. */
function endToEnd(raw: readonly (string | Buffer)[]): string[] {
  const fields: string[] = []
  let named: string[] | undefined
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at]!.toString('latin1')
    const value = raw[at + 1]!.toString('latin1')
    const lower = name.toLowerCase()
    if (!hopByHop.has(lower)) fields.push(name, value)
    else if (lower === 'connection' && value !== 'keep-alive' && value !== 'close')
      named = value.toLowerCase().split(/[\t ]*,[\t ]*/)
  }
  return named === undefined ? fields : without(fields, named)
}

function without(fields: readonly string[], named: readonly string[]): string[] {
  return fields.filter((_, at) => !named.includes(fields[at & ~1]!.toLowerCase()))
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #pool: Pool
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  #controller: Dispatcher.DispatchController | undefined
  #chunks: Buffer[] | undefined
  #bodyBegun = false
  #over = false

  constructor(pool: Pool, request: OwnedRequest, response: OwnedResponse) {
    this.#pool = pool
    this.#request = request
    this.#response = response
    request[exchangeOf] = this
    response[exchangeOf] = this
    response.on('close', onClose).on('drain', onDrain)
  }

  start(): void {
    const length = this.#request.headers['content-length']
    if (length === undefined && this.#request.headers['transfer-encoding'] === undefined) return this.#send(null)
    if (length === undefined || Number(length) > gatherBytes) return this.#send(this.#request)
    this.#chunks = []
    this.#request.on('data', onData).on('end', onEnd)
  }

  gather(chunk: Buffer): void {
    this.#chunks?.push(chunk)
  }

  gathered(): void {
    const chunks = this.#chunks ?? []
    this.#chunks = undefined
    if (!this.#over) this.#send(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))
  }

  #send(body: Buffer | IncomingMessage | null): void {
    const { method = 'GET', url = '/', rawHeaders } = this.#request
    this.#pool.dispatch({ method, path: url, headers: endToEnd(rawHeaders), body }, this)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#over) controller.abort(left)
    else this.#controller = controller
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    statusText?: string,
  ): void {
    if (status < 200) return
    this.#response.writeHead(status, statusText, endToEnd((controller.rawHeaders ?? []) as Buffer[]))
    // The head of a stream goes on at once, but joins the first bytes of the body where they came with it.
    process.nextTick(flush, this)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bodyBegun = true
    if (!this.#response.write(chunk)) controller.pause()
  }

  onResponseEnd(): void {
    this.#over = true
    this.#response.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, _error: Error): void {
    if (this.#over) return
    this.#over = true
    if (this.#response.headersSent) this.#response.destroy()
    else this.#response.writeHead(502).end()
  }

  flush(): void {
    if (!this.#bodyBegun && !this.#over) this.#response.flushHeaders()
  }

  drained(): void {
    this.#controller?.resume()
  }

  closed(): void {
    if (this.#over) return
    this.#over = true
    this.#controller?.abort(left)
  }
}

function onData(this: OwnedRequest, chunk: Buffer): void {
  this[exchangeOf]?.gather(chunk)
}

function onEnd(this: OwnedRequest): void {
  this[exchangeOf]?.gathered()
}

function onDrain(this: OwnedResponse): void {
  this[exchangeOf]?.drained()
}

function onClose(this: OwnedResponse): void {
  this[exchangeOf]?.closed()
}

function flush(exchange: Exchange): void {
  exchange.flush()
}

export async function start(upstream: string): Promise<number> {
  const pool = new Pool(upstream, { pipelining: 1, headersTimeout: 0, bodyTimeout: 0 })
  return await listen((request, response) => new Exchange(pool, request, response).start())
}
