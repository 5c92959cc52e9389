// The connections of an endpoint that serve nobody: the last one first, and none for longer than its time.

import type { ClockWheel } from '../clock.ts'
import type { ConnectionH1 } from './connection-h1.ts'

/** Time between two looks at all idle connections. */
const lookMs = 500

export class IdleConnections {
  readonly #wheel: ClockWheel
  readonly #connections: ConnectionH1[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(wheel: ClockWheel) {
    this.#wheel = wheel
  }

  get size(): number {
    return this.#connections.length
  }

  add(connection: ConnectionH1): void {
    connection.idleSince = this.#wheel.coarseNow
    this.#connections.push(connection)
    this.#timer ??= setInterval(look, lookMs, this).unref()
  }

  /** The one that was used last and still lives. */
  take(): ConnectionH1 | undefined {
    for (;;) {
      const connection = this.#connections.pop()
      if (connection === undefined) return undefined
      if (connection.alive && !isOver(connection, this.#wheel.coarseNow)) return connection
      connection.discard()
    }
  }

  remove(connection: ConnectionH1): void {
    const index = this.#connections.lastIndexOf(connection)
    if (index !== -1) this.#connections.splice(index, 1)
  }

  closeAll(): void {
    for (let connection = this.#connections.pop(); connection !== undefined; connection = this.#connections.pop())
      connection.discard()
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Closes those whose time is over; the process need not wait for the others. */
  look(): void {
    const now = this.#wheel.now()
    // From the last one: whoever is discarded is taken out at once.
    for (let at = this.#connections.length - 1; at >= 0; at--) {
      const connection = this.#connections[at]
      if (connection === undefined) continue
      if (isOver(connection, now)) connection.discard()
      else connection.unref()
    }
    if (this.#connections.length > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

function look(connections: IdleConnections): void {
  connections.look()
}

function isOver({ idleSince, idleMs }: ConnectionH1, now: number): boolean {
  return now - idleSince >= idleMs
}
