// One socket that carries one HTTP/1.1 exchange at a time (RFC 9112). It knows no other connection.

import type { Socket } from 'node:net'
import type { Carrier, Guest, OutgoingRequest, ReplyController } from '../carrier.ts'
import { CarrierError, asError } from '../failure.ts'
import { openSocket, whenOpen, type ConnectionTarget } from '../open-socket.ts'
import { onNextTurn, type NextTurn } from './next-turn.ts'
import type { ReplyHead } from './reply-head.ts'
import { ReplyParser, type ReplySink } from './reply-parser.ts'
import { requestHead, type RequestHead } from './request-head.ts'
import { sendAtOnce, Upload } from './upload.ts'

export interface ConnectionH1Owner {
  /** The guest is gone, and the connection can serve another one. */
  connectionIdle(connection: ConnectionH1): void
  /** It ended before a byte of its guest's request was written: that one gets another connection in its place. */
  connectionReplaced(connection: ConnectionH1, guest: Guest): void
  /** Called once. */
  connectionGone(connection: ConnectionH1): void
}

/** `opening`, then `busy` while it has a guest, `idle` in between; `gone` for good. */
type State = 'opening' | 'idle' | 'busy' | 'gone'

/** Of all connections: what is kept of it is copied before another one is read. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)

export class ConnectionH1 implements Carrier, ReplyController, ReplySink, NextTurn {
  readonly headAlone: boolean = false
  readonly ownChunks: boolean = true
  guest: Guest | null = null
  served = 0
  socketError: Error | undefined
  peerEnded = false
  aborted = false
  /** Set by whoever keeps idle connections. */
  idleSince = 0
  /** How long it may be idle, in milliseconds. */
  idleMs: number = 0
  readonly #host: string
  readonly #owner: ConnectionH1Owner
  readonly #socket: Socket
  readonly #parser: ReplyParser
  #state: State = 'opening'
  #request: OutgoingRequest | null = null
  #upload: Upload | undefined
  /** Of the request that was begun. */
  #method = ''
  /** It was taken in the very turn in which its last reply ended: what stood behind that one is not seen yet. */
  #lookAgain = false
  #persistent = false
  #paused = false
  /** The reply is malformed; nothing more is read. */
  #broken = false
  /** The event loop does not wait for it. */
  #unrefed = false

  constructor(target: ConnectionTarget, owner: ConnectionH1Owner) {
    this.#host = new URL(target.origin).host
    this.#owner = owner
    this.#parser = new ReplyParser(this, target.maxHeaderBytes)
    const socket = openSocket(target, 'http/1.1', { buffer: readBuffer, callback: (bytes) => this.#onRead(bytes) })
    this.#socket = socket
    socket.on('error', (error) => {
      this.socketError ??= error
    })
    whenOpen(socket, target, (error) => this.#opened(error))
    socket.once('end', () => this.#onEnd())
    socket.once('close', () => this.#lost('the connection broke'))
  }

  /** An open socket that has not been ended by either side. */
  get alive(): boolean {
    return this.#state !== 'gone' && !this.#socket.destroyed && !this.peerEnded
  }

  dispatch(guest: Guest, request: OutgoingRequest): void {
    this.guest = guest
    this.#request = request
    if (this.#state === 'opening') return
    this.#state = 'busy'
    if (this.#unrefed) {
      this.#unrefed = false
      this.#socket.ref()
    }
    // By then it is seen whether the other side closed it, or sent what nobody asked for (RFC 9112, 9.3.1 and 9.5).
    onNextTurn(this)
  }

  turned(): void {
    if (this.#request === null || this.#state !== 'busy') return
    // Node tells of a reset only after this turn.
    if (!this.alive) return this.#stray()
    if (!this.#lookAgain) return this.#send(this.#request)
    this.#lookAgain = false
    onNextTurn(this)
  }

  /** Nobody waits for it: the process may end. */
  unref(): void {
    if (this.#state !== 'idle' || this.#unrefed) return
    this.#unrefed = true
    this.#socket.unref()
  }

  abort(): void {
    this.aborted = true
    this.discard()
  }

  pause(): void {
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#socket.resume()
  }

  /** Drops the connection on the wire now. */
  discard(): void {
    this.guest = null
    this.#request = null
    if (this.#state === 'gone') return
    this.#state = 'gone'
    this.#parser.stop()
    this.#upload?.stop()
    this.#upload = undefined
    this.#socket.destroy()
    this.#owner.connectionGone(this)
  }

  /** Drops the connection and resolves when its socket is closed. */
  async destroy(error: Error): Promise<void> {
    const { guest } = this
    const closed = this.#socket.closed
      ? undefined
      : new Promise<void>((resolve) => {
          this.#socket.once('close', () => resolve())
        })
    this.guest = null
    guest?.evicted(error)
    this.discard()
    await closed
  }

  #opened(error: Error | null): void {
    if (error !== null) return this.#fail(error)
    if (this.#state !== 'opening') return
    this.#state = 'busy'
    if (this.#request !== null) this.#send(this.#request)
  }

  #send({ method, path, headers, body, trailers }: OutgoingRequest): void {
    const { guest } = this
    this.#request = null
    if (guest === null) return
    const whole = Buffer.isBuffer(body) ? body : null
    const streamed = Buffer.isBuffer(body) ? null : body
    // It would never tell its end.
    if (streamed?.destroyed === true) return this.#fail(new CarrierError('upload-failed', 'the upload was closed'))
    let head: RequestHead
    try {
      head = requestHead(method, path, headers, streamed === null ? whole?.length : -1, this.#host)
    } catch (error) {
      guest.onFailure(asError(error))
      return
    }
    guest.onRequestStart(this)
    if (this.guest === null) return
    this.#method = method
    if (streamed !== null) {
      this.#upload = new Upload(this, this.#socket, streamed, head, trailers)
      this.#upload.begin()
      return
    }
    this.begun()
    sendAtOnce(this.#socket, head, whole)
    this.sent()
    this.sentAll()
  }

  /** What comes before it is the reply to nothing. */
  begun(): void {
    this.#parser.expect(this.#method)
  }

  sent(): void {
    this.guest?.onBodySent()
  }

  sentAll(): void {
    this.guest?.onRequestSent()
  }

  uploadBroke(error: Error): void {
    this.#fail(error)
  }

  replyHead(head: ReplyHead): void {
    if (head.status >= 200) {
      this.#persistent = head.persistent
      this.idleMs = head.idleMs
    }
    this.guest?.onReplyHead(this, head.status, head.reason, head.fields)
  }

  replyData(chunk: Buffer): void {
    this.guest?.onReplyData(this, chunk)
  }

  replyEnded(trailers: readonly string[]): void {
    const { guest } = this
    this.guest = null
    const stopped = this.#upload?.stop() === true
    this.#upload = undefined
    // Who answers before all of the request was read may take the rest of it for the next one.
    if (stopped || this.peerEnded || this.idleMs <= 0 || this.#socket.writableLength > 0) this.#persistent = false
    guest?.onReplyEnd(trailers)
  }

  /** `bytes` of the buffer that all connections read into. False: read no more for now. */
  #onRead(bytes: number): boolean {
    if (this.#state === 'gone' || this.#broken) return false
    // Nobody asked for it yet, or any more.
    if (this.#parser.idle) {
      this.#stray()
      return false
    }
    let clean: boolean
    try {
      clean = this.#parser.push(readBuffer, bytes)
    } catch (error) {
      // What was told before it goes to its reader first.
      this.#broken = true
      process.nextTick(fail, this, error)
      return false
    }
    if (this.#parser.idle) this.#served(clean)
    return !this.#paused
  }

  /** @internal */
  broke(error: Error): void {
    this.#fail(error)
  }

  /** A reply is over, or was given up. */
  #served(clean: boolean): void {
    if (this.#state === 'gone') return
    if (!clean || !this.#persistent || !this.alive) return this.discard()
    this.resume()
    this.#state = 'idle'
    this.#owner.connectionIdle(this)
    this.#lookAgain = this.#request !== null
  }

  #onEnd(): void {
    this.peerEnded = true
    if (this.#state === 'gone') return
    if (this.socketError === undefined && this.#parser.endOfConnection()) this.discard()
    else this.#lost('the other side closed the connection')
  }

  #lost(message: string): void {
    if (this.#state === 'gone') return
    if (this.#state === 'busy' && this.#request !== null) return this.#stray()
    const kind = this.#state === 'opening' ? 'connect-failure' : 'reset'
    this.#fail(new CarrierError(kind, message, this.socketError))
  }

  /** Of no use before the request was begun: its guest goes elsewhere. */
  #stray(): void {
    const { guest } = this
    if (guest === null) return this.discard()
    // It waits for the first byte of its upload.
    if (this.#request === null) return this.#fail(new CarrierError('reset', 'bytes came that nobody had asked for'))
    this.guest = null
    this.#state = 'gone'
    this.#parser.stop()
    this.#socket.destroy()
    this.#owner.connectionReplaced(this, guest)
  }

  #fail(error: Error): void {
    // The guest gives the connection up by itself.
    this.guest?.onFailure(error)
    this.discard()
  }
}

function fail(connection: ConnectionH1, error: unknown): void {
  connection.broke(asError(error))
}
