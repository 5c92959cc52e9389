// One undici client on one socket, which serves one guest at a time. It knows nothing of requests or of other connections.

import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { Client, type buildConnector, type Dispatcher } from 'undici'
import type { Carrier, Guest, OutgoingRequest } from './carrier.ts'
import { openSocket, whenOpen, type ConnectionTarget } from './open-socket.ts'

export interface ConnectionOwner {
  /** The guest is gone and the connection can serve another one. */
  connectionIdle(connection: Connection): void
  /** Called once. */
  connectionGone(connection: Connection): void
}

interface DispatchWithServername extends Dispatcher.DispatchOptions {
  readonly servername: string
}

const keepAliveMs = 4_000
const keepAliveMaxMs = 60_000
const keepAliveMarginMs = 1_000

export class Connection implements Carrier {
  readonly headAlone = false
  guest: Guest | null = null
  /** Replies that ended well on this socket. */
  served = 0
  /** The first error of the socket itself. */
  socketError: Error | undefined
  /** The other side ended the stream. */
  peerEnded = false
  readonly #target: ConnectionTarget
  readonly #owner: ConnectionOwner
  readonly #client: Client
  #socket: Socket | undefined
  #gone = false

  constructor(target: ConnectionTarget, owner: ConnectionOwner) {
    this.#target = target
    this.#owner = owner
    this.#client = new Client(target.origin, {
      connect: (_options, callback) => this.#connect(callback),
      allowH2: false,
      pipelining: 1,
      strictContentLength: true,
      // The clocks are the wheel's; undici's tick too coarsely.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: target.maxHeaderBytes,
      // Below the 5 s after which common model servers close an idle connection; a hint of the backend counts less a margin.
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMaxMs,
      keepAliveTimeoutThreshold: keepAliveMarginMs,
    })
    this.#client.on('drain', () => this.#onDrain())
    this.#client.on('disconnect', () => this.#onDisconnect())
    this.#client.on('connectionError', () => this.#onDisconnect())
    // undici tells here what a handler threw. Attempts guard their listeners, so nothing can be told; without a listener it would throw.
    const emitter: EventEmitter = this.#client
    emitter.on('error', noop)
  }

  /** An open socket that has not been ended by either side. */
  get alive(): boolean {
    return !this.#gone && this.#socket !== undefined && !this.#socket.destroyed && !this.peerEnded
  }

  dispatch(guest: Guest, request: OutgoingRequest): void {
    this.guest = guest
    const options: DispatchWithServername = {
      path: request.path,
      method: request.method,
      headers: request.headers,
      body: request.body,
      upgrade: guest.upgrading ? 'websocket' : null,
      // With one name for all requests a Host header can neither choose the SNI name nor cause a new connection.
      servername: this.#target.hostname,
      idempotent: false,
    }
    this.#client.dispatch(options, guest)
  }

  /** Drops the connection on the wire now. */
  discard(): void {
    this.guest = null
    if (this.#gone) return
    this.#gone = true
    this.#socket?.destroy()
    this.#client.destroy(noop)
    this.#owner.connectionGone(this)
  }

  /** Drops the connection and resolves when its socket is closed. */
  async destroy(error: Error): Promise<void> {
    const guest = this.guest
    this.guest = null
    guest?.evicted(error)
    this.discard()
    await this.#client.destroy(error)
  }

  #onDrain(): void {
    if (this.guest === null && this.alive) this.#owner.connectionIdle(this)
  }

  #onDisconnect(): void {
    // With a guest that was not sent yet, undici connects once more by itself.
    if (this.guest === null) this.discard()
  }

  #connect(callback: buildConnector.Callback): void {
    this.socketError = undefined
    this.peerEnded = false
    this.served = 0
    const socket = openSocket(this.#target, 'http/1.1')
    this.#socket = socket
    // First of all listeners: what is noted here is known when undici reports the end of a reply.
    socket.on('error', (error) => {
      this.socketError ??= error
    })
    socket.once('end', () => {
      this.peerEnded = true
    })
    whenOpen(socket, this.#target, (error) => {
      if (error === null) callback(null, socket)
      else callback(error, null)
    })
  }
}

function noop(): void {}
