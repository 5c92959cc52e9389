// The connections to one URL: who gets which, how many there may be, and how they end. It knows nothing of HTTP.

import type { Guest } from './carrier.ts'
import type { ClockWheel } from './clock.ts'
import { UpgradeConnection } from './connection-upgrade.ts'
import { ConnectionH1, type ConnectionH1Owner } from './h1/connection-h1.ts'
import { IdleConnections } from './h1/idle-connections.ts'
import type { ConnectionTarget, EndpointTls } from './open-socket.ts'
import { PoolH2 } from './pool-h2.ts'

export interface EndpointOptions {
  /**
   * What attempts are sent in: HTTP/1.1; HTTP/2 over TLS (`https:` only, ALPN `h2`); or HTTP/2 in clear text with prior knowledge
   * (`http:` only, RFC 9113, 3.3). Default `http1`.
   */
  readonly protocol?: 'http1' | 'h2' | 'h2c'
  /** Most time in milliseconds until an attempt has its connection, waiting for a free one included. 0 turns it off. Default 10,000. */
  readonly connectTimeoutMs?: number
  /** Most connections at once; further attempts wait for one. Default none. */
  readonly maxConnections?: number
  /** Most requests on one connection, which then closes and makes room for another (Envoy `max_requests_per_connection`). Default none. */
  readonly maxRequestsPerConnection?: number
  /** HTTP/2: most streams at once on a connection, where the backend allows more. Default 1,024, as in Envoy. */
  readonly maxConcurrentStreams?: number
  /** Only for https. */
  readonly tls?: EndpointTls
  /** Most bytes in the head of a reply (names and values). Default 16,384. */
  readonly maxHeaderBytes?: number
}

type OwnConnection = ConnectionH1 | UpgradeConnection

/**
 * One URL of a backend with its pool of connections. In HTTP/1.1 the one that was used last is used again first; in HTTP/2 attempts share
 * one connection up to its limit of streams.
 */
export class Endpoint implements ConnectionH1Owner {
  readonly url: string
  /** Milliseconds, 0 is off. */
  readonly connectTimeoutMs: number
  /** The clocks of its attempts. */
  readonly wheel: ClockWheel
  readonly #target: ConnectionTarget
  readonly #maxConnections: number
  readonly #maxRequestsPerConnection: number
  /** Only for HTTP/2. The connections below are then those of upgrades alone. */
  readonly #streams: PoolH2 | undefined
  readonly #connections = new Set<OwnConnection>()
  readonly #idle: IdleConnections
  readonly #waiting = new Set<Guest>()
  /** `retired` keeps no connection, `closing` takes no attempt either. */
  #mode: 'open' | 'retired' | 'closing' = 'open'
  #drained: (() => void) | undefined
  #closed: Promise<void> | undefined

  /**
   * `url` is `http:` or `https:` with a host and perhaps a port, nothing else. Connects when the first attempt asks for it.
   * Throws a TypeError for another URL or a protocol that does not go with it, and a RangeError for an option outside its range.
   */
  constructor(url: string, wheel: ClockWheel, options: EndpointOptions = {}) {
    const parsed = parseOrigin(url)
    this.url = url
    this.wheel = wheel
    this.connectTimeoutMs = inRange('connectTimeoutMs', options.connectTimeoutMs ?? 10_000, 0)
    this.#maxConnections = inRange('maxConnections', options.maxConnections ?? Infinity, 1)
    this.#maxRequestsPerConnection = inRange(
      'maxRequestsPerConnection',
      options.maxRequestsPerConnection ?? Infinity,
      1,
    )
    const secure = parsed.protocol === 'https:'
    this.#target = {
      origin: parsed.origin,
      hostname: parsed.hostname.replace(/^\[|\]$/g, ''),
      port: parsed.port === '' ? (secure ? 443 : 80) : Number(parsed.port),
      tls: secure ? (options.tls ?? {}) : undefined,
      maxHeaderBytes: inRange('maxHeaderBytes', options.maxHeaderBytes ?? 16_384, 1),
      session: undefined,
    }
    this.#streams = this.#openPool(options)
    this.#idle = new IdleConnections(wheel)
  }

  /** Connections that are open or being opened. */
  get activeConnections(): number {
    return this.#connections.size + (this.#streams?.active ?? 0)
  }

  /** Open connections that serve nobody now. */
  get idleConnections(): number {
    return this.#idle.size + (this.#streams?.idle ?? 0)
  }

  /** Attempts that wait for a connection because `maxConnections` are busy. */
  get waiting(): number {
    return this.#waiting.size + (this.#streams?.waiting ?? 0)
  }

  /** `maxConnections` are busy: one more attempt would wait for one of them. */
  get saturated(): boolean {
    if (this.#streams !== undefined) return this.#streams.saturated
    return this.#connections.size >= this.#maxConnections && this.#idle.size === 0
  }

  /** Keeps no connection any more: idle ones close now, each other one after its attempt. Whoever still asks is served. */
  retire(): void {
    if (this.#mode === 'open') this.#mode = 'retired'
    this.#idle.closeAll()
    this.#streams?.retire()
  }

  /** Takes no further attempt, closes idle connections now and each other one when its attempt is over. */
  close(): Promise<void> {
    this.#closed ??= this.#whenDrained()
    this.#mode = 'closing'
    this.#idle.closeAll()
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
    await this.#streams?.destroy(error)
    await this.close()
  }

  /** @internal Boards `guest` on a connection, now or when one is free. False when the endpoint takes nobody any more. */
  enter(guest: Guest): boolean {
    if (this.#mode === 'closing') return false
    if (this.#streams !== undefined && !guest.upgrading) return this.#streams.enter(guest)
    // An upgrade is never sent on a connection that may be dead: nobody could tell whether it may be sent again.
    const idle = guest.upgrading ? undefined : this.#idle.take()
    if (idle !== undefined) guest.board(idle)
    else if (this.#connections.size < this.#maxConnections) guest.board(this.#open(guest))
    else this.#wait(guest)
    return true
  }

  /** @internal Gives up the place in the queue. */
  leave(guest: Guest): void {
    this.#waiting.delete(guest)
    this.#streams?.leave(guest)
    this.#settle()
  }

  #wait(guest: Guest): void {
    this.#waiting.add(guest)
    // In the place of an idle one a new connection is opened.
    if (guest.upgrading) this.#idle.take()?.discard()
  }

  async #whenDrained(): Promise<void> {
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve
    })
    await this.#streams?.close()
    await drained
  }

  #open(guest: Guest): OwnConnection {
    const connection = guest.upgrading
      ? new UpgradeConnection(this.#target, this)
      : new ConnectionH1(this.#target, this)
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

  /** @internal */
  connectionIdle(connection: ConnectionH1): void {
    // Whoever waits gets the one that is opened in its place.
    if (connection.served >= this.#maxRequestsPerConnection) return connection.discard()
    const guest = this.#nextWaiting()
    if (guest?.upgrading === true) this.#boardFresh(guest, connection)
    else if (guest !== undefined) guest.board(connection)
    else if (this.#mode !== 'open') connection.discard()
    else this.#idle.add(connection)
  }

  /** @internal */
  connectionReplaced(connection: ConnectionH1, guest: Guest): void {
    this.#connections.delete(connection)
    guest.board(this.#open(guest))
  }

  #boardFresh(guest: Guest, spare: ConnectionH1): void {
    this.#connections.delete(spare)
    guest.board(this.#open(guest))
    spare.discard()
  }

  /** @internal */
  connectionGone(connection: OwnConnection): void {
    this.#connections.delete(connection)
    if (connection instanceof ConnectionH1) this.#idle.remove(connection)
    while (this.#connections.size < this.#maxConnections) {
      const guest = this.#nextWaiting()
      if (guest === undefined) break
      guest.board(this.#open(guest))
    }
    this.#settle()
  }

  #openPool(options: EndpointOptions): PoolH2 | undefined {
    const { protocol = 'http1' } = options
    const maxConcurrentStreams = inRange('maxConcurrentStreams', options.maxConcurrentStreams ?? 1024, 1)
    if (protocol === 'http1') return undefined
    if ((this.#target.tls !== undefined) !== (protocol === 'h2')) {
      const expected = protocol === 'h2' ? 'https:' : 'http:'
      throw new TypeError(`protocol ${protocol} with ${this.url}: expected a URL with ${expected}`)
    }
    return new PoolH2(this.#target, this.wheel, {
      connectTimeoutMs: this.connectTimeoutMs,
      maxConnections: this.#maxConnections,
      maxConcurrentStreams,
      maxRequestsPerConnection: this.#maxRequestsPerConnection,
    })
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
