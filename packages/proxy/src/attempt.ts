// One delivery of a request to one endpoint, streamed both ways. It decides nothing: no retry, no status of its own, no policy.

import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { dueClock, firstAlarmMs, type AttemptClocks } from './attempt-clocks.ts'
import type { AttemptFailure, AttemptListener, ClockName, FailureKind } from './attempt-types.ts'
import { dropUpload } from './body-reader.ts'
import { Alarm, type ClockWheel } from './clock.ts'
import type { Connection, Guest } from './connection.ts'
import type { Endpoint } from './endpoint.ts'
import { asError, failureKind } from './failure.ts'
import { cleanReason, rawFields, replyTrailers, responseHeaders, unknownTransferCoding } from './reply-headers.ts'

/** `uploading` is over when the whole request is written; a reply that comes before makes it `streaming`. */
export type AttemptPhase = 'connecting' | 'uploading' | 'waiting' | 'streaming' | 'done'

/** Interim replies (1xx) that one reply may have before it: above it, the reply is a bad one. */
const maxInterim = 16

const abandoned = new Error('the attempt was given up')

/**
 * One try against one endpoint. The listener hears the head, the data, and exactly one of `attemptEnded` and `attemptFailed`, never
 * before `start()` has returned, and nothing after it. A second delivery by a layer below is cut before its first byte.
 */
export class Attempt extends Alarm implements Dispatcher.DispatchHandler, Guest {
  readonly endpoint: Endpoint
  readonly #wheel: ClockWheel
  readonly #clocks: AttemptClocks
  readonly #listener: AttemptListener<Attempt>
  #method = ''
  #path = ''
  #headers: string[] = []
  #body: Buffer | Readable | null = null
  #phase: AttemptPhase = 'connecting'
  #starting = false
  #sent = false
  #headSeen = false
  #status = 0
  #interim = 0
  #startedAt = 0
  #lastByteAt = 0
  #reused = false
  #connection: Connection | null = null
  #controller: Dispatcher.DispatchController | null = null

  constructor(endpoint: Endpoint, wheel: ClockWheel, clocks: AttemptClocks, listener: AttemptListener<Attempt>) {
    super()
    this.endpoint = endpoint
    this.#wheel = wheel
    this.#clocks = clocks
    this.#listener = listener
  }

  get phase(): AttemptPhase {
    return this.#phase
  }

  /** False as long as it is certain that no byte of the request was written. */
  get sent(): boolean {
    return this.#sent
  }

  /** Status of the final reply, 0 before its head. */
  get status(): number {
    return this.#status
  }

  /** Time of `start()`, in the wheel's milliseconds. */
  get startedAt(): number {
    return this.#startedAt
  }

  /** Sent on a connection that had served another request: a reset before the head may be no more than a dead connection. */
  get reused(): boolean {
    return this.#reused
  }

  /**
   * Sends the request; call it once. After `cancel()` nothing is sent. `path` is the target in origin form, byte for byte as received (latin1), `headers` a flat array
   * without hop-by-hop fields (`requestHeaders`), `body` as `RequestBody.open()` gives it.
   */
  start(method: string, path: string, headers: string[], body: Buffer | Readable | null): void {
    if (this.#phase === 'done') return dropUpload(body)
    this.#method = method
    this.#path = path
    this.#headers = headers
    this.#body = body
    const firstMs = firstAlarmMs(this.#clocks, this.endpoint.connectTimeoutMs)
    if (firstMs === Infinity) this.#wheel.now()
    else this.#wheel.arm(this, firstMs)
    this.#startedAt = this.#wheel.coarseNow
    this.#lastByteAt = this.#startedAt
    this.#starting = true
    // While the attempt waits for its connection undici does not watch the body yet.
    if (body !== null && !Buffer.isBuffer(body)) body.once('error', (error) => this.onResponseError(null, error))
    if (path.charCodeAt(0) !== 47 || method === 'CONNECT') {
      this.#fail('bad-request', undefined, new Error('the target is not in origin form'))
    } else if (!this.endpoint.enter(this)) {
      this.#fail('connect-failure', undefined, new Error('the endpoint is closed'))
    }
    this.#starting = false
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
    // A tick later: undici's parser must not be entered from within one of its own callbacks, also not another attempt's.
    process.nextTick(resumeController, this.#controller)
  }

  /** A byte moved: the idle clock begins anew. */
  touch(): void {
    this.#lastByteAt = this.#wheel.coarseNow
  }

  /** @internal */
  board(connection: Connection): void {
    this.#connection = connection
    this.#reused = connection.served > 0
    connection.dispatch(this, this.#method, this.#path, this.#headers, this.#body)
  }

  /** @internal */
  evicted(error: Error): void {
    this.#fail('cancelled', undefined, error)
  }

  /** @internal */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#phase !== 'connecting') {
      controller.abort(abandoned)
      this.#fail('reset', undefined, abandoned)
      return
    }
    this.#controller = controller
    this.#reused = this.#connection !== null && this.#connection.served > 0
    this.#phase = 'uploading'
    // undici writes the head of a streamed request together with its first chunk.
    this.#sent = this.#body === null || Buffer.isBuffer(this.#body)
    this.touch()
  }

  /** @internal */
  onBodySent(): void {
    this.#sent = true
    this.touch()
  }

  /** @internal */
  onRequestSent(): void {
    this.#sent = true
    if (this.#phase === 'uploading') this.#phase = 'waiting'
    this.touch()
  }

  /** @internal */
  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: Dispatcher.ResponseData['headers'],
    statusText?: string,
  ): void {
    if (this.#phase === 'done') return
    if (status < 200 || status > 599) {
      if (status < 100 || status === 101 || status > 599 || ++this.#interim > maxInterim) {
        this.#fail('bad-response', undefined, new Error(`status ${status} is no reply to this request`))
      }
      return
    }
    const raw = rawFields(controller.rawHeaders)
    if (unknownTransferCoding(raw)) {
      this.#fail('bad-response', undefined, new Error('the reply has a transfer coding other than chunked'))
      return
    }
    this.#phase = 'streaming'
    this.#headSeen = true
    this.#status = status
    this.touch()
    try {
      this.#listener.attemptHead(this, status, cleanReason(statusText), responseHeaders(raw))
    } catch (error) {
      this.#fail('cancelled', undefined, asError(error))
    }
  }

  /** @internal */
  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // undici's parser hands over an empty chunk when it is resumed with nothing to read.
    if (this.#phase === 'done' || chunk.length === 0) return
    this.touch()
    try {
      if (!this.#listener.attemptData(this, chunk)) controller.pause()
    } catch (error) {
      this.#fail('cancelled', undefined, asError(error))
    }
  }

  /** @internal */
  onResponseEnd(controller: Dispatcher.DispatchController): void {
    if (this.#phase === 'done') return
    const connection = this.#connection
    if (connection?.socketError !== undefined) {
      // undici takes a reset of a reply without a length for its end.
      this.#fail('reset', undefined, connection.socketError)
      return
    }
    this.#finish()
    if (connection !== null) connection.served++
    try {
      this.#listener.attemptEnded(this, replyTrailers(rawFields(controller.rawTrailers)))
    } catch (error) {
      process.emitWarning(asError(error))
    }
  }

  /** @internal */
  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
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

  /** @internal */
  ring(now: number): void {
    const due = dueClock(this.#clocks, {
      connectMs: this.endpoint.connectTimeoutMs,
      connecting: this.#phase === 'connecting',
      headSeen: this.#headSeen,
      elapsedMs: now - this.#startedAt,
      // The time of the last byte is read coarsely: one tick less, so that this clock is never early.
      silentMs: now - this.#lastByteAt - this.#wheel.tickMs,
    })
    if (due === 'connect') this.#fail('connect-failure', due, undefined)
    else if (typeof due === 'string') this.#fail('timeout', due, undefined)
    else if (due < Infinity) this.#wheel.arm(this, due)
  }

  #finish(): void {
    this.#phase = 'done'
    this.#wheel.disarm(this)
    if (this.#connection === null) this.endpoint.leave(this)
    else this.#connection.guest = null
    this.#controller = null
    this.#connection = null
    this.#body = null
    this.#headers = []
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
    const failure: AttemptFailure = {
      kind,
      sent: this.#sent,
      headSeen: this.#headSeen,
      ...(clock === undefined ? {} : { clock }),
      ...(error === undefined ? {} : { error }),
    }
    if (this.#starting) process.nextTick(tellFailed, this, this.#listener, failure)
    else tellFailed(this, this.#listener, failure)
  }
}

function tellFailed(attempt: Attempt, listener: AttemptListener<Attempt>, failure: AttemptFailure): void {
  try {
    listener.attemptFailed(attempt, failure)
  } catch (error) {
    process.emitWarning(asError(error))
  }
}

function resumeController(controller: Dispatcher.DispatchController): void {
  if (!controller.aborted) controller.resume()
}
