/** A model server that misbehaves on command over raw TCP and keeps a journal. Knows nothing of gateways. */

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Changes } from './changes.ts'
import { type ReceivedRequest, RequestReader } from './received-request.ts'
import { json } from './replies.ts'
import type { Script } from './script.ts'
import { type Ending, Wire } from './wire.ts'

/** What happened, in the order in which it happened. `connection` and `request` count from 1. */
export type JournalEntry =
  | { readonly kind: 'connected'; readonly connection: number }
  | { readonly kind: 'request-began'; readonly connection: number; readonly request: number }
  | { readonly kind: 'request-ended'; readonly request: number; readonly state: 'whole' | 'cut' }
  | { readonly kind: 'malformed'; readonly connection: number; readonly reason: string }
  | { readonly kind: 'closed'; readonly connection: number; readonly ending: Ending }

export interface UpstreamOptions {
  /** What becomes of a new connection: served (default), reset at once, or left unread. */
  readonly accept?: 'serve' | 'reset' | 'ignore'
}

/** A running upstream. All numbers of requests and connections count from 1. */
export interface Upstream {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly port: number
  readonly requests: readonly ReceivedRequest[]
  readonly connections: readonly Wire[]
  readonly journal: readonly JournalEntry[]
  /** Resolves when the head of the nth request has arrived. */
  request(n: number): Promise<ReceivedRequest>
  /** Resolves when the nth connection was opened. */
  connection(n: number): Promise<Wire>
  /** Resolves when the nth connection is over, with who ended it and how. */
  closed(n: number): Promise<Ending>
  /** Scripts for the requests from now on, one each; the last one repeats. */
  use(script: Script | readonly Script[]): void
  /** Resets what is open and stops. Throws when a script threw. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts an upstream on a free port of 127.0.0.1. The nth request over all connections runs the nth script, the last one repeats;
 * the default answers `{}`. Requests of one connection are journaled as they arrive and answered one after the other.
 */
export async function startUpstream(
  script: Script | readonly Script[] = json({}),
  options: UpstreamOptions = {},
): Promise<Upstream> {
  const upstream = new ScriptedUpstream(script, options)
  await upstream.listen()
  return upstream
}

/** The URL of a port of 127.0.0.1 that refuses connections. */
export async function refusingUrl(): Promise<string> {
  const server = createServer()
  const port = await listening(server)
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return `http://127.0.0.1:${port}`
}

class ScriptedUpstream implements Upstream {
  port = 0
  readonly requests: ReceivedRequest[] = []
  readonly connections: Wire[] = []
  readonly journal: JournalEntry[] = []
  readonly #server: Server
  readonly #accept: 'serve' | 'reset' | 'ignore'
  readonly #changes: Changes = new Changes()
  readonly #failures: unknown[] = []
  #scripts: Script[] = []

  constructor(script: Script | readonly Script[], options: UpstreamOptions) {
    this.#accept = options.accept ?? 'serve'
    const pauseOnConnect = this.#accept === 'ignore'
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect }, (socket) => this.#connected(socket))
    this.use(script)
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async listen(): Promise<void> {
    this.port = await listening(this.#server)
  }

  request(n: number): Promise<ReceivedRequest> {
    return this.#changes.until(() => this.requests[n - 1])
  }

  connection(n: number): Promise<Wire> {
    return this.#changes.until(() => this.connections[n - 1])
  }

  async closed(n: number): Promise<Ending> {
    const connection = await this.connection(n)
    return connection.closed
  }

  use(script: Script | readonly Script[]): void {
    const scripts = typeof script === 'function' ? [script] : [...script]
    if (scripts.length === 0) throw new RangeError('an upstream needs at least one script')
    this.#scripts = scripts
  }

  async close(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const connection of this.connections) connection.reset()
    await stopped
    if (this.#failures.length > 0) throw new AggregateError(this.#failures, 'a script of the upstream threw')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #connected(socket: Socket): void {
    const number = this.connections.length + 1
    let turn = Promise.resolve()
    const reader = new RequestReader(number, (request) => {
      turn = this.#received(request, wire, turn)
    })
    const wire = new Wire(socket, {
      data: (bytes) => this.#data(reader, bytes, number, wire),
      over: () => this.#over(reader, number, wire),
    })
    this.connections.push(wire)
    this.#record({ kind: 'connected', connection: number })
    void wire.closed.then((ending) => this.#record({ kind: 'closed', connection: number, ending }))
    if (this.#accept === 'reset') wire.reset()
  }

  #data(reader: RequestReader, bytes: Buffer, number: number, wire: Wire): void {
    try {
      reader.push(bytes)
    } catch (error) {
      this.#record({ kind: 'malformed', connection: number, reason: String(error) })
      wire.reset()
    }
  }

  #over(reader: RequestReader, number: number, wire: Wire): void {
    const rest = reader.end()
    if (rest.length > 0 && wire.ending !== 'own-reset') {
      this.#record({ kind: 'malformed', connection: number, reason: `an unfinished head of ${rest.length} bytes` })
    }
  }

  /** Starts the script of a request when those before it on the connection are done. */
  async #received(request: ReceivedRequest, wire: Wire, before: Promise<void>): Promise<void> {
    this.requests.push(request)
    const number = this.requests.length
    this.#record({ kind: 'request-began', connection: request.connection, request: number })
    void request.settled.then((state) => {
      if (state !== 'reading') this.#record({ kind: 'request-ended', request: number, state })
    })
    const script = this.#scripts.length > 1 ? this.#scripts.shift() : this.#scripts[0]
    await before
    try {
      await script?.(request, wire)
    } catch (error) {
      this.#failures.push(error)
      wire.reset()
    }
  }

  #record(entry: JournalEntry): void {
    this.journal.push(entry)
    this.#changes.announce()
  }
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
