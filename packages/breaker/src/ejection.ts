/** Envoy's outlier detection as arithmetic over the endpoints of one backend, by identity. No HTTP, clock or timer. */

import type { EjectionRecord } from './ejection-record.ts'

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
  /** Told after each change, with the record as it is now. */
  readonly onChange?: (record: EjectionRecord, now: number) => void
}

/**
 * Failures are counted inline, and an endpoint is ejected by the failure that reaches the count. `sweep` brings
 * endpoints back and may be called as often as one likes: it acts once per interval that has passed, and makes up for
 * those that nobody asked in. Intervals are counted from the first call that carries a time.
 *
 * What is known of an endpoint is in its record, which the caller keeps: another list of endpoints is a call of
 * `setEndpoints`, and a record that stays keeps all it has. A record that is not in the list changes nothing.
 *
 * Nothing allocates in between.
 */
export class OutlierEjection {
  readonly #limit: number
  readonly #intervalMs: number
  readonly #baseMs: number
  readonly #maxMs: number
  readonly #maxJitterMs: number
  readonly #maxPercent: number
  readonly #alwaysEjectOne: boolean
  readonly #hooks: EjectionHooks
  readonly #records = new Set<EjectionRecord>()
  #ejected = 0
  #ejections = 0
  #overflows = 0
  #sweptAt = Number.NaN

  /** @throws RangeError when an option is out of its bounds. */
  constructor(options: EjectionOptions = {}, hooks: EjectionHooks = {}) {
    this.#limit = checkedCount('consecutive5xx', options.consecutive5xx ?? 5)
    this.#intervalMs = checked('intervalMs', options.intervalMs ?? 10_000, 1)
    this.#baseMs = checked('baseEjectionMs', options.baseEjectionMs ?? 30_000, 0)
    this.#maxMs = checked('maxEjectionMs', options.maxEjectionMs ?? Math.max(300_000, this.#baseMs), this.#baseMs)
    this.#maxJitterMs = checked('maxJitterMs', options.maxJitterMs ?? 0, 0)
    this.#maxPercent = checked('maxEjectionPercent', options.maxEjectionPercent ?? 10, 0)
    this.#alwaysEjectOne = options.alwaysEjectOne ?? false
    this.#hooks = hooks
  }

  /** These are the endpoints from now on. Those that are ejected stay so; those that are gone no longer count. */
  setEndpoints(records: Iterable<EjectionRecord>): void {
    this.#records.clear()
    this.#ejected = 0
    for (const record of records) {
      if (record.ejected && !this.#records.has(record)) this.#ejected++
      this.#records.add(record)
    }
  }

  /** Any reply that is not a 5xx: the failures in a row start again from 0. */
  success(record: EjectionRecord): void {
    if (record.failures > 0 && this.#records.has(record)) record.failures = 0
  }

  /** A 5xx or a local error. True when this one ejected the endpoint. */
  failure(record: EjectionRecord, now: number): boolean {
    this.sweep(now)
    if (this.#limit === 0 || !this.#records.has(record)) return false
    const failures = record.failures + 1
    record.failures = failures % this.#limit
    if (failures < this.#limit || record.ejected) return false
    if (!this.#allowed()) {
      this.#overflows++
      return false
    }
    this.#eject(record, now)
    return true
  }

  /** Brings back what is due and lets multipliers fall, once per interval that has passed. */
  sweep(now: number): void {
    if (Number.isNaN(this.#sweptAt)) this.#sweptAt = now
    const passed = Math.floor((now - this.#sweptAt) / this.#intervalMs)
    if (!(passed > 0)) return
    const from = this.#sweptAt
    this.#sweptAt = from + passed * this.#intervalMs
    for (const record of this.#records) {
      if (record.ejected) {
        const due = this.#firstSweep(from, record.ejectedUntil)
        if (due > passed) continue
        this.#restore(record, from + due * this.#intervalMs, now)
      }
      // Only sweeps that find the endpoint back for a whole interval count as healthy.
      const healthy = passed + 1 - this.#firstSweep(from, record.backAt + this.#intervalMs)
      if (healthy > 0) record.multiplier = Math.max(0, record.multiplier - healthy)
    }
  }

  /** Brings an endpoint back at once, as Envoy does after a successful active health check. */
  uneject(record: EjectionRecord, now: number): void {
    if (record.ejected && this.#records.has(record)) this.#restore(record, now, now)
  }

  /** How long until the endpoint comes back by itself, in ms; 0 where it is not ejected. */
  restMs(record: EjectionRecord, now: number): number {
    if (!record.ejected) return 0
    const from = Number.isNaN(this.#sweptAt) ? now : this.#sweptAt
    return from + this.#firstSweep(from, record.ejectedUntil) * this.#intervalMs - now
  }

  /** Endpoints in the list. */
  get endpoints(): number {
    return this.#records.size
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
    return 100 * (this.#ejected + 1) <= this.#maxPercent * this.#records.size
  }

  #eject(record: EjectionRecord, now: number): void {
    // As in Envoy, the multiplier stops growing just past the cap, so that it does not take ages to fall again.
    const before = record.multiplier
    const multiplier = before * this.#baseMs < this.#maxMs + this.#baseMs ? before + 1 : before
    record.multiplier = multiplier
    const jitterMs = this.#maxJitterMs * (this.#hooks.random?.() ?? 0)
    record.ejectedUntil = now + Math.min(this.#baseMs * multiplier, this.#maxMs) + jitterMs
    record.ejected = true
    this.#ejected++
    this.#ejections++
    this.#hooks.onChange?.(record, now)
  }

  #restore(record: EjectionRecord, backAt: number, now: number): void {
    record.ejected = false
    record.ejectedUntil = 0
    record.backAt = backAt
    record.failures = 0
    this.#ejected--
    this.#hooks.onChange?.(record, now)
  }

  /** Number of the first sweep after `from` that is not before `time`; 1 is the next one. */
  #firstSweep(from: number, time: number): number {
    return Math.max(1, Math.ceil((time - from) / this.#intervalMs))
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
