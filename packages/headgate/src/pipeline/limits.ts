/** Stage 6: all buckets of a rule are charged, or none. */

import { takeAll } from '@headgate/limiter'
import type { Refusal } from '@headgate/limiter'
import type { Incoming } from '../incoming.ts'
import { everyone } from '../state.ts'
import type { LimitEntry, RulePlan } from '../table.ts'

/** Filled in by each refusal and read at once: nothing is made per request. */
const refusal: Refusal = { index: 0, waitMs: 0 }

/**
 * Charges one token of each bucket that applies; a refusal charges nothing. Returns 0, or the time in ms after which the
 * request would be admitted. What a key function throws passes through.
 */
export function chargeLimits(plan: RulePlan, incoming: Incoming, now: number): number {
  if (plan.limits.length === 0) return 0
  const keys = plan.limits.map((limit) => limitKey(limit, incoming))
  return takeAll(plan.limiters, keys, now, 1, refusal) ? 0 : refusal.waitMs
}

/** Undefined: this limit does not apply to the request. */
function limitKey(limit: LimitEntry, incoming: Incoming): string | undefined {
  if (limit.header !== undefined) return incoming.header(limit.header)
  return limit.key === undefined ? everyone : limit.key(incoming)
}
