/** One attempt's place at one endpoint: capacity, in-flight count and breaker permit, each given back exactly once. */

import { isBackendFailure } from '@headgate/proxy'
import type { AttemptFailure } from '@headgate/proxy'
import type { Answer } from '../answers.ts'
import type { BackendState, EndpointState } from '../table/state.ts'
import type { Journal } from './journal.ts'
import type { RequestSession } from './session.ts'

export type NoPlace = 'no_endpoint' | 'circuit_open' | 'overloaded' | 'session_unavailable'

/** A place, and the index of its endpoint. */
export interface Taken {
  readonly place: Place
  readonly index: number
}

export class Place {
  readonly backend: BackendState
  readonly endpoint: EndpointState
  readonly takenAt: number
  #permit: number
  #held = true

  constructor(backend: BackendState, endpoint: EndpointState, permit: number, now: number) {
    this.backend = backend
    this.endpoint = endpoint
    this.takenAt = now
    this.#permit = permit
    endpoint.inFlight++
  }

  /** A reply with this status began. A failure is known now; a success only at the end, but a probe's is taken at once. */
  head(status: number, now: number): void {
    if (isBackendFailure(status)) this.#settle('failure', now)
    else if (this.endpoint.breaker?.kind === 'half-open') this.#settle('success', now)
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
    const counts = isBackendFailure(failure) && !(callerSlow && failure.kind === 'timeout')
    this.#settle(counts ? 'failure' : 'abandoned', now)
    this.#release()
  }

  /** The caller left or headgate gave up for a reason of its own: nothing was learnt about the endpoint. */
  abandon(now: number): void {
    this.#settle('abandoned', now)
    this.#release()
  }

  /** Writes the attempt down where somebody listens. */
  report(journal: Journal | undefined, status: number, outcome: string, clock: string | undefined, now: number): void {
    journal?.attempt({
      backend: this.backend.name,
      endpoint: this.endpoint.endpoint.url,
      status,
      outcome,
      durationMs: now - this.takenAt,
      ...(clock === undefined ? {} : { clock }),
    })
  }

  #settle(verdict: 'success' | 'failure' | 'abandoned', now: number): void {
    if (this.#permit === 0) return
    this.endpoint.breaker?.settle(this.#permit, verdict, now)
    this.#permit = 0
  }

  #release(): void {
    if (!this.#held) return
    this.#held = false
    this.endpoint.inFlight--
    this.backend.capacity.release()
  }
}

/**
 * Chooses an endpoint and takes its permit and the backend's capacity, in one step; or says why not. That of the session goes
 * first; where it cannot serve another one does, or with `strict` none.
 */
export function takePlace(
  backend: BackendState,
  tried: number,
  now: number,
  session?: RequestSession,
): Taken | NoPlace {
  if (backend.endpoints.length === 0) return 'no_endpoint'
  const preferred = session === undefined ? -1 : session.endpointIn(backend)
  const isBound = preferred !== -1 && session?.plan.strict === true
  if (isBound && !backend.takes(preferred, now)) return 'session_unavailable'
  const index = backend.pick(isBound ? 0 : tried, now, preferred)
  const endpoint = backend.endpoints[index]
  if (endpoint === undefined) return 'circuit_open'
  if (!backend.capacity.tryAcquire()) return 'overloaded'
  // 1 stands for "no breaker": it is never settled with one.
  const permit = endpoint.breaker === undefined ? 1 : endpoint.breaker.admit(now)
  if (permit === 0) {
    backend.capacity.release()
    return 'circuit_open'
  }
  return { place: new Place(backend, endpoint, permit, now), index }
}

/** What a caller is told when there is no place and no fallback. */
export function noPlaceAnswer(why: NoPlace, backend: BackendState, now: number, session?: RequestSession): Answer {
  if (why === 'circuit_open') return { code: why, retryAfterMs: backend.retryAfterMs(now) }
  if (why === 'session_unavailable' && session !== undefined) {
    const { breaker } = backend.endpoints[session.endpointIn(backend)] ?? {}
    return { code: why, retryAfterMs: breaker?.retryAfterMs(now) ?? 1000 }
  }
  return why === 'overloaded' ? { code: why, headers: ['x-envoy-overloaded', 'true'] } : { code: why }
}
