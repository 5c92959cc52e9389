/** Stage 6: all buckets of a rule are charged, or none. */

import type { Incoming } from '../incoming.ts'
import { everyone } from '../state.ts'
import type { LimitEntry } from '../table.ts'

export interface LimitRefusal {
  readonly limit: string
  /** Until the request would be admitted, in ms. */
  readonly waitMs: number
}

/** Charges one token of each bucket that applies; a refusal charges nothing. A key function that throws passes through. */
export function chargeLimits(limits: readonly LimitEntry[], incoming: Incoming, now: number): LimitRefusal | undefined {
  if (limits.length === 0) return undefined
  const keys = limits.map((limit) => limitKey(limit, incoming))
  let refusal: LimitRefusal | undefined
  for (let at = 0; at < limits.length; at++) {
    const key = keys[at]
    if (key === undefined) continue
    const { state } = limits[at] as LimitEntry
    const waitMs = state.limiter.waitMs(key, now)
    if (waitMs > (refusal?.waitMs ?? 0)) refusal = { limit: state.config.name, waitMs }
  }
  if (refusal !== undefined) return refusal
  for (let at = 0; at < limits.length; at++) {
    const key = keys[at]
    if (key !== undefined) (limits[at] as LimitEntry).state.limiter.take(key, now)
  }
  return undefined
}

/** Undefined: this limit does not apply to the request. */
function limitKey(limit: LimitEntry, incoming: Incoming): string | undefined {
  if (limit.header !== undefined) return incoming.header(limit.header)
  return limit.key === undefined ? everyone : limit.key(incoming)
}
