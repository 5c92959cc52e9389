// One delivery of a request to one endpoint, streamed both ways. It decides nothing: no retry, no status of its own, no policy.

import type { Duplex, Readable } from 'node:stream'
import { AttemptAlarm, type AttemptStage } from './attempt-alarm.ts'
import { attemptFailure, resumeController, tellEnded, tellFailed } from './attempt-calls.ts'
import type { AttemptClocks } from './attempt-clocks.ts'
import type { AttemptListener, AttemptPhase, ClockName, FailureKind } from './attempt-types.ts'
import { dropUpload } from './body-reader.ts'
import type { Carrier, Guest, OutgoingRequest, ReplyController, TrailerSource } from './carrier.ts'
import type { ClockWheel } from './clock.ts'
import type { Endpoint } from './endpoint.ts'
import { asError, failureKind } from './failure.ts'
import { cleanReason, passableTrailers, responseHeaders } from './reply-headers.ts'
import { Tunnel } from './tunnel.ts'
import { isWebSocketReply } from './upgrade.ts'

/** Interim replies (1xx) that one reply may have before it: above it, the reply is a bad one. */
const maxInterim = 16

const abandoned = new Error('the attempt was given up')

/**
 * One try against one endpoint. The listener hears the head, the data, and exactly one of `attemptEnded` and `attemptFailed`, never
 * before `start()` has returned, and nothing after it. A second delivery by a layer below is cut before its first byte.
 */
export class Attempt extends AttemptAlarm implements Guest {
  readonly endpoint: Endpoint
  readonly #listener: AttemptListener<Attempt>
  #request: OutgoingRequest | null = null
  #body: Buffer | Readable | null = null
  #upgrading = false
  #phase: AttemptPhase = 'connecting'
  #starting = false
  #sent = false
  #headSeen = false
  #status = 0
  #interim = 0
  #reused = false
  #connection: Carrier | null = null
  #controller: ReplyController | null = null

  constructor(endpoint: Endpoint, wheel: ClockWheel, clocks: AttemptClocks, listener: AttemptListener<Attempt>) {
    super(wheel, clocks, endpoint.connectTimeoutMs)
    this.endpoint = endpoint
    this.#listener = listener
  }

  get phase(): AttemptPhase {
    return this.#phase
  }

  /** False as long as it is certain that no byte of the request was written. The failure may know better: a stream may be refused. */
  get sent(): boolean {
    return this.#sent
  }

  /** In `attemptHead`: the head is the whole reply, with nothing to follow (known over HTTP/2 alone, gRPC's Trailers-Only). */
  get headAlone(): boolean {
    return this.#connection?.headAlone ?? false
  }

  /** It was begun by `upgrade()`. */
  get upgrading(): boolean {
    return this.#upgrading
  }

  /** Status of the final reply, 0 before its head. */
  get status(): number {
    return this.#status
  }

  /** Each chunk of `attemptData` is a buffer that nobody else has: whoever got it may free it, see `freeBytes`. */
  get ownChunks(): boolean {
    return this.#connection?.ownChunks ?? false
  }

  /** Sent on a connection that had served another request: a reset before the head may be no more than a dead connection. */
  get reused(): boolean {
    return this.#reused
  }

  /**
   * Sends the request; call it once. After `cancel()` nothing is sent. `path` is the target in origin form, byte for byte as received
   * (latin1), `headers` a flat array without hop-by-hop fields (`requestHeaders`), `body` as `RequestBody.open()` gives it. `trailers`
   * (the `RequestBody`) are asked for when the body has ended, and go on over HTTP/2, and over HTTP/1.1 behind a body in chunks.
   */
  start(
    method: string,
    path: string,
    headers: string[],
    body: Buffer | Readable | null,
    trailers?: TrailerSource,
  ): void {
    if (this.#phase === 'done') return dropUpload(body)
    this.#request = { method, path, headers, body, trailers }
    this.#body = body
    this.startClocks()
    this.#starting = true
    // While the attempt waits for its connection nobody else watches the body.
    if (body !== null && !Buffer.isBuffer(body)) body.once('error', (error) => this.onFailure(error))
    if (path.charCodeAt(0) !== 47 || method === 'CONNECT') {
      this.#fail('bad-request', undefined, new Error('the target is not in origin form'))
    } else if (!this.endpoint.enter(this)) {
      this.#fail('connect-failure', undefined, new Error('the endpoint is closed'))
    }
    this.#starting = false
  }

  /**
   * Instead of `start()`: asks for a WebSocket with `GET`, over HTTP/1.1 and on a connection of its own, whatever the endpoint speaks
   * otherwise. The answer is `attemptUpgraded`, or an ordinary reply or failure.
   */
  upgrade(path: string, headers: string[]): void {
    this.#upgrading = true
    this.start('GET', path, headers, null)
  }

  /** Ends the attempt on the wire now and reports `cancelled` before it returns. Nothing happens when it is over already. */
  cancel(): void {
    this.#fail('cancelled', undefined, undefined)
  }

  /** A clock that the caller keeps (`perTry`, `request`) ran out: ends the attempt as `timeout`. */
  timeOut(clock: ClockName): void {
    this.#fail('timeout', clock, undefined)
  }

  /** Goes on after `attemptData` returned false. */
  resume(): void {
    if (this.#controller === null || this.#phase === 'done') return
    this.touch()
    // A tick later: the connection must not read on from within one of its own callbacks.
    process.nextTick(resumeController, this.#controller)
  }

  /** @internal */
  board(carrier: Carrier): void {
    this.#connection = carrier
    this.#reused = carrier.served > 0
    this.mark('boarded')
    if (this.#request !== null) carrier.dispatch(this, this.#request)
  }

  /** @internal */
  evicted(error: Error): void {
    this.#fail('cancelled', undefined, error)
  }

  /** @internal */
  onRequestStart(controller: ReplyController): void {
    if (this.#phase !== 'connecting') {
      controller.abort(abandoned)
      this.#fail('reset', undefined, abandoned)
      return
    }
    this.#controller = controller
    this.#reused = this.#connection !== null && this.#connection.served > 0
    this.#phase = 'uploading'
    // The head of a streamed request is written together with its first chunk.
    this.#sent = this.#body === null || Buffer.isBuffer(this.#body)
    this.mark('connected')
  }

  /** @internal */
  onBodySent(): void {
    this.#sent = true
    this.touch()
  }

  /** @internal */
  onRequestSent(): void {
    this.#sent = true
    // What becomes of it now says nothing about the attempt.
    this.#body = null
    if (this.#phase === 'uploading') this.#phase = 'waiting'
    this.mark('sent')
  }

  /** @internal */
  onUpgrade(status: number, raw: readonly (Buffer | string)[], socket: Duplex): void {
    const connection = this.#connection
    if (this.#phase === 'done' || connection === null) return void socket.destroy()
    this.#controller = null
    if (!this.#upgrading || status !== 101 || !isWebSocketReply(raw)) {
      return this.#fail('bad-response', undefined, new Error('the reply switches to another protocol'))
    }
    const tunnel = new Tunnel(this, this.wheel, connection, socket)
    this.#controller = tunnel
    this.#headCame(status)
    try {
      if (this.#listener.attemptUpgraded === undefined) this.cancel()
      else this.#listener.attemptUpgraded(this, responseHeaders(raw), tunnel)
    } catch (error) {
      this.#fail('cancelled', undefined, asError(error))
    }
  }

  /** @internal */
  onReplyHead(_controller: ReplyController, status: number, reason: string | undefined, fields: string[]): void {
    if (this.#phase === 'done') return
    if (status < 200 || status > 599) {
      if (status < 100 || status === 101 || status > 599 || ++this.#interim > maxInterim) {
        this.#fail('bad-response', undefined, new Error(`status ${status} is no reply to this request`))
      }
      return
    }
    this.#headCame(status)
    try {
      this.#listener.attemptHead(this, status, cleanReason(reason), fields)
    } catch (error) {
      this.#fail('cancelled', undefined, asError(error))
    }
  }

  /** @internal */
  onReplyData(controller: ReplyController, chunk: Buffer): void {
    if (this.#phase === 'done') return
    this.touch()
    try {
      if (!this.#listener.attemptData(this, chunk)) controller.pause()
    } catch (error) {
      this.#fail('cancelled', undefined, asError(error))
    }
  }

  /** @internal */
  onReplyEnd(trailers: readonly (Buffer | string)[]): void {
    if (this.#phase === 'done') return
    const connection = this.#connection
    if (connection?.socketError !== undefined) {
      // A reply without a length that is reset is no whole one.
      this.#fail('reset', undefined, connection.socketError)
      return
    }
    this.#finish()
    if (connection !== null) connection.served++
    tellEnded(this, this.#listener, passableTrailers(trailers))
  }

  /** @internal */
  onFailure(error: Error): void {
    if (this.#phase === 'done') return
    const connection = this.#connection
    const kind = failureKind(error, {
      started: this.#controller !== null,
      headSeen: this.#headSeen,
      socketError: connection?.socketError,
      peerEnded: connection?.peerEnded ?? false,
      body: this.#body,
    })
    this.#fail(kind, undefined, error)
  }

  protected override stage(): AttemptStage {
    if (this.#phase === 'connecting') return 'connecting'
    return this.#headSeen ? 'head-seen' : 'waiting'
  }

  protected override ranOut(clock: ClockName): void {
    this.#fail(clock === 'connect' ? 'connect-failure' : 'timeout', clock, undefined)
  }

  #headCame(status: number): void {
    this.#phase = 'streaming'
    this.#headSeen = true
    this.#status = status
    this.mark('head')
  }

  #finish(): void {
    this.#phase = 'done'
    this.wheel.disarm(this)
    if (this.#connection === null) this.endpoint.leave(this)
    else this.#connection.guest = null
    this.#controller = null
    this.#connection = null
    this.#body = null
    this.#request = null
  }

  #fail(kind: FailureKind, clock: ClockName | undefined, error: Error | undefined): void {
    if (this.#phase === 'done') return
    const controller = this.#controller
    const connection = this.#connection
    const body = this.#body
    this.#finish()
    // The wire first, so that whoever is told may rely on it.
    if (controller !== null) controller.abort(abandoned)
    else connection?.discard()
    dropUpload(body)
    const failure = attemptFailure(kind, this.#sent, this.#headSeen, clock, error)
    if (this.#starting) process.nextTick(tellFailed, this, this.#listener, failure)
    else tellFailed(this, this.#listener, failure)
  }
}
