// One HTTP/2 session on one socket, shared by many attempts. It knows how it lives and ends, and nothing of requests.

import { connect, type ClientHttp2Session, type ClientSessionOptions } from 'node:http2'
import type { Socket } from 'node:net'
import { Alarm, type ClockWheel } from './clock.ts'
import { asError } from './failure.ts'
import { openSocket, whenOpen, type ConnectionTarget } from './open-socket.ts'
import { StreamH2, type StreamHost } from './stream-h2.ts'

export interface ConnectionH2Owner {
  /** It is open, or has room for another stream. */
  connectionFree(connection: ConnectionH2): void
  /** It could not be opened. `connectionGone` follows. */
  connectionFailed(error: Error): void
  /** Called once. */
  connectionGone(connection: ConnectionH2): void
}

/** What an endpoint sets for all of its sessions. */
export interface ConnectionH2Options {
  readonly connectTimeoutMs: number
  /** Most streams at once, where the other side allows more. */
  readonly maxConcurrentStreams: number
  /** Streams after which the connection takes no more. Infinity: as many as HTTP/2 has numbers for. */
  readonly maxRequestsPerConnection: number
}

/** `opening` until the other side's SETTINGS came, `closing` when no further stream may begin. */
type State = 'opening' | 'open' | 'closing' | 'gone'

/** How long a connection without streams is kept. A GOAWAY tells when the other side closed it first, so it may be long. */
const idleMs = 60_000
/** An attempt that was given up after this time, and nothing heard meanwhile: the connection may be dead. */
const doubtMs = 1_000
/** Stream numbers end at 2^31, and are odd. */
const maxStreamsEver = 2 ** 29
/** Received at once per stream and per connection, so that a slow caller holds little and a quick one waits for nobody. */
const streamWindowBytes = 256 * 1024
const connectionWindowBytes = 1024 * 1024

export class ConnectionH2 extends Alarm implements StreamHost {
  readonly scheme: 'http' | 'https'
  readonly authority: string
  readonly maxHeaderBytes: number
  served = 0
  goawayLast: number = Infinity
  goawayCode = 0
  readonly #wheel: ClockWheel
  readonly #owner: ConnectionH2Owner
  readonly #socket: Socket
  readonly #closed: Promise<void>
  readonly #streams = new Set<StreamH2>()
  readonly #options: ConnectionH2Options
  #session: ClientHttp2Session | undefined
  #state: State = 'opening'
  #limit = 0
  #begun = 0
  #heardAt = 0

  constructor(target: ConnectionTarget, wheel: ClockWheel, owner: ConnectionH2Owner, options: ConnectionH2Options) {
    super()
    this.scheme = target.tls === undefined ? 'http' : 'https'
    this.authority = new URL(target.origin).host
    this.maxHeaderBytes = target.maxHeaderBytes
    this.#wheel = wheel
    this.#owner = owner
    this.#options = options
    const socket = openSocket(target, 'h2')
    this.#socket = socket
    this.#closed = new Promise((resolve) => {
      socket.once('close', () => resolve())
    })
    if (options.connectTimeoutMs > 0) wheel.arm(this, options.connectTimeoutMs)
    whenOpen(socket, target, (error) => this.#onSocket(target, error))
  }

  get opening(): boolean {
    return this.#state === 'opening'
  }

  /** More streams will be possible: once it is open, or when the other side, which allows none now, allows some. */
  get promising(): boolean {
    return this.#state === 'opening' || (this.#state === 'open' && this.#limit === 0)
  }

  /** Nobody is served now. */
  get idle(): boolean {
    return this.#streams.size === 0
  }

  /** Another stream may begin. */
  get free(): boolean {
    const session = this.#session
    return (
      this.#state === 'open' &&
      session !== undefined &&
      !session.closed &&
      !session.destroyed &&
      this.#streams.size < this.#limit
    )
  }

  get session(): ClientHttp2Session {
    if (this.#session === undefined) throw new Error('the connection is not open')
    return this.#session
  }

  get now(): number {
    return this.#wheel.coarseNow
  }

  /** A place on this connection. Ask `free` first. */
  openStream(): StreamH2 {
    const stream = new StreamH2(this)
    this.#streams.add(stream)
    this.#wheel.disarm(this)
    this.#session?.ref()
    if (++this.#begun >= Math.min(this.#options.maxRequestsPerConnection, maxStreamsEver)) this.#state = 'closing'
    return stream
  }

  streamClosed(stream: StreamH2): void {
    this.#streams.delete(stream)
    if (this.#state === 'gone') return
    if (this.#streams.size === 0 && !this.#rest()) return
    this.#owner.connectionFree(this)
  }

  heard(): void {
    this.#heardAt = this.#wheel.coarseNow
  }

  doubt(since: number): void {
    // No PING: gRPC servers close the connections of those who send many (too_many_pings).
    if (this.#heardAt > since || this.#wheel.now() - since < doubtMs) return
    if (this.#state === 'open') this.#state = 'closing'
  }

  /** No further stream; closes now, or when the last one is over. */
  close(): void {
    if (this.#state === 'open') this.#state = 'closing'
    if (this.idle) this.discard()
  }

  /** Drops the connection now; its streams are told. */
  discard(): void {
    if (this.#state === 'gone') return
    this.#state = 'gone'
    this.#wheel.disarm(this)
    // Without streams the session says GOAWAY and ends the socket by itself.
    if (this.#session !== undefined) this.#session.destroy()
    if (this.#session === undefined || !this.idle) this.#socket.destroy()
    this.#owner.connectionGone(this)
  }

  /** Drops the connection, tells its guests `cancelled`, and resolves when its socket is closed. */
  async destroy(error: Error): Promise<void> {
    for (const stream of this.#streams) {
      const { guest } = stream
      stream.guest = null
      guest?.evicted(error)
    }
    this.discard()
    await this.#closed
  }

  /** Too long without an answer while it opens, or without anything to do. */
  ring(): void {
    this.discard()
  }

  #onSocket(target: ConnectionTarget, error: Error | null): void {
    if (this.#state === 'gone') return
    if (error !== null) return this.#fail(error)
    if (target.tls !== undefined && 'alpnProtocol' in this.#socket && this.#socket.alpnProtocol !== 'h2') {
      return this.#fail(new Error('the endpoint does not offer HTTP/2'))
    }
    try {
      this.#session = this.#open(target)
    } catch (thrown) {
      this.#fail(asError(thrown))
    }
  }

  #open(target: ConnectionTarget): ClientHttp2Session {
    const session = connect(target.origin, sessionOptions(this.#socket, target.maxHeaderBytes))
    session.once('connect', () => session.setLocalWindowSize(connectionWindowBytes))
    session.on('remoteSettings', (settings) => this.#onSettings(settings.maxConcurrentStreams))
    session.on('goaway', (code, last) => this.#onGoaway(code, last))
    // Streams are told by Node, each with its own end, and `close` follows.
    session.on('error', noop)
    session.once('close', () => {
      if (this.#state === 'opening') this.#fail(new Error('the endpoint closed the connection before its SETTINGS'))
      else this.discard()
    })
    return session
  }

  #onSettings(maxConcurrentStreams: number | undefined): void {
    this.#limit = Math.min(maxConcurrentStreams ?? Infinity, this.#options.maxConcurrentStreams)
    this.heard()
    if (this.#state === 'opening') {
      this.#state = 'open'
      this.#wheel.disarm(this)
      this.#rest()
    }
    this.#owner.connectionFree(this)
  }

  #onGoaway(code: number, last: number): void {
    this.goawayLast = Math.min(this.goawayLast, last)
    this.goawayCode ||= code
    if (this.#state === 'opening') return this.#fail(new Error(`the endpoint refused the connection with code ${code}`))
    this.close()
  }

  #fail(error: Error): void {
    if (this.#state === 'gone') return
    this.#owner.connectionFailed(error)
    this.discard()
  }

  /** Nothing to do: waits for the next stream, or closes. False when it is closed. */
  #rest(): boolean {
    if (this.#state === 'closing') {
      this.discard()
      return false
    }
    this.#session?.unref()
    this.#wheel.arm(this, idleMs)
    return true
  }
}

/** Node's types give the last one to servers alone. */
interface SessionOptions extends ClientSessionOptions {
  readonly strictSingleValueFields: boolean
}

function sessionOptions(socket: Socket, maxHeaderBytes: number): SessionOptions {
  return {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: streamWindowBytes, maxHeaderListSize: 2 * maxHeaderBytes },
    // Sizes are checked by bytes; nothing is dropped for the number of fields, and repeated fields go on as they came.
    maxHeaderListPairs: 65_535,
    // In megabytes. Node's 10 would refuse streams while a hundred of them carry bodies.
    maxSessionMemory: 256,
    strictSingleValueFields: false,
  }
}

function noop(): void {}
