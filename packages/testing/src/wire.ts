/** One TCP connection under full control: exact bytes out, FIN or RST at will, and how it ended. Knows no HTTP. */

import type { Socket } from 'node:net'

/** Text is sent as UTF-8. */
export type Bytes = string | Uint8Array

/** Who ended a connection first, and how. */
export type Ending = 'own-fin' | 'own-reset' | 'peer-fin' | 'peer-reset'

/** What the other side has done so far. */
export type PeerState = 'open' | 'fin' | 'reset'

export interface WireEvents {
  data(bytes: Buffer): void
  /** No more data will come; `clean` after a FIN. Called once. */
  over(clean: boolean): void
}

export class Wire {
  /** How the connection ended; undefined while both sides are open. */
  ending: Ending | undefined
  peer: PeerState = 'open'
  readonly #socket: Socket
  readonly #events: WireEvents
  readonly #closing: PromiseWithResolvers<Ending> = Promise.withResolvers<Ending>()
  readonly #gone: PromiseWithResolvers<void> = Promise.withResolvers<void>()

  /** The socket must have been made with `allowHalfOpen`. */
  constructor(socket: Socket, events: WireEvents) {
    this.#socket = socket
    this.#events = events
    socket.setNoDelay(true)
    socket.on('data', (bytes: Buffer) => events.data(bytes))
    socket.on('end', () => this.#peerEnds('fin'))
    socket.on('error', () => this.#peerEnds('reset'))
    socket.on('close', () => {
      if (this.ending === 'own-reset') this.#events.over(false)
      else this.#peerEnds('reset')
      this.#gone.resolve()
    })
  }

  /** Resolves when either side has begun to end the connection. */
  get closed(): Promise<Ending> {
    return this.#closing.promise
  }

  /** Resolves when nothing of the connection is left. */
  get gone(): Promise<void> {
    return this.#gone.promise
  }

  /** Resolves when the kernel has taken the bytes, or the connection is over; it never rejects. */
  write(bytes: Bytes): Promise<void> {
    if (this.ending !== undefined) return Promise.resolve()
    const taken = new Promise<void>((resolve) => {
      this.#socket.write(bytes, () => resolve())
    })
    return Promise.race([taken, this.#gone.promise])
  }

  /** Ends this direction after what was written (FIN). */
  fin(): void {
    this.#ends('own-fin')
    this.#socket.end()
  }

  /** Ends both directions at once (RST). Bytes that the kernel has not yet taken are lost. */
  reset(): void {
    this.#ends('own-reset')
    // After a FIN there is no reset any more: Node would keep the socket for ever.
    if (this.#socket.writableEnded) this.#socket.destroy()
    else this.#socket.resetAndDestroy()
  }

  /** Leaves further bytes in the kernel, so that the other side meets backpressure. The other side's end is not seen meanwhile. */
  stopReading(): void {
    this.#socket.pause()
  }

  resumeReading(): void {
    this.#socket.resume()
  }

  #peerEnds(how: 'fin' | 'reset'): void {
    if (this.peer !== 'open') return
    this.peer = how
    this.#ends(how === 'fin' ? 'peer-fin' : 'peer-reset')
    this.#events.over(how === 'fin')
    if (how === 'fin') this.#socket.end()
  }

  #ends(ending: Ending): void {
    if (this.ending !== undefined) return
    this.ending = ending
    this.#closing.resolve(ending)
  }
}
