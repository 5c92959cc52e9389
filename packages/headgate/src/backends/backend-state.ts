/** One backend's live state by stable identity: its name and the URLs of its endpoints. Who may get a request, and what bounds them. */

import { Capacity, mayOpen, OutlierEjection, panics } from '@headgate/breaker'
import type { BreakerKind, CapacityOptions, HealthKind } from '@headgate/breaker'
import type { BackendConfig } from '@headgate/config'
import { Cooldowns } from '@headgate/retry'
import type { CandidateReport, PickReport } from '../events.ts'
import type { BackendMeter } from '../meters/backend-meter.ts'
import type { Incoming } from '../request/incoming.ts'
import type { Runtime } from '../runtime.ts'
import type { FlatHeaders } from '../table/backend-headers.ts'
import type { SecretTexts } from '../table/secrets.ts'
import { openBalancer } from './balancers.ts'
import type { Balancer } from './balancers.ts'
import { Draws } from './draws.ts'
import type { EndpointOwner } from './endpoint-load.ts'
import { EndpointState } from './endpoint-state.ts'
import { RepeatBounds } from './repeats.ts'
import { sameParts } from './same-parts.ts'

/** Where a new state comes from. */
export interface BackendOrigin {
  readonly runtime: Runtime
  readonly secrets: SecretTexts
  /** Fields of this backend alone, secrets resolved. */
  readonly headers: FlatHeaders
  readonly former: BackendState | undefined
}

/** Settings are fixed; a change of them makes a new state, which takes over the parts whose own settings are the same. */
export class BackendState implements EndpointOwner {
  readonly name: string
  readonly config: BackendConfig
  readonly endpoints: readonly EndpointState[]
  readonly capacity: Capacity
  readonly repeats: RepeatBounds
  /** Until when callers were asked not to come back, by their credential. */
  readonly cooldowns: Cooldowns
  readonly ejection: OutlierEjection | undefined
  /** Undefined where nothing is measured. */
  meter: BackendMeter | undefined
  readonly #runtime: Runtime
  readonly #former: OutlierEjection | undefined
  readonly #balancer: Balancer
  readonly #draws: Draws
  /** Ejection or health may take an endpoint out. */
  readonly #watched: boolean
  /** An endpoint with a free connection goes before one where a request would wait. */
  readonly #roomFirst: boolean
  // Of the pick under way: so that the functions below are made once.
  #now = 0
  #tried = 0
  #panicking = false
  readonly #allowed: (index: number) => boolean = (index) => this.#isAllowed(index)
  readonly #untried: (index: number) => boolean = (index) =>
    (this.#tried & (1 << (index & 31))) === 0 && this.#isAllowed(index)
  readonly #roomy: (index: number) => boolean = (index) =>
    this.#untried(index) && this.endpoints[index]?.endpoint.saturated === false

  constructor(config: BackendConfig, origin: BackendOrigin) {
    const { runtime, former } = origin
    this.name = config.name
    this.config = config
    this.#runtime = runtime
    const parts = { ...origin, owner: this, config }
    this.endpoints = config.endpoints.map(({ url }) => new EndpointState(url, parts))
    const same = (part: keyof BackendConfig): boolean =>
      former !== undefined && sameParts(former.config[part], config[part])
    this.capacity = former?.capacity ?? new Capacity(boundsOf(config))
    this.repeats = new RepeatBounds(config, this.capacity, same('retryBudget') ? former?.repeats : undefined)
    this.cooldowns = former?.cooldowns ?? new Cooldowns()
    this.ejection = same('outlierDetection') ? former?.ejection : this.#openEjection()
    this.#former = former?.ejection
    const kept = same('balance') && same('endpoints') ? former : undefined
    const loads = this.endpoints.map(({ load }) => load)
    this.#draws = kept === undefined ? new Draws(runtime.random) : kept.#draws
    this.#balancer = kept === undefined ? openBalancer(config.balance, loads, this.#draws.next) : kept.#balancer
    this.#watched = config.outlierDetection !== undefined || config.healthCheck !== undefined
    const byKey = config.balance.type === 'ring-hash' || config.balance.type === 'maglev'
    this.#roomFirst = config.capacity?.maxConnections !== undefined && !byKey
  }

  /** Makes this the state that its endpoints count with. Called when the table that holds it is swapped in. */
  adopt(): void {
    if (this.#former !== this.ejection) this.#former?.setEndpoints([])
    this.ejection?.setEndpoints(this.endpoints.flatMap(({ record }) => record ?? []))
    this.capacity.setBounds(boundsOf(this.config))
    for (const { load, check } of this.endpoints) {
      load.owner = this
      load.measure(this.config.balance.type === 'peak-ewma')
      check?.start()
    }
  }

  /**
   * The endpoint that gets a request, by its index; -1 when there is none, and `whyNone` says why. Those in `tried` (a bit for
   * each index) come last; beyond 32 endpoints two may share a bit, which only means that an untried one is passed over once.
   *
   * @param incoming What hash keys are read from.
   * @param mayPanic False where a fallback stands by: then ejected and unhealthy endpoints are never used.
   * @param preferred Index of the endpoint that wins if it is allowed and was not tried; -1 for none.
   */
  pick(tried: number, now: number, incoming?: Incoming, mayPanic = true, preferred = -1): number {
    this.#look(now, mayPanic)
    this.#tried = tried
    if (preferred !== -1 && this.#untried(preferred)) return preferred
    const balancer = this.#balancer
    const again = tried !== 0
    let index = this.#roomFirst ? balancer.pick(this.#roomy, incoming, now, again) : -1
    if (index === -1) index = balancer.pick(this.#untried, incoming, now, again)
    return index === -1 && tried !== 0 ? balancer.pick(this.#allowed, incoming, now, again) : index
  }

  /** As `pick`, and tells what it was made from. */
  tracedPick(tried: number, now: number, incoming?: Incoming, mayPanic = true, preferred = -1): PickReport {
    this.#look(now, mayPanic)
    const candidates = this.endpoints.map((state, index) => this.#candidate(state, index, tried, now))
    const source = this.#balancer.source(incoming)
    const { result, draws } = this.#draws.listen(() => this.pick(tried, now, incoming, mayPanic, preferred))
    return {
      balance: this.config.balance.type,
      candidates,
      chosen: result,
      ...(preferred === -1 ? {} : { preferred }),
      ...source,
      ...(draws.length === 0 ? {} : { draws }),
    }
  }

  #candidate(state: EndpointState, index: number, tried: number, now: number): CandidateReport {
    const { url: endpoint, inFlight, load, record, check } = state
    const out = this.#watched && !this.#panicking
    const weighed = load.latency?.load(inFlight, now)
    let excluded: CandidateReport['excluded']
    if (out && record?.ejected === true) excluded = 'ejected'
    else if (out && check?.kind === 'unhealthy') excluded = 'unhealthy'
    else if (!this.#isAllowed(index)) excluded = 'breaker'
    else if ((tried & (1 << (index & 31))) !== 0) excluded = 'tried'
    else if (this.#roomFirst && state.endpoint.saturated) excluded = 'busy'
    return {
      endpoint,
      inFlight,
      ...(excluded === undefined ? {} : { excluded }),
      ...(weighed === undefined ? {} : { load: weighed }),
    }
  }

  /** Would this endpoint be given a request now? */
  takes(index: number, now: number): boolean {
    this.#look(now, true)
    return this.#isAllowed(index)
  }

  /** Why the last `pick` found nobody. */
  whyNone(): 'no_endpoint' | 'circuit_open' | 'no_healthy_endpoint' {
    if (this.endpoints.length === 0) return 'no_endpoint'
    const refused = this.endpoints.some((state) => this.#panicking || !state.out)
    return refused ? 'circuit_open' : 'no_healthy_endpoint'
  }

  /** Counts the outcome of an attempt for ejection: its reply or failure, or a success to its last byte. */
  judge({ record }: EndpointState, failed: boolean, now: number): void {
    if (record === undefined) return
    if (failed) this.ejection?.failure(record, now)
    else this.ejection?.success(record)
  }

  /** Attempts that wait for a connection. */
  get waiting(): number {
    let waiting = 0
    for (const { endpoint } of this.endpoints) waiting += endpoint.waiting
    return waiting
  }

  /** Brings `ejected` and `panicking` up to date. */
  sweep(now: number): void {
    this.#look(now, true)
  }

  /** As of the last look: so few endpoints are well that all are used. */
  get panicking(): boolean {
    return this.#panicking
  }

  /** Shortest wait until an endpoint may be asked again, in ms. */
  retryAfterMs(now: number): number {
    let least = Number.POSITIVE_INFINITY
    for (const { breaker, record, check } of this.endpoints) {
      const opensMs = breaker?.retryAfterMs(now) ?? 0
      const ejectedMs = record === undefined ? 0 : (this.ejection?.restMs(record, now) ?? 0)
      const checkMs = check?.kind === 'unhealthy' ? (this.config.healthCheck?.interval ?? 0) : 0
      least = Math.min(least, Math.max(opensMs, ejectedMs, checkMs))
    }
    return Number.isFinite(least) ? least : 1000
  }

  mayOpenBreaker(): boolean {
    const { breaker: settings } = this.config
    let open = 0
    for (const { breaker } of this.endpoints) if (breaker !== undefined && breaker.kind !== 'closed') open++
    return settings === undefined || mayOpen(this.endpoints.length, open, settings.maxOpenPercent)
  }

  breakerChanged(endpoint: string, from: BreakerKind, to: BreakerKind): void {
    this.meter?.breakerChanged(to)
    if (!this.#runtime.listens('breaker-changed')) return
    this.#runtime.emit('breaker-changed', { backend: this.name, endpoint, from, to })
  }

  /** As in Envoy, a check that succeeds ends an ejection at once. */
  checked(endpoint: string, from: HealthKind, to: HealthKind, because: string, success: boolean, now: number): void {
    const record = success ? this.endpoints.find(({ url }) => url === endpoint)?.record : undefined
    if (record !== undefined) this.ejection?.uneject(record, now)
    if (from === to || !this.#runtime.listens('health-changed')) return
    this.#runtime.emit('health-changed', { backend: this.name, endpoint, from, to, because })
  }

  #look(now: number, mayPanic: boolean): void {
    this.#now = now
    if (!this.#watched) return
    this.ejection?.sweep(now)
    let well = 0
    for (const state of this.endpoints) if (!state.out) well++
    this.#panicking = mayPanic && panics(well, this.endpoints.length, this.config.panicThreshold)
  }

  /** Panic overrides ejection and health, and never an open breaker. */
  #isAllowed(index: number): boolean {
    const state = this.endpoints[index]
    if (state === undefined || (this.#watched && !this.#panicking && state.out)) return false
    return state.breaker === undefined || state.breaker.wouldAdmit(this.#now)
  }

  #openEjection(): OutlierEjection | undefined {
    const { outlierDetection: settings } = this.config
    if (settings === undefined) return undefined
    const { consecutive5xx, interval, baseEjectionTime, maxEjectionPercent } = settings
    const options = { consecutive5xx, intervalMs: interval, baseEjectionMs: baseEjectionTime, maxEjectionPercent }
    const { name: backend } = this
    const runtime = this.#runtime
    return new OutlierEjection(options, {
      onChange: ({ endpoint, ejected, ejectedUntil }, now) => {
        if (!ejected)
          return runtime.listens('endpoint-restored') && runtime.emit('endpoint-restored', { backend, endpoint })
        if (runtime.listens('endpoint-ejected'))
          runtime.emit('endpoint-ejected', { backend, endpoint, forMs: ejectedUntil - now })
      },
    })
  }
}

function boundsOf({ capacity }: BackendConfig): CapacityOptions {
  const { maxRequests, maxPending, maxRetries } = capacity ?? {}
  return {
    ...(maxRequests === undefined ? {} : { maxRequests }),
    ...(maxPending === undefined ? {} : { maxPending }),
    ...(maxRetries === undefined ? {} : { maxRetries }),
  }
}
