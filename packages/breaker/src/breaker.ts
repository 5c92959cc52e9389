/** One endpoint's circuit breaker: may it be called? It knows no HTTP and no clock: time is an argument, in ms. */

import { readOptions } from './options.ts'
import type { BreakerOptions, ResolvedOptions } from './options.ts'
import { Trip } from './trip.ts'

export type BreakerKind = 'closed' | 'open' | 'half-open'

/** How a call ended. `abandoned`: nothing was learnt about the endpoint, for example because the client left. */
export type Verdict = 'success' | 'failure' | 'abandoned'

export interface BreakerHooks {
  /** Source of the jitter, uniform in [0, 1). Without one there is no jitter. */
  readonly random?: () => number
  /**
   * Asked when a closed breaker is about to open; `false` keeps it closed, and the next failure asks again. Not asked
   * when a probe fails: a half-open breaker never gave its place among the open ones back.
   */
  readonly mayOpen?: () => boolean
  /** Told after each change. What it throws comes out of the `admit` or `settle` that made the change. */
  readonly onChange?: (from: BreakerKind, to: BreakerKind, now: number) => void
}

/** Longest share by which a second or later opening in a row is prolonged. */
const jitterShare = 0.05

/** Most that `retryAfterMs` says while the probes are out, in ms: nobody knows how long a probe takes. */
const probingHintMs = 1_000

/**
 * Closed, open, half-open. `admit` gives a permit, and each permit must come back by `settle` exactly once, whatever
 * became of the call: a probe that never comes back keeps its place for ever.
 *
 * A permit is the number of the generation that gave it out; every change of kind starts a new generation, and what an
 * earlier one answers says nothing. Neither method allocates.
 *
 * The first opening lasts exactly `openMs`, the n-th in a row n times that, capped by `maxOpenMs`, then prolonged by up
 * to 5% of jitter. A breaker that stayed closed for `openMs` starts a new row.
 */
export class Breaker {
  readonly #options: ResolvedOptions
  readonly #hooks: BreakerHooks
  readonly #trip: Trip
  #kind: BreakerKind = 'closed'
  #generation = 1
  /** When the present kind began, and while open, when it ends. */
  #since = 0
  #openUntil = 0
  #openings = 0
  #probesOut = 0
  #probesSucceeded = 0

  /** @throws RangeError when an option is out of its bounds. */
  constructor(options: BreakerOptions = {}, hooks: BreakerHooks = {}) {
    this.#options = readOptions(options)
    this.#hooks = hooks
    this.#trip = new Trip(this.#options.failures, this.#options.ratio)
  }

  /** 0: refused. Otherwise a permit that `settle` must bring back exactly once. May turn an open breaker half-open. */
  admit(now: number): number {
    if (this.#kind === 'closed') return this.#generation
    if (this.#kind === 'open') {
      if (now < this.#openUntil) return 0
      this.#become('half-open', now)
    }
    if (this.#probesOut + this.#probesSucceeded >= this.#options.probes) return 0
    this.#probesOut++
    return this.#generation
  }

  /** Whether `admit` would let a call through at `now`. Changes nothing. */
  wouldAdmit(now: number): boolean {
    if (this.#kind === 'closed') return true
    if (this.#kind === 'open') return now >= this.#openUntil
    return this.#probesOut + this.#probesSucceeded < this.#options.probes
  }

  /**
   * Whether the next `admit`, or a success that `settle` is told, makes use of its time: not while closed without a `ratio`. Who has to
   * read a clock for it may pass any number then.
   */
  get needsTime(): boolean {
    return this.#kind !== 'closed' || this.#options.ratio !== undefined
  }

  /** Brings a permit back. One of an earlier generation, and 0, change nothing. */
  settle(permit: number, verdict: Verdict, now: number): void {
    if (permit !== this.#generation) return
    if (this.#kind === 'closed') this.#settleCall(verdict, now)
    else if (this.#probesOut > 0) this.#settleProbe(verdict, now)
  }

  /** The kind that the last `admit` or `settle` left. An open breaker stays `open` until a call asks after its time. */
  get kind(): BreakerKind {
    return this.#kind
  }

  /** The kind as of `now`: an open breaker whose time is over counts as `half-open`. */
  kindAt(now: number): BreakerKind {
    return this.#kind === 'open' && now >= this.#openUntil ? 'half-open' : this.#kind
  }

  /**
   * How long to wait before asking again is of use, in ms: 0 where `admit` would let a call through, the rest of the
   * time while open, and a hint of at most 1 s while half-open with every probe out.
   */
  retryAfterMs(now: number): number {
    if (this.wouldAdmit(now)) return 0
    return this.#kind === 'open' ? this.#openUntil - now : Math.min(this.#options.openMs, probingHintMs)
  }

  /** Failures in a row while closed. */
  get failures(): number {
    return this.#trip.failures
  }

  /** Openings in the present row; the next one is prolonged by it. */
  get openings(): number {
    return this.#openings
  }

  /** When the present or last opening ends, in ms; 0 before the first one. */
  get openUntil(): number {
    return this.#openUntil
  }

  /** When the present kind began, in ms; 0 for a breaker that never changed. */
  get since(): number {
    return this.#since
  }

  /** Probes whose permits have not come back. */
  get probesOut(): number {
    return this.#probesOut
  }

  /** Probes of the present half-open time that succeeded. */
  get probesSucceeded(): number {
    return this.#probesSucceeded
  }

  #settleCall(verdict: Verdict, now: number): void {
    if (verdict === 'success') this.#trip.success(now)
    else if (verdict === 'failure' && this.#trip.failure(now) && this.#hooks.mayOpen?.() !== false) {
      if (now - this.#since >= this.#options.openMs) this.#openings = 0
      this.#open(now)
    }
  }

  #settleProbe(verdict: Verdict, now: number): void {
    this.#probesOut--
    if (verdict === 'failure') this.#open(now)
    else if (verdict === 'success') {
      this.#probesSucceeded++
      if (this.#probesSucceeded >= this.#options.probes) this.#become('closed', now)
    }
  }

  #open(now: number): void {
    this.#openings++
    this.#openUntil = now + this.#lengthMs()
    this.#become('open', now)
  }

  #lengthMs(): number {
    const { openMs, maxOpenMs } = this.#options
    if (this.#openings === 1) return openMs
    const lengthMs = Math.min(openMs * this.#openings, maxOpenMs)
    return lengthMs + lengthMs * jitterShare * (this.#hooks.random?.() ?? 0)
  }

  /** Everything is in place before the hook is told, so that a hook that throws or asks back meets a whole breaker. */
  #become(kind: BreakerKind, now: number): void {
    const from = this.#kind
    this.#kind = kind
    this.#generation++
    this.#since = now
    this.#probesOut = 0
    this.#probesSucceeded = 0
    this.#trip.reset()
    this.#hooks.onChange?.(from, kind, now)
  }
}
