/** Live state by stable identity: backend name, endpoint URL, limit name. A new table takes over what is still named. */

import { randomInt } from 'node:crypto'
import { Breaker, Capacity, mayOpen } from '@headgate/breaker'
import type { BreakerHooks } from '@headgate/breaker'
import type { BackendConfig, BackendTlsConfig, BreakerConfig, LimitConfig } from '@headgate/config'
import { KeyedLimiter } from '@headgate/limiter'
import { Endpoint } from '@headgate/proxy'
import type { EndpointTls } from '@headgate/proxy'
import { Cooldowns } from '@headgate/retry'
import { GatewayError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { RepeatBounds } from './repeats.ts'
import { readSecret } from './secrets.ts'
import type { SecretTexts } from './secrets.ts'

/** The key of a bucket that all callers share. */
export const everyone = ''

export class EndpointState {
  readonly endpoint: Endpoint
  readonly breaker: Breaker | undefined
  /** The backend as the newest table has it; it counts how many breakers may be open. */
  owner: BackendState
  inFlight = 0

  constructor(endpoint: Endpoint, owner: BackendState, runtime: Runtime) {
    this.endpoint = endpoint
    this.owner = owner
    this.breaker = owner.config.breaker === undefined ? undefined : this.#openBreaker(owner.config.breaker, runtime)
  }

  #openBreaker(settings: BreakerConfig, runtime: Runtime): Breaker {
    const hooks: BreakerHooks = {
      random: runtime.random,
      mayOpen: () => mayOpen(this.owner.endpoints.length, this.owner.openBreakers(), settings.maxOpenPercent),
      onChange: (from, to) => {
        if (!runtime.listens('breaker-changed')) return
        runtime.emit('breaker-changed', { backend: this.owner.name, endpoint: this.endpoint.url, from, to })
      },
    }
    const { failures, openFor, maxOpenFor, probes, ratio } = settings
    const core = { failures, openMs: openFor, maxOpenMs: maxOpenFor, probes }
    if (ratio === undefined) return new Breaker(core, hooks)
    const { threshold, window, minimum } = ratio
    return new Breaker({ ...core, ratio: { threshold, windowMs: window, minimum } }, hooks)
  }
}

/** One backend: its endpoints, bounds and budget. Settings are fixed; a change of them makes a new state. */
export class BackendState {
  readonly name: string
  readonly config: BackendConfig
  readonly endpoints: readonly EndpointState[]
  readonly capacity: Capacity
  readonly repeats: RepeatBounds
  /** Until when callers were asked not to come back, by their credential. */
  readonly cooldowns: Cooldowns
  #turn = 0

  constructor(config: BackendConfig, runtime: Runtime, former: BackendState | undefined, secrets: SecretTexts) {
    this.name = config.name
    this.config = config
    const sameTransport = former !== undefined && transportKey(former.config) === transportKey(config)
    const sameBreaker = former !== undefined && equal(former.config.breaker, config.breaker)
    this.endpoints = config.endpoints.map(({ url }) => {
      const kept = former?.endpoints.find((state) => state.endpoint.url === url)
      const endpoint = kept !== undefined && sameTransport ? kept.endpoint : openEndpoint(url, config, runtime, secrets)
      if (kept !== undefined && kept.endpoint === endpoint && sameBreaker) return kept
      return new EndpointState(endpoint, this, runtime)
    })
    const sameCapacity = former !== undefined && equal(former.config.capacity, config.capacity)
    this.capacity = sameCapacity ? former.capacity : openCapacity(config)
    const sameBudget = former !== undefined && equal(former.config.retryBudget, config.retryBudget)
    this.repeats = new RepeatBounds(config, this.capacity, sameBudget ? former.repeats : undefined)
    this.cooldowns = former?.cooldowns ?? new Cooldowns()
  }

  /** Makes this the state that its endpoints count with. Called when the table that holds it is swapped in. */
  adopt(): void {
    for (const state of this.endpoints) state.owner = this
  }

  openBreakers(): number {
    let open = 0
    for (const { breaker } of this.endpoints) if (breaker !== undefined && breaker.kind !== 'closed') open++
    return open
  }

  /** Would this endpoint be given a request now? */
  takes(index: number, now: number): boolean {
    const state = this.endpoints[index]
    return state !== undefined && (state.breaker === undefined || state.breaker.wouldAdmit(now))
  }

  /**
   * `preferred` where it was not tried and would take it, else the next endpoint in turn whose breaker admits, those in `tried` (a bit for each index) last; undefined when there
   * is none; `preferred` is the endpoint of a session. Beyond 32 endpoints two may share a bit, which only means that an untried one is passed over once.
   */
  pick(tried: number, now: number, preferred: number = -1): number {
    if (preferred !== -1 && (tried & (1 << (preferred & 31))) === 0 && this.takes(preferred, now)) return preferred
    const count = this.endpoints.length
    let second = -1
    for (let step = 0; step < count; step++) {
      const index = (this.#turn + step) % count
      const state = this.endpoints[index] as EndpointState
      if (state.breaker !== undefined && !state.breaker.wouldAdmit(now)) continue
      if ((tried & (1 << (index & 31))) === 0) {
        this.#turn = (index + 1) % count
        return index
      }
      if (second === -1) second = index
    }
    return second
  }

  /** Shortest wait until a breaker lets a call through, in ms. */
  retryAfterMs(now: number): number {
    let least = Number.POSITIVE_INFINITY
    for (const { breaker } of this.endpoints)
      if (breaker !== undefined) least = Math.min(least, breaker.retryAfterMs(now))
    return Number.isFinite(least) ? least : 1000
  }
}

/** A limit and its buckets. */
export class LimitState {
  readonly config: LimitConfig
  readonly limiter: KeyedLimiter

  constructor(config: LimitConfig, former: LimitState | undefined) {
    this.config = config
    this.limiter =
      former !== undefined && equal(former.config, config)
        ? former.limiter
        : new KeyedLimiter({
            tokens: config.tokens,
            everyMs: config.every,
            burst: config.burst,
            fill: config.fill,
            // One bucket for all needs the room of one key.
            maxKeys: config.per === 'all' ? 1 : config.maxKeys,
            // Callers choose the keys: with a seed of its own they cannot aim at one place.
            seed: randomInt(2 ** 32),
          })
  }
}

function openEndpoint(url: string, config: BackendConfig, runtime: Runtime, secrets: SecretTexts): Endpoint {
  const maxConnections = config.capacity?.maxConnections
  return new Endpoint(url, runtime.wheel, {
    connectTimeoutMs: config.connectTimeout,
    ...(maxConnections === undefined ? {} : { maxConnections }),
    ...(config.tls === undefined ? {} : { tls: backendTls(config.name, config.tls, secrets) }),
    protocol: config.protocol,
  })
}

function backendTls(backend: string, { ca, servername }: BackendTlsConfig, secrets: SecretTexts): EndpointTls {
  const authorities = ca?.map((reference) => {
    const text = readSecret(reference, secrets)
    if (typeof text === 'string') return text
    throw new GatewayError('HEADGATE_SECRET', `backend "${backend}", certificate authority: ${text.problem}`)
  })
  return {
    ...(authorities === undefined ? {} : { ca: authorities }),
    ...(servername === undefined ? {} : { servername }),
  }
}

function openCapacity({ capacity }: BackendConfig): Capacity {
  const { maxRequests = 1024, maxRetries } = capacity ?? {}
  return new Capacity({ maxRequests, ...(maxRetries === undefined ? {} : { maxRetries }) })
}

function transportKey(config: BackendConfig): string {
  return JSON.stringify([config.connectTimeout, config.capacity?.maxConnections, config.protocol, config.tls])
}

/** Config is plain data in a fixed order of keys, so its text tells whether two parts are the same. */
function equal(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
