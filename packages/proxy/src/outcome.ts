// The only place that turns a status or a failure into the names of conditions. It knows no request and decides no retry.

import type { AttemptFailure } from './attempt-types.ts'

/** Every condition that a retry or a fallback can name: Envoy's `retry_on` names, and `rate-limited` for 429. */
export const conditionNames = [
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'refused-stream',
  'retriable-4xx',
  'rate-limited',
] as const

/** A condition by name. */
export type ConditionName = (typeof conditionNames)[number]

/** A compiled `on`. */
export interface ConditionSet {
  /** 1 at each status that meets a condition, 0 to 599. */
  readonly statuses: Uint8Array
  /** Bits of the failures that meet a condition. */
  readonly failures: number
  /** Something that can go wrong inside a reply of status 200 meets a condition: a broken stream, or an error that it tells as an event. */
  readonly streams: boolean
}

/** Any failure of the backend: no connection, reset, refused stream, bad reply, a clock of the attempt. */
const anyFailure = 1
/** Any of them, if the request was certainly not processed. */
const unsentFailure = 2
const connectFailure = 4
const refusedStream = 8

/**
 * Compiles a list of condition names and plain status codes. As in Envoy, `5xx`, `gateway-error` and `reset` also stand for an attempt
 * without a whole reply; `refused-stream` alone only for an HTTP/2 stream that the backend did not process.
 * Throws a TypeError for an unknown name and a RangeError for a code outside 100 to 599.
 */
export function compileConditions(on: readonly (string | number)[]): ConditionSet {
  const statuses = new Uint8Array(600)
  let failures = 0
  for (const condition of on) {
    if (typeof condition === 'number') {
      if (!Number.isInteger(condition) || condition < 100 || condition > 599) {
        throw new RangeError(`condition ${condition}: expected a status code from 100 to 599`)
      }
      statuses[condition] = 1
    } else {
      failures |= compileName(condition, statuses)
    }
  }
  return { statuses, failures, streams: (failures & anyFailure) !== 0 || statuses.includes(1, 400) }
}

/** True when a whole head with this status meets one of the conditions. */
export function responseMeets(set: ConditionSet, status: number): boolean {
  return set.statuses[status] === 1
}

/**
 * True when the failure meets one of the conditions. Never for what says nothing about the backend (`cancelled`, `upload-failed`,
 * `bad-request`) and never for the `request` clock. Whether a reply was committed is the caller's to know.
 */
export function failureMeets(set: ConditionSet, failure: AttemptFailure): boolean {
  if (failure.clock === 'request' || !isBackendFailure(failure)) return false
  let met = anyFailure
  if (!failure.sent) met |= unsentFailure
  if (failure.kind === 'connect-failure') met |= connectFailure
  if (failure.kind === 'refused-stream') met |= refusedStream
  return (set.failures & met) !== 0
}

/** What a circuit breaker counts: 5xx and broken attempts, never a 4xx, a caller that left or its broken upload. */
export function isBackendFailure(outcome: number | AttemptFailure): boolean {
  if (typeof outcome === 'number') return outcome >= 500
  switch (outcome.kind) {
    case 'connect-failure':
    case 'reset':
    case 'refused-stream':
    case 'bad-response':
    case 'timeout':
      return true
    case 'bad-request':
    case 'upload-failed':
    case 'cancelled':
      return false
  }
}

function compileName(name: string, statuses: Uint8Array): number {
  switch (name) {
    case '5xx':
      statuses.fill(1, 500, 600)
      return anyFailure
    case 'gateway-error':
      statuses.fill(1, 502, 505)
      return anyFailure
    case 'reset':
      return anyFailure
    case 'reset-before-request':
      return unsentFailure
    case 'connect-failure':
      return connectFailure
    case 'refused-stream':
      return refusedStream
    case 'retriable-4xx':
      statuses[409] = 1
      return 0
    case 'rate-limited':
      statuses[429] = 1
      return 0
    default:
      throw new TypeError(
        `condition ${JSON.stringify(name)}: expected a status code or one of ${conditionNames.join(', ')}`,
      )
  }
}
