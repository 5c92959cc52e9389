// One undici client on one socket of its own, for one request that asks for an upgrade. It knows no other connection.

import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Client, buildConnector, Dispatcher } from 'undici'
import type { Carrier, Guest, OutgoingRequest } from './carrier.ts'
import { CarrierError, asError } from './failure.ts'
import { openSocket, whenOpen, type ConnectionTarget } from './open-socket.ts'
import { rawFields, responseHeaders, unknownTransferCoding } from './reply-headers.ts'

export interface UpgradeOwner {
  /** Called once. */
  connectionGone(connection: UpgradeConnection): void
}

interface DispatchWithServername extends Dispatcher.DispatchOptions {
  readonly servername: string
}

/** undici is 5 MB of heap, which every full collection looks at: whoever sees no upgrade does without. */
let undici: Promise<{ readonly Client: typeof Client }> | undefined

export class UpgradeConnection implements Carrier {
  readonly headAlone = false
  readonly ownChunks = false
  guest: Guest | null = null
  /** Replies that ended well on this socket. */
  served = 0
  /** The first error of the socket itself. */
  socketError: Error | undefined
  /** The other side ended the stream. */
  peerEnded = false
  readonly #target: ConnectionTarget
  readonly #owner: UpgradeOwner
  #client: Client | undefined
  #socket: Socket | undefined
  #gone = false

  constructor(target: ConnectionTarget, owner: UpgradeOwner) {
    this.#target = target
    this.#owner = owner
  }

  #open(UndiciClient: typeof Client): Client {
    const client = new UndiciClient(this.#target.origin, {
      connect: (_options, callback) => this.#connect(callback),
      allowH2: false,
      pipelining: 1,
      strictContentLength: true,
      // The clocks are the wheel's; undici's tick too coarsely.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: this.#target.maxHeaderBytes,
    })
    client.on('drain', () => this.#onOver())
    client.on('disconnect', () => this.#onOver())
    client.on('connectionError', () => this.#onOver())
    // undici tells here what a handler threw. Attempts guard their listeners, so nothing can be told; without a listener it would throw.
    const emitter: EventEmitter = client
    emitter.on('error', noop)
    return client
  }

  dispatch(guest: Guest, request: OutgoingRequest): void {
    this.guest = guest
    undici ??= import('undici')
    undici.then(
      (loaded) => {
        if (this.#gone || this.guest !== guest) return
        this.#client = this.#open(loaded.Client)
        this.#send(this.#client, guest, request)
      },
      (error: unknown) => guest.onFailure(asError(error)),
    )
  }

  #send(client: Client, guest: Guest, request: OutgoingRequest): void {
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
    client.dispatch(options, new UpgradeHandler(guest))
  }

  /** Drops the connection on the wire now. */
  discard(): void {
    this.guest = null
    if (this.#gone) return
    this.#gone = true
    this.#socket?.destroy()
    this.#client?.destroy(noop)
    this.#owner.connectionGone(this)
  }

  /** Drops the connection and resolves when its socket is closed. */
  async destroy(error: Error): Promise<void> {
    const guest = this.guest
    this.guest = null
    guest?.evicted(error)
    this.discard()
    await this.#client?.destroy(error)
  }

  /** The backend gave an ordinary reply, or none. With a guest that was not sent yet, undici connects once more by itself. */
  #onOver(): void {
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

/** What undici tells, as guests know it. */
class UpgradeHandler implements Dispatcher.DispatchHandler {
  readonly #guest: Guest

  constructor(guest: Guest) {
    this.#guest = guest
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#guest.onRequestStart(controller)
  }

  onBodySent(): void {
    this.#guest.onBodySent()
  }

  onRequestSent(): void {
    this.#guest.onRequestSent()
  }

  /** undici has let go of the socket. */
  onRequestUpgrade(controller: Dispatcher.DispatchController, status: number, _headers: unknown, socket: Duplex): void {
    this.#guest.onUpgrade(status, rawFields(controller.rawHeaders), socket)
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: Dispatcher.ResponseData['headers'],
    statusText?: string,
  ): void {
    const raw = rawFields(controller.rawHeaders)
    if (status >= 200 && unknownTransferCoding(raw)) {
      this.#guest.onFailure(new CarrierError('bad-response', 'the reply has a transfer coding other than chunked'))
      return
    }
    this.#guest.onReplyHead(controller, status, statusText, responseHeaders(raw, status === 204))
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // undici's parser hands over an empty chunk when it is resumed with nothing to read.
    if (chunk.length > 0) this.#guest.onReplyData(controller, chunk)
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    this.#guest.onReplyEnd(rawFields(controller.rawTrailers))
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#guest.onFailure(error)
  }
}

function noop(): void {}
