/** A client that writes exactly the given bytes and reads replies strictly. It follows, repairs and repeats nothing. */

import { createConnection } from 'node:net'
import { Changes } from './changes.ts'
import type { Field } from './http-head.ts'
import { type InterimReply, type ReceivedReply, ReplyReader } from './received-reply.ts'
import { type Bytes, type PeerState, Wire, type WireEvents } from './wire.ts'

export interface RawRequest {
  /** Default `GET`. */
  readonly method?: string
  /** The request target, sent as given. Default `/`. */
  readonly target?: string
  /** Field lines, sent as given after `host`; a `host` among them replaces it. */
  readonly headers?: readonly Field[]
  /** Sent with its `content-length`, unless the headers frame it already. */
  readonly body?: Bytes
}

/** One connection of a client. */
export interface RawClient {
  /** What the server has done with its side of the connection so far. */
  readonly state: PeerState
  /** Bytes that arrived and belong to no reply that was asked for. */
  readonly unread: Buffer
  /** Resolves when the kernel has taken the bytes. */
  write(bytes: Bytes): Promise<void>
  /** Writes one request. */
  send(request: RawRequest): Promise<void>
  /** The next final reply, from its head on. Give the method of its request, since HEAD has no body. Rejects on bad framing and when the connection ends before. */
  reply(method?: string): Promise<ReceivedReply>
  /** The next interim reply's status when one arrives before a final one; consumes it. */
  interim(): Promise<number>
  /** Resolves when the server has ended its side. */
  ended(): Promise<'fin' | 'reset'>
  /** Ends the own side only (FIN); replies can still be read. */
  fin(): void
  /** Leaves at once (RST). */
  abort(): void
  /** Leaves further bytes in the kernel, as a slow reader does. */
  stopReading(): void
  resumeReading(): void
  [Symbol.dispose](): void
}

/** Connects to the host and port of an `http:` URL. */
export function connectRaw(url: string): Promise<RawClient> {
  const { hostname, port, host } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: hostname, port: Number(port || 80), allowHalfOpen: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(new TcpRawClient(host, (events) => new Wire(socket, events)))
    })
  })
}

/** One request on a connection of its own: sends it, waits for the end of the reply, and leaves. */
export async function rawRequest(url: string, request: RawRequest = {}): Promise<ReceivedReply> {
  const client = await connectRaw(url)
  try {
    await client.send(request)
    const received = await client.reply(request.method)
    await received.settled()
    return received
  } finally {
    client.abort()
  }
}

/** Bytes of one request, with `host` and the framing of the body where the headers have none. */
function requestBytes(host: string, request: RawRequest): Buffer {
  const { method = 'GET', target = '/', headers = [], body } = request
  const has = (name: string): boolean => headers.some(([present]) => present.toLowerCase() === name)
  const data = Buffer.from(body ?? '')
  const lines: Field[] = has('host') ? [...headers] : [['host', host], ...headers]
  const framed = has('content-length') || has('transfer-encoding')
  if (body !== undefined && !framed) lines.push(['content-length', String(data.length)])
  const head = `${method} ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), data])
}

class TcpRawClient implements RawClient {
  readonly #host: string
  readonly #wire: Wire
  readonly #reader: ReplyReader = new ReplyReader()
  readonly #changes: Changes = new Changes()

  constructor(host: string, connect: (events: WireEvents) => Wire) {
    this.#host = host
    this.#wire = connect({
      data: (bytes) => {
        this.#reader.push(bytes)
        this.#changes.announce()
      },
      over: (clean) => {
        this.#reader.end(clean)
        this.#changes.announce()
      },
    })
  }

  get state(): PeerState {
    return this.#wire.peer
  }

  get unread(): Buffer {
    return this.#reader.unread
  }

  write(bytes: Bytes): Promise<void> {
    return this.#wire.write(bytes)
  }

  send(request: RawRequest): Promise<void> {
    return this.write(requestBytes(this.#host, request))
  }

  reply(method = 'GET'): Promise<ReceivedReply> {
    const interim: InterimReply[] = []
    return this.#changes.until(() => {
      const received = this.#reader.take(method, interim, this.#changes)
      if (received === undefined) this.#throwWhenOver('a reply')
      return received
    })
  }

  interim(): Promise<number> {
    return this.#changes.until(() => {
      const status = this.#reader.takeInterim()
      if (status === undefined) this.#throwWhenOver('an interim reply')
      return status
    })
  }

  ended(): Promise<'fin' | 'reset'> {
    return this.#changes.until(() => (this.state === 'open' ? undefined : this.state))
  }

  fin(): void {
    this.#wire.fin()
  }

  abort(): void {
    this.#wire.reset()
  }

  stopReading(): void {
    this.#wire.stopReading()
  }

  resumeReading(): void {
    this.#wire.resumeReading()
  }

  [Symbol.dispose](): void {
    this.abort()
  }

  #throwWhenOver(wanted: string): void {
    const ending = this.#wire.ending
    if (ending === undefined || (ending === 'own-fin' && this.state === 'open')) return
    const rest = this.unread.toString('latin1').slice(0, 200)
    throw new Error(`the connection ended (${ending}) before ${wanted}; unread: ${JSON.stringify(rest)}`)
  }
}
