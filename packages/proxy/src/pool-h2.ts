// The HTTP/2 connections to one URL: which one an attempt shares, and when another is opened. It knows nothing of HTTP.

import type { Guest } from './carrier.ts'
import type { ClockWheel } from './clock.ts'
import { ConnectionH2, type ConnectionH2Options, type ConnectionH2Owner } from './connection-h2.ts'
import type { ConnectionTarget } from './open-socket.ts'

/** What an endpoint sets for its pool. */
export interface PoolH2Options extends ConnectionH2Options {
  readonly maxConnections: number
}

/** The oldest connection with room is used first; another one is opened when all are full, one at a time. */
export class PoolH2 implements ConnectionH2Owner {
  readonly #target: ConnectionTarget
  readonly #wheel: ClockWheel
  readonly #options: PoolH2Options
  readonly #connections = new Set<ConnectionH2>()
  readonly #waiting = new Set<Guest>()
  /** `retired` keeps no idle connection, `closing` takes no guest either. */
  #mode: 'open' | 'retired' | 'closing' = 'open'
  #drained: (() => void) | undefined
  #closed: Promise<void> | undefined

  constructor(target: ConnectionTarget, wheel: ClockWheel, options: PoolH2Options) {
    this.#target = target
    this.#wheel = wheel
    this.#options = options
  }

  /** Open, or being opened. */
  get active(): number {
    return this.#connections.size
  }

  get idle(): number {
    let count = 0
    for (const connection of this.#connections) if (connection.idle && !connection.opening) count++
    return count
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** As many connections as there may be, and none with room or about to have it. */
  get saturated(): boolean {
    if (this.#connections.size < this.#options.maxConnections) return false
    for (const connection of this.#connections) if (connection.free || connection.promising) return false
    return true
  }

  /** False when nobody is taken any more. */
  enter(guest: Guest): boolean {
    if (this.#mode === 'closing') return false
    const connection = this.#roomy()
    if (connection !== undefined) guest.board(connection.openStream())
    else {
      this.#waiting.add(guest)
      this.#grow()
    }
    return true
  }

  leave(guest: Guest): void {
    if (!this.#waiting.delete(guest)) return
    // Nobody is left who waits for it.
    if (this.#waiting.size === 0)
      for (const connection of this.#connections) if (connection.opening) connection.discard()
    this.#settle()
  }

  /** Keeps no connection any more that has nothing to do. */
  retire(): void {
    if (this.#mode === 'open') this.#mode = 'retired'
    for (const connection of this.#connections) if (connection.idle && !connection.opening) connection.close()
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#drained = resolve
    })
    this.#mode = 'closing'
    this.retire()
    this.#settle()
    return this.#closed
  }

  async destroy(error: Error): Promise<void> {
    this.#mode = 'closing'
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const guest of waiting) guest.evicted(error)
    await Promise.all([...this.#connections].map((connection) => connection.destroy(error)))
    await this.close()
  }

  connectionFree(connection: ConnectionH2): void {
    for (;;) {
      const roomy = this.#roomy()
      const guest = roomy === undefined ? undefined : this.#nextWaiting()
      if (roomy === undefined || guest === undefined) break
      guest.board(roomy.openStream())
    }
    this.#grow()
    if (this.#mode !== 'open' && connection.idle) connection.close()
  }

  connectionFailed(error: Error): void {
    // As Envoy does: who waits learns that there is no connection, and may go elsewhere.
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const guest of waiting) guest.onFailure(error)
  }

  connectionGone(connection: ConnectionH2): void {
    this.#connections.delete(connection)
    this.#grow()
    this.#settle()
  }

  #roomy(): ConnectionH2 | undefined {
    for (const connection of this.#connections) if (connection.free) return connection
    return undefined
  }

  #nextWaiting(): Guest | undefined {
    for (const guest of this.#waiting) {
      this.#waiting.delete(guest)
      return guest
    }
    return undefined
  }

  #grow(): void {
    if (this.#waiting.size === 0 || this.#connections.size >= this.#options.maxConnections) return
    for (const connection of this.#connections) if (connection.promising) return
    this.#connections.add(new ConnectionH2(this.#target, this.#wheel, this, this.#options))
  }

  #settle(): void {
    if (this.#mode !== 'closing' || this.#connections.size > 0 || this.#waiting.size > 0) return
    this.#drained?.()
  }
}
