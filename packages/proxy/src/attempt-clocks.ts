// Which of an attempt's clocks is due, and when the next one will be. Arithmetic on milliseconds; it reads no clock.

import type { ClockName } from './attempt-types.ts'

/** The clocks that an attempt keeps by itself, in milliseconds; 0 turns one off. Made once per rule and shared. */
export interface AttemptClocks {
  /** Most time until the head of the reply. */
  readonly headersMs: number
  /** Most time since the last byte either way. */
  readonly idleMs: number
  /** Most time until the last byte of the reply; cuts a stream. */
  readonly backendMs: number
}

/** Where an attempt stands when its alarm rings. */
export interface ClockFacts {
  /** 0 is off. */
  readonly connectMs: number
  readonly connecting: boolean
  readonly headSeen: boolean
  /** Since the start of the attempt. */
  readonly elapsedMs: number
  /** Since the last byte either way. */
  readonly silentMs: number
}

/** When the alarm of a new attempt is to ring first; Infinity when no clock runs. */
export function firstAlarmMs(clocks: AttemptClocks, connectMs: number): number {
  return Math.min(on(connectMs), on(clocks.headersMs), on(clocks.idleMs), on(clocks.backendMs))
}

/** The clock that ran out (in the order connect, headers, backend, idle), or the time until the next one, Infinity for none. */
export function dueClock(clocks: AttemptClocks, facts: ClockFacts): ClockName | number {
  const connectLeft = facts.connecting ? on(facts.connectMs) - facts.elapsedMs : Infinity
  if (connectLeft <= 0) return 'connect'
  const headersLeft = facts.headSeen ? Infinity : on(clocks.headersMs) - facts.elapsedMs
  if (headersLeft <= 0) return 'headers'
  const backendLeft = on(clocks.backendMs) - facts.elapsedMs
  if (backendLeft <= 0) return 'backend'
  const idleLeft = on(clocks.idleMs) - facts.silentMs
  if (idleLeft <= 0) return 'idle'
  return Math.min(connectLeft, headersLeft, backendLeft, idleLeft)
}

function on(ms: number): number {
  return ms > 0 ? ms : Infinity
}
