/** One attempt's place at one endpoint: capacity, in-flight count and breaker permit, each given back exactly once. */

import type { Verdict } from '@headgate/breaker'
import type { ReplyFacts } from '@headgate/dialect'
import { AttemptMarks, isBackendFailure } from '@headgate/proxy'
import type { Attempt, AttemptFailure } from '@headgate/proxy'
import type { Answer } from '../answers.ts'
import type { BackendState } from '../backends/backend-state.ts'
import type { EndpointState } from '../backends/endpoint-state.ts'
import type { PickReport } from '../events.ts'
import type { Traced } from '../meters/histogram.ts'
import type { Incoming } from '../request/incoming.ts'
import type { Journal } from './journal.ts'
import type { RequestSession } from './session.ts'

export type NoPlace = 'no_endpoint' | 'circuit_open' | 'no_healthy_endpoint' | 'overloaded' | 'session_unavailable'

/** A place, and the index of its endpoint. */
export interface Taken {
  readonly place: Place
  readonly index: number
  /** What the endpoint was chosen from, where that is written down. */
  readonly pick: PickReport | undefined
}

export class Place {
  readonly backend: BackendState
  readonly endpoint: EndpointState
  readonly takenAt: number
  /** It waits for one of the backend's own busy connections. */
  readonly #queued: boolean
  #permit: number
  #judged = false
  #headSeen = false
  #held = true

  constructor(backend: BackendState, endpoint: EndpointState, permit: number, queued: boolean, now: number) {
    this.backend = backend
    this.endpoint = endpoint
    this.takenAt = now
    this.#permit = permit
    this.#queued = queued
    endpoint.load.inFlight++
  }

  /** A reply with this status began. A failure is known now, a success only at the end. */
  head(status: number, now: number): void {
    const failed = isBackendFailure(status)
    this.#measure(failed, now)
    if (failed) this.#settle('failure', now)
  }

  /** The reply is good as far as can be told before its end: that is enough for a probe, or a long stream would keep others waiting. */
  good(now: number): void {
    if (this.endpoint.breaker?.kind === 'half-open') this.#settlePermit('success', now)
  }

  /** The stream that began as a good reply told an error, or nothing: under its own status it would have been one. */
  streamFailed(status: number, now: number): void {
    if (isBackendFailure(status)) this.#settle('failure', now)
  }

  ended(now: number): void {
    this.#settle('success', now)
    this.#release()
  }

  /** `callerSlow`: the caller did not send or did not read, so that a clock that ran out says nothing about the endpoint. */
  failed(failure: AttemptFailure, callerSlow: boolean, now: number): void {
    // Whoever waited in vain for a free connection never came to the endpoint.
    const local = this.#queued && failure.clock === 'connect'
    const counts = isBackendFailure(failure) && !local && !(callerSlow && failure.kind === 'timeout')
    if (counts) this.#measure(true, now)
    this.#settle(counts ? 'failure' : 'abandoned', now)
    this.#release()
  }

  /** The caller left or headgate gave up for a reason of its own: nothing was learnt about the endpoint. */
  abandon(now: number): void {
    this.#settle('abandoned', now)
    this.#release()
  }

  /** Counts the attempt where that is measured. `facts`: what its reply said; `streamMs`: how long ago its stream said its first word. */
  count(
    { status, marks }: Pick<Attempt, 'status' | 'marks'>,
    outcome: string,
    facts: ReplyFacts | undefined,
    streamMs: number | undefined,
    now: number,
    traced: Traced,
  ): void {
    const { meter } = this.backend
    if (meter === undefined) return
    meter.attemptEnded(status, outcome, now - this.takenAt, traced)
    if (this.#queued && marks !== undefined) meter.waited((marks.boarded || now) - this.takenAt)
    if (facts !== undefined) meter.tokens?.told(facts, outcome === 'ok' ? streamMs : undefined)
  }

  /** What the wait for a busy connection is read from, where that is measured. */
  waitMarks(): AttemptMarks | undefined {
    return this.#queued && this.backend.meter !== undefined ? new AttemptMarks() : undefined
  }

  #measure(failed: boolean, now: number): void {
    if (this.#headSeen) return
    this.#headSeen = true
    this.endpoint.load.observe(now - this.takenAt, failed, now)
  }

  #settle(verdict: Verdict, now: number): void {
    this.#settlePermit(verdict, now)
    if (this.#judged || verdict === 'abandoned') return
    this.#judged = true
    this.backend.judge(this.endpoint, verdict === 'failure', now)
  }

  #settlePermit(verdict: Verdict, now: number): void {
    if (this.#permit === 0) return
    this.endpoint.breaker?.settle(this.#permit, verdict, now)
    this.#permit = 0
  }

  #release(): void {
    if (!this.#held) return
    this.#held = false
    this.endpoint.load.inFlight--
    this.backend.capacity.release()
  }
}

/**
 * Chooses an endpoint and takes its permit and the backend's capacity, in one step; or says why not. That of the session goes
 * first; where it cannot serve another one does, or with `strict` none.
 * `incoming` and `mayPanic` are as for `BackendState.pick`.
 */
export function takePlace(
  backend: BackendState,
  tried: number,
  now: number,
  incoming?: Incoming,
  mayPanic?: boolean,
  session?: RequestSession,
  journal?: Journal,
): Taken | NoPlace {
  const preferred = session === undefined ? -1 : session.endpointIn(backend)
  const isBound = preferred !== -1 && session?.plan.strict === true
  if (isBound && !backend.takes(preferred, now)) return 'session_unavailable'
  const left = isBound ? 0 : tried
  const pick = journal === undefined ? undefined : backend.tracedPick(left, now, incoming, mayPanic, preferred)
  const index = pick?.chosen ?? backend.pick(left, now, incoming, mayPanic, preferred)
  const taken = takeAt(backend, index, now)
  if (typeof taken !== 'string') return { place: taken, index, pick }
  journal?.passed({ backend: backend.name, because: taken, ...(pick === undefined ? {} : { pick }) })
  return taken
}

function takeAt(backend: BackendState, index: number, now: number): Place | NoPlace {
  const endpoint = backend.endpoints[index]
  if (endpoint === undefined) return backend.whyNone()
  const { capacity } = backend
  if (!capacity.tryAcquire()) return 'overloaded'
  const queued = endpoint.endpoint.saturated
  if (queued && !capacity.mayQueue(backend.waiting)) {
    capacity.release()
    return 'overloaded'
  }
  // 1 stands for "no breaker": it is never settled with one.
  const permit = endpoint.breaker === undefined ? 1 : endpoint.breaker.admit(now)
  if (permit === 0) {
    capacity.release()
    return 'circuit_open'
  }
  return new Place(backend, endpoint, permit, queued, now)
}

/** What a caller is told when there is no place and no fallback. */
export function noPlaceAnswer(why: NoPlace, backend: BackendState, now: number, session?: RequestSession): Answer {
  if (why === 'circuit_open' || why === 'no_healthy_endpoint')
    return { code: why, retryAfterMs: backend.retryAfterMs(now) }
  if (why === 'session_unavailable' && session !== undefined) {
    const { breaker } = backend.endpoints[session.endpointIn(backend)] ?? {}
    return { code: why, retryAfterMs: breaker?.retryAfterMs(now) ?? 1000 }
  }
  return why === 'overloaded' ? { code: why, headers: ['x-envoy-overloaded', 'true'] } : { code: why }
}
