/** What lives as long as the gateway: clocks, events, the list of exchanges. Knows no routes. */

import { createSecretKey, randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { EventEmitter } from 'eventemitter3'
import type { StreamClassifier } from '@headgate/dialect'
import { BodyBudget, ClockWheel } from '@headgate/proxy'
import type { GatewayEvents } from './events.ts'
import { EventLog } from './log/event-log.ts'
import type { Logger, LogOptions } from './log/logger.ts'
import type { Meters } from './meters/meters.ts'
import type { Telemetry } from './telemetry.ts'

/** Code of the application registered under a name; the config holds the name. */
export type KeyFunction = (request: KeyRequest) => string | undefined

/** What a key function may look at. */
export interface KeyRequest {
  readonly method: string
  readonly host: string
  readonly path: string
  /** `name` in lower case. */
  header(name: string): string | undefined
  readonly remoteAddress: string
}

/** One link of the list of requests in flight. */
export interface InFlight {
  previous: InFlight | null
  next: InFlight | null
  /** Ends at once, visibly for its caller. */
  breakOff(): void
  /** Marks what it may still count with. */
  holdMeters(): void
}

export interface RuntimeOptions {
  readonly now?: () => number
  readonly random?: () => number
  readonly keys?: ReadonlyMap<string, KeyFunction>
  readonly dialects?: ReadonlyMap<string, StreamClassifier>
  readonly telemetry?: Telemetry
  readonly log?: Logger | LogOptions
  readonly keepTotal: number
}

type EventName = keyof GatewayEvents

export class Runtime {
  readonly wheel: ClockWheel
  readonly events: EventEmitter<GatewayEvents>
  readonly bodyBudget: BodyBudget
  readonly random: () => number
  readonly keys: ReadonlyMap<string, KeyFunction>
  readonly dialects: ReadonlyMap<string, StreamClassifier>
  readonly telemetry: Telemetry | undefined
  closing = false
  /** Names of the listeners that have a socket: their certificates must be there. */
  openListeners: ReadonlySet<string> = new Set()
  inFlight = 0
  /** Undefined where nothing is measured. */
  meters: Meters | undefined
  readonly #log: EventLog | undefined
  #first: InFlight | null = null
  #idle: (() => void) | undefined
  readonly #idPrefix: string = `req_${randomBytes(5).toString('hex')}`
  #ids = 0
  #sessionKey: KeyObject | undefined

  constructor(options: RuntimeOptions) {
    this.wheel = new ClockWheel(options.now === undefined ? {} : { now: options.now })
    this.events = new EventEmitter()
    this.bodyBudget = new BodyBudget(options.keepTotal)
    this.random = options.random ?? Math.random
    this.keys = options.keys ?? new Map()
    this.dialects = options.dialects ?? new Map()
    this.telemetry = options.telemetry
    const { log } = options
    this.#log = log === undefined ? undefined : new EventLog(log, (error) => this.#logThrew(error))
  }

  listens(event: EventName): boolean {
    return this.events.listenerCount(event) > 0 || this.#log?.wants(event) === true
  }

  /** A listener that throws harms nobody, also one that is async: it becomes a warning. */
  emit<Name extends EventName>(event: Name, ...payload: Parameters<GatewayEvents[Name]>): void {
    this.#log?.tell(event, payload)
    this.#callListeners(event, ...payload)
  }

  #callListeners<Name extends EventName>(event: Name, ...payload: Parameters<GatewayEvents[Name]>): void {
    // The types of the emitter do not follow a name that is itself generic.
    const emitter = this.events as unknown as EventEmitter
    for (const listener of emitter.listeners(event)) {
      // Takes it off only if it was added by `once`.
      emitter.off(event, listener, undefined, true)
      try {
        const result: unknown = listener(...payload)
        if (result instanceof Promise) result.catch((error: unknown) => this.#listenerThrew(event, error))
      } catch (error) {
        this.#listenerThrew(event, error)
      }
    }
  }

  #listenerThrew(event: EventName, error: unknown): void {
    if (event === 'warning') process.emitWarning('a listener of the event "warning" threw', 'HeadgateWarning')
    else this.warn('listener_threw', `a listener of the event "${event}" threw`, error)
  }

  /** The log itself cannot tell. */
  #logThrew(error: unknown): void {
    const message = 'the logger of the gateway threw'
    if (this.events.listenerCount('warning') > 0) this.#callListeners('warning', { code: 'log_threw', message, error })
    else process.emitWarning(message, { type: 'HeadgateWarning', code: 'log_threw' })
  }

  warn(code: string, message: string, error?: unknown): void {
    if (this.listens('warning'))
      this.emit('warning', error === undefined ? { code, message } : { code, message, error })
    else process.emitWarning(message, { type: 'HeadgateWarning', code })
  }

  /** For the values of sessions, where the config names no key: made when it is first needed, and kept over reloads. */
  ownSessionKey(): KeyObject {
    if (this.#sessionKey === undefined) {
      this.#sessionKey = createSecretKey(randomBytes(32))
      this.warn('session_key', 'sessionKey is not set: sessions end with this process, and no other process knows them')
    }
    return this.#sessionKey
  }

  /** Unique within the process; only made when an error body or an event needs it. */
  nextId(): string {
    this.#ids = (this.#ids + 1) % Number.MAX_SAFE_INTEGER
    return `${this.#idPrefix}${this.#ids.toString(36)}`
  }

  enter(exchange: InFlight): void {
    this.inFlight++
    exchange.next = this.#first
    if (this.#first !== null) this.#first.previous = exchange
    this.#first = exchange
  }

  leave(exchange: InFlight): void {
    this.inFlight--
    if (exchange.previous === null) this.#first = exchange.next
    else exchange.previous.next = exchange.next
    if (exchange.next !== null) exchange.next.previous = exchange.previous
    exchange.previous = null
    exchange.next = null
    if (this.inFlight === 0) this.#idle?.()
  }

  holdMeters(): void {
    for (let at = this.#first; at !== null; at = at.next) at.holdMeters()
  }

  /** Resolves when nothing is in flight; after `limitMs` what is left is broken off. */
  async drain(limitMs: number): Promise<void> {
    if (this.inFlight === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#idle = resolve
    const force = setTimeout(() => {
      for (let at = this.#first; at !== null;) {
        const next: InFlight | null = at.next
        at.breakOff()
        at = next
      }
    }, limitMs)
    await promise
    clearTimeout(force)
  }
}
