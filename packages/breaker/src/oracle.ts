/** The breaker's meaning as one pure function: what tests compare the fast one with. It knows no clock and no jitter. */

export interface OracleOptions {
  /** Consecutive failures that open the circuit. */
  readonly failures: number
  /** How long every opening lasts, in ms: no escalation here. */
  readonly openMs: number
  /** Probes that must all succeed before the circuit closes. */
  readonly probes: number
}

export type BreakerState =
  | { readonly kind: 'closed'; readonly since: number; readonly failures: number }
  | { readonly kind: 'open'; readonly since: number }
  | { readonly kind: 'half-open'; readonly since: number; readonly inFlight: number; readonly succeeded: number }

/** `sentAt` is the `now` of the `ask` that let the call through. */
export type BreakerEvent =
  | { readonly type: 'ask'; readonly now: number }
  | { readonly type: 'success' | 'failure' | 'abandoned'; readonly now: number; readonly sentAt: number }

/** A circuit that has seen nothing. */
export const initial: BreakerState = { kind: 'closed', since: 0, failures: 0 }

/** The state after an event; the same object when nothing changes, so a caller compares by identity. */
export function next(state: BreakerState, event: BreakerEvent, options: OracleOptions): BreakerState {
  // An answer to a call that left in an earlier state says nothing about this one.
  if (event.type !== 'ask' && event.sentAt < state.since) return state

  switch (state.kind) {
    case 'closed':
      if (event.type === 'success' && state.failures > 0) return { ...state, failures: 0 }
      if (event.type !== 'failure') return state
      return state.failures + 1 < options.failures
        ? { ...state, failures: state.failures + 1 }
        : { kind: 'open', since: event.now }

    case 'open':
      return event.type === 'ask' && event.now >= state.since + options.openMs
        ? { kind: 'half-open', since: event.now, inFlight: 1, succeeded: 0 }
        : state

    case 'half-open':
      switch (event.type) {
        case 'ask':
          return state.inFlight + state.succeeded < options.probes ? { ...state, inFlight: state.inFlight + 1 } : state
        case 'failure':
          return { kind: 'open', since: event.now }
        case 'abandoned': // the client hung up: the place is free again, and nothing was learnt
          return { ...state, inFlight: state.inFlight - 1 }
        case 'success':
          return state.succeeded + 1 === options.probes
            ? { kind: 'closed', since: event.now, failures: 0 }
            : { ...state, inFlight: state.inFlight - 1, succeeded: state.succeeded + 1 }
      }
  }
}
