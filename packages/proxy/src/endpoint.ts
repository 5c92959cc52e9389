// The connections to one URL: who gets which, how many there may be, and how they end. It knows nothing of HTTP.

import type { ClockWheel } from './clock.ts'
import { Connection, type ConnectionOwner, type ConnectionTarget, type EndpointTls, type Guest } from './connection.ts'

export interface EndpointOptions {
  /** Most time in milliseconds until an attempt has its connection, waiting for a free one included. 0 turns it off. Default 10,000. */
  readonly connectTimeoutMs?: number
  /** Most connections at once; further attempts wait for one. Default none. */
  readonly maxConnections?: number
  /** Only for https. */
  readonly tls?: EndpointTls
  /** Most bytes in the head of a reply (names and values). Default 16,384. */
  readonly maxHeaderBytes?: number
}

/** One URL of a backend with its pool of HTTP/1.1 connections. The one that was used last is used again first. */
export class Endpoint {
  readonly url: string
  /** Milliseconds, 0 is off. */
  readonly connectTimeoutMs: number
  /** The clocks of its attempts. */
  readonly wheel: ClockWheel
  readonly #target: ConnectionTarget
  readonly #maxConnections: number
  readonly #owner: ConnectionOwner
  readonly #connections = new Set<Connection>()
  readonly #idle: Connection[] = []
  readonly #waiting = new Set<Guest>()
  /** `retired` keeps no connection, `closing` takes no attempt either. */
  #mode: 'open' | 'retired' | 'closing' = 'open'
  #drained: (() => void) | undefined
  #closed: Promise<void> | undefined

  /**
   * `url` is `http:` or `https:` with a host and perhaps a port, nothing else. Connects when the first attempt asks for it.
   * Throws a TypeError for another URL and a RangeError for an option outside its range.
   */
  constructor(url: string, wheel: ClockWheel, options: EndpointOptions = {}) {
    const parsed = parseOrigin(url)
    this.url = url
    this.wheel = wheel
    this.connectTimeoutMs = inRange('connectTimeoutMs', options.connectTimeoutMs ?? 10_000, 0)
    this.#maxConnections = inRange('maxConnections', options.maxConnections ?? Infinity, 1)
    const secure = parsed.protocol === 'https:'
    this.#target = {
      origin: parsed.origin,
      hostname: parsed.hostname.replace(/^\[|\]$/g, ''),
      port: parsed.port === '' ? (secure ? 443 : 80) : Number(parsed.port),
      tls: secure ? (options.tls ?? {}) : undefined,
      maxHeaderBytes: inRange('maxHeaderBytes', options.maxHeaderBytes ?? 16_384, 1),
      session: undefined,
    }
    this.#owner = {
      connectionIdle: (connection) => this.#onIdle(connection),
      connectionGone: (connection) => this.#onGone(connection),
    }
  }

  /** Connections that are open or being opened. */
  get activeConnections(): number {
    return this.#connections.size
  }

  /** Open connections that serve nobody now. */
  get idleConnections(): number {
    return this.#idle.length
  }

  /** Attempts that wait for a connection because `maxConnections` are busy. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Keeps no connection any more: idle ones close now, each other one after its attempt. Whoever still asks is served. */
  retire(): void {
    if (this.#mode === 'open') this.#mode = 'retired'
    this.#closeIdle()
  }

  /** Takes no further attempt, closes idle connections now and each other one when its attempt is over. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#drained = resolve
    })
    this.#mode = 'closing'
    this.#closeIdle()
    this.#settle()
    return this.#closed
  }

  /** Takes no further attempt and drops all connections; attempts in flight are told `cancelled`. */
  async destroy(): Promise<void> {
    this.#mode = 'closing'
    const error = new Error('the endpoint was closed')
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const guest of waiting) guest.evicted(error)
    await Promise.all([...this.#connections].map((connection) => connection.destroy(error)))
    await this.close()
  }

  /** @internal Boards `guest` on a connection, now or when one is free. False when the endpoint takes nobody any more. */
  enter(guest: Guest): boolean {
    if (this.#mode === 'closing') return false
    const idle = this.#takeIdle()
    if (idle !== undefined) guest.board(idle)
    else if (this.#connections.size < this.#maxConnections) guest.board(this.#open())
    else this.#waiting.add(guest)
    return true
  }

  /** @internal Gives up the place in the queue. */
  leave(guest: Guest): void {
    this.#waiting.delete(guest)
    this.#settle()
  }

  #closeIdle(): void {
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop())
      connection.discard()
  }

  #takeIdle(): Connection | undefined {
    for (;;) {
      const connection = this.#idle.pop()
      if (connection === undefined || connection.alive) return connection
      connection.discard()
    }
  }

  #open(): Connection {
    const connection = new Connection(this.#target, this.#owner)
    this.#connections.add(connection)
    return connection
  }

  #nextWaiting(): Guest | undefined {
    for (const guest of this.#waiting) {
      this.#waiting.delete(guest)
      return guest
    }
    return undefined
  }

  #onIdle(connection: Connection): void {
    const guest = this.#nextWaiting()
    if (guest !== undefined) guest.board(connection)
    else if (this.#mode !== 'open') connection.discard()
    else this.#idle.push(connection)
  }

  #onGone(connection: Connection): void {
    this.#connections.delete(connection)
    const index = this.#idle.indexOf(connection)
    if (index !== -1) this.#idle.splice(index, 1)
    while (this.#connections.size < this.#maxConnections) {
      const guest = this.#nextWaiting()
      if (guest === undefined) break
      guest.board(this.#open())
    }
    this.#settle()
  }

  #settle(): void {
    if (this.#mode !== 'closing' || this.#connections.size > 0 || this.#waiting.size > 0) return
    this.#drained?.()
  }
}

function parseOrigin(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const plain =
    parsed !== undefined &&
    (parsed.protocol === 'http:' || parsed.protocol === 'https:') &&
    parsed.username === '' &&
    parsed.password === '' &&
    parsed.pathname === '/' &&
    parsed.search === '' &&
    parsed.hash === ''
  if (!plain)
    throw new TypeError(
      `endpoint url ${JSON.stringify(url)}: expected http:// or https:// with a host and perhaps a port`,
    )
  return parsed
}

function inRange(name: string, value: number, min: number): number {
  if (!(value >= min)) throw new RangeError(`${name} is ${value}, expected at least ${min}`)
  return value
}
