// The bytes of an upgraded connection, piped both ways. It knows two streams, and nothing of what is said in them.

import type { Duplex } from 'node:stream'
import type { Carrier, ReplyController } from './carrier.ts'
import { Alarm, type ClockWheel } from './clock.ts'

/** The attempt that the tunnel belongs to. */
export interface TunnelHost {
  touch(): void
  cancel(): void
  onReplyEnd(trailers: readonly string[]): void
  onFailure(error: Error): void
}

/** `waiting` for the caller's side, `open`, `ending` once one side has ended, `closed`. */
type TunnelState = 'waiting' | 'open' | 'ending' | 'closed'

/** After one side has ended: most silence in milliseconds until the other one is closed too. */
const lingerMs = 5_000

/**
 * The end of one side is passed on as such; the other side may still send, until it ends too or says nothing for 5 s. A side that
 * breaks is gone at once, and so is the other. The attempt's idle clock counts the bytes of both ways.
 */
export class Tunnel extends Alarm implements ReplyController {
  readonly #host: TunnelHost
  readonly #wheel: ClockWheel
  readonly #connection: Carrier
  readonly #backend: Side
  #caller: Side | undefined
  #state: TunnelState = 'waiting'
  #movedAt = 0
  #firstBytes = 0

  /** @internal */
  constructor(host: TunnelHost, wheel: ClockWheel, connection: Carrier, backend: Duplex) {
    super()
    this.#host = host
    this.#wheel = wheel
    this.#connection = connection
    this.#backend = new Side(this, backend)
    // Its FIN must not end the way to it: what the caller still says is written first.
    backend.allowHalfOpen = true
  }

  /** Bytes that came from the caller, those sent behind its request included. */
  get bytesFromCaller(): number {
    return this.#firstBytes + (this.#caller?.bytes ?? 0)
  }

  /** Bytes that came from the backend behind its 101. */
  get bytesFromBackend(): number {
    return this.#backend.bytes
  }

  get aborted(): boolean {
    return this.#state === 'closed'
  }

  /**
   * Begins to pipe; call it once, after the head of the 101 (`upgradeReply`) was written to `caller`. `firstBytes` are what the caller
   * sent behind its request. From here on the tunnel owns `caller` and closes it. A tunnel that is over closes it at once.
   */
  join(caller: Duplex, firstBytes: Buffer): void {
    if (this.#state !== 'waiting') return void caller.destroy()
    const side = new Side(this, caller)
    this.#caller = side
    this.#state = 'open'
    this.#backend.other = side
    side.other = this.#backend
    this.#firstBytes = firstBytes.length
    if (firstBytes.length > 0) this.#backend.stream.write(firstBytes)
    this.#backend.flow()
    side.flow()
    // A side may have gone before anybody listened.
    if (caller.destroyed) this.sideClosed(side, undefined)
  }

  /** @internal For the attempt: drops both sides now. */
  abort(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#wheel.disarm(this)
    this.#connection.discard()
    this.#backend.destroy()
    this.#caller?.destroy()
  }

  /** @internal */
  pause(): void {}

  /** @internal */
  resume(): void {}

  /** @internal */
  moved(): void {
    this.#movedAt = this.#wheel.coarseNow
    this.#host.touch()
  }

  /** @internal */
  sideEnded(): void {
    if (this.#state !== 'open') return
    this.#state = 'ending'
    this.#movedAt = this.#wheel.now()
    this.#wheel.arm(this, lingerMs)
  }

  /** @internal */
  sideClosed(side: Side, error: Error | undefined): void {
    if (this.#state === 'closed') return
    if (!side.ended) {
      if (side === this.#caller) this.#host.cancel()
      else this.#host.onFailure(error ?? new Error('the backend closed the tunnel without an end'))
    } else if (this.#backend.closed && this.#caller?.closed === true) {
      this.#over()
    }
  }

  /** @internal */
  ring(now: number): void {
    const leftMs = this.#movedAt + lingerMs + this.#wheel.tickMs - now
    if (leftMs > 0) this.#wheel.arm(this, leftMs)
    else this.#over()
  }

  /** One side has ended as it should, and the other one too, or it was given its time. */
  #over(): void {
    this.#host.onReplyEnd([])
    this.abort()
  }
}

/** One side of a tunnel: it reads no faster than the other side takes. */
class Side {
  readonly stream: Duplex
  other: Side | undefined
  bytes = 0
  ended = false
  closed = false
  readonly #tunnel: Tunnel
  #error: Error | undefined

  constructor(tunnel: Tunnel, stream: Duplex) {
    this.#tunnel = tunnel
    this.stream = stream
    stream.on('error', (error) => {
      this.#error ??= error
    })
    stream.once('close', () => {
      this.closed = true
      tunnel.sideClosed(this, this.#error)
    })
  }

  flow(): void {
    const { stream } = this
    stream.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length
      this.#tunnel.moved()
      if (this.other?.stream.write(chunk) === false) stream.pause()
    })
    stream.on('drain', () => {
      this.#tunnel.moved()
      this.other?.stream.resume()
    })
    stream.once('end', () => {
      this.ended = true
      this.#tunnel.sideEnded()
      this.other?.stream.end()
    })
    stream.resume()
  }

  destroy(): void {
    this.stream.destroy()
  }
}
