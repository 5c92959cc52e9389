/** Envoy's outlier detection as arithmetic over the endpoints of one backend, by index. No HTTP, clock or timer. */

/** Envoy `OutlierDetection`, with its defaults. */
export interface EjectionOptions {
  /** Failures in a row that eject (`consecutive_5xx`; local errors count as well). Default 5; 0 = off. */
  readonly consecutive5xx?: number
  /** Time between sweeps, in ms (`interval`). Endpoints come back at a sweep and at no other time. Default 10,000. */
  readonly intervalMs?: number
  /** Ejection time, multiplied by how often the endpoint was ejected in a row, in ms. Default 30,000. */
  readonly baseEjectionMs?: number
  /** Cap of the ejection time, in ms. Default 300,000, or `baseEjectionMs` where that is longer. */
  readonly maxEjectionMs?: number
  /** Most that is added to an ejection time at random, in ms (`max_ejection_time_jitter`). Default 0. */
  readonly maxJitterMs?: number
  /** Most endpoints that are ejected at once, in percent: (ejected + 1) / n x 100 must not be above it. Default 10. */
  readonly maxEjectionPercent?: number
  /** Ejects one endpoint whatever `maxEjectionPercent` says (`always_eject_one_host`). Default false. */
  readonly alwaysEjectOne?: boolean
}

export interface EjectionHooks {
  /** Source of the jitter, uniform in [0, 1). Without one there is no jitter. */
  readonly random?: () => number
  /** Told after each change. */
  readonly onChange?: (endpoint: number, ejected: boolean, now: number) => void
}

/**
 * Failures are counted inline, and an endpoint is ejected by the failure that reaches the count. `sweep` brings
 * endpoints back and may be called as often as one likes: it acts once per interval that has passed, and makes up for
 * those that nobody asked in. Intervals are counted from the first call that carries a time.
 *
 * Nothing allocates after the constructor.
 */
export class OutlierEjection {
  readonly endpoints: number
  readonly #limit: number
  readonly #intervalMs: number
  readonly #baseMs: number
  readonly #maxMs: number
  readonly #maxJitterMs: number
  readonly #maxPercent: number
  readonly #alwaysEjectOne: boolean
  readonly #hooks: EjectionHooks
  readonly #failures: Uint32Array
  readonly #multipliers: Uint32Array
  /** When the time of an ejection is over; 0 where the endpoint is not ejected. */
  readonly #until: Float64Array
  readonly #out: Uint8Array
  /** When the endpoint last came back. */
  readonly #backAt: Float64Array
  #ejected = 0
  #ejections = 0
  #overflows = 0
  #sweptAt = Number.NaN

  /** @throws RangeError when `endpoints` or an option is out of its bounds. */
  constructor(endpoints: number, options: EjectionOptions = {}, hooks: EjectionHooks = {}) {
    this.endpoints = checkedCount('endpoints', endpoints)
    this.#limit = checkedCount('consecutive5xx', options.consecutive5xx ?? 5)
    this.#intervalMs = checked('intervalMs', options.intervalMs ?? 10_000, 1)
    this.#baseMs = checked('baseEjectionMs', options.baseEjectionMs ?? 30_000, 0)
    this.#maxMs = checked('maxEjectionMs', options.maxEjectionMs ?? Math.max(300_000, this.#baseMs), this.#baseMs)
    this.#maxJitterMs = checked('maxJitterMs', options.maxJitterMs ?? 0, 0)
    this.#maxPercent = checked('maxEjectionPercent', options.maxEjectionPercent ?? 10, 0)
    this.#alwaysEjectOne = options.alwaysEjectOne ?? false
    this.#hooks = hooks
    this.#failures = new Uint32Array(endpoints)
    this.#multipliers = new Uint32Array(endpoints)
    this.#until = new Float64Array(endpoints)
    this.#out = new Uint8Array(endpoints)
    this.#backAt = new Float64Array(endpoints).fill(-Infinity)
  }

  /** Any reply that is not a 5xx: the failures in a row start again from 0. */
  success(endpoint: number): void {
    this.#failures[this.#index(endpoint)] = 0
  }

  /** A 5xx or a local error. True when this one ejected the endpoint. */
  failure(endpoint: number, now: number): boolean {
    const at = this.#index(endpoint)
    this.sweep(now)
    if (this.#limit === 0) return false
    const failures = this.#failures[at]! + 1
    this.#failures[at] = failures % this.#limit
    if (failures < this.#limit || this.#out[at] === 1) return false
    if (!this.#allowed()) {
      this.#overflows++
      return false
    }
    this.#eject(at, now)
    return true
  }

  /** Brings back what is due and lets multipliers fall, once per interval that has passed. */
  sweep(now: number): void {
    if (Number.isNaN(this.#sweptAt)) this.#sweptAt = now
    const passed = Math.floor((now - this.#sweptAt) / this.#intervalMs)
    if (!(passed > 0)) return
    const from = this.#sweptAt
    this.#sweptAt = from + passed * this.#intervalMs
    for (let at = 0; at < this.endpoints; at++) {
      if (this.#out[at] === 1) {
        const due = this.#firstSweep(from, this.#until[at]!)
        if (due > passed) continue
        this.#uneject(at, from + due * this.#intervalMs, now)
      }
      // Only sweeps that find the endpoint back for a whole interval count as healthy.
      const healthy = passed + 1 - this.#firstSweep(from, this.#backAt[at]! + this.#intervalMs)
      if (healthy > 0) this.#multipliers[at] = Math.max(0, this.#multipliers[at]! - healthy)
    }
  }

  /** Brings an endpoint back at once, as Envoy does after a successful active health check. */
  uneject(endpoint: number, now: number): void {
    const at = this.#index(endpoint)
    if (this.#out[at] === 1) this.#uneject(at, now, now)
  }

  isEjected(endpoint: number): boolean {
    return this.#out[this.#index(endpoint)] === 1
  }

  /** When the time of its ejection is over, in ms; it comes back at the first sweep from then on. 0: not ejected. */
  ejectedUntil(endpoint: number): number {
    return this.#until[this.#index(endpoint)]!
  }

  /** Failures in a row that the endpoint has now. */
  failures(endpoint: number): number {
    return this.#failures[this.#index(endpoint)]!
  }

  /** What the base time was multiplied by at its last ejection, less the healthy intervals since. */
  multiplier(endpoint: number): number {
    return this.#multipliers[this.#index(endpoint)]!
  }

  /** Endpoints that are ejected now (Envoy `ejections_active`). */
  get ejected(): number {
    return this.#ejected
  }

  /** Ejections so far (Envoy `ejections_enforced_total`). */
  get ejections(): number {
    return this.#ejections
  }

  /** Ejections that `maxEjectionPercent` prevented (Envoy `ejections_overflow`). */
  get overflows(): number {
    return this.#overflows
  }

  #allowed(): boolean {
    if (this.#alwaysEjectOne && this.#ejected === 0) return true
    return 100 * (this.#ejected + 1) <= this.#maxPercent * this.endpoints
  }

  #eject(at: number, now: number): void {
    // As in Envoy, the multiplier stops growing just past the cap, so that it does not take ages to fall again.
    const before = this.#multipliers[at]!
    const multiplier = before * this.#baseMs < this.#maxMs + this.#baseMs ? before + 1 : before
    this.#multipliers[at] = multiplier
    const jitterMs = this.#maxJitterMs * (this.#hooks.random?.() ?? 0)
    this.#until[at] = now + Math.min(this.#baseMs * multiplier, this.#maxMs) + jitterMs
    this.#out[at] = 1
    this.#ejected++
    this.#ejections++
    this.#hooks.onChange?.(at, true, now)
  }

  #uneject(at: number, backAt: number, now: number): void {
    this.#out[at] = 0
    this.#until[at] = 0
    this.#backAt[at] = backAt
    this.#failures[at] = 0
    this.#ejected--
    this.#hooks.onChange?.(at, false, now)
  }

  /** Number of the first sweep after `from` that is not before `time`; 1 is the next one. */
  #firstSweep(from: number, time: number): number {
    return Math.max(1, Math.ceil((time - from) / this.#intervalMs))
  }

  #index(endpoint: number): number {
    if (this.#out[endpoint] !== undefined) return endpoint
    throw new RangeError(`outlier ejection: endpoint is ${endpoint}, expected 0 to ${this.endpoints - 1}`)
  }
}

function checkedCount(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0) return value
  return refuse(name, value, 'an integer of 0 or more')
}

function checked(name: string, value: number, least: number): number {
  if (value >= least && value < Infinity) return value
  return refuse(name, value, `a finite number of ${least} or more`)
}

function refuse(name: string, value: number, expected: string): never {
  throw new RangeError(`outlier ejection: ${name} is ${value}, expected ${expected}`)
}
