/** Stage 6: all buckets of a rule are charged, or none. */

import { takeAll } from '@headgate/limiter'
import type { Refusal } from '@headgate/limiter'
import type { Answer } from '../answers.ts'
import type { LimitReport } from '../events.ts'
import type { Incoming } from '../request/incoming.ts'
import type { Runtime } from '../runtime.ts'
import { everyone } from '../backends/limit-state.ts'
import type { LimitEntry, RulePlan } from '../table/plan-rule.ts'
import type { Journal } from './journal.ts'

/** Filled in by each refusal and read at once: nothing is made per request. */
const refusal: Refusal = { index: 0, waitMs: 0 }
const keys: (string | undefined)[] = []

/** What a caller is told who is over a limit, or whose key function threw; undefined when the request may go on. */
export function limitAnswer(
  runtime: Runtime,
  plan: RulePlan,
  incoming: Incoming,
  journal: Journal | undefined,
): Answer | undefined {
  if (plan.limits.length === 0) return undefined
  try {
    const retryAfterMs = chargeLimits(plan, incoming, runtime.wheel.coarseNow)
    if (journal !== undefined) journal.limits = reportsOf(plan)
    return retryAfterMs > 0 ? { code: 'rate_limited', retryAfterMs } : undefined
  } catch (error) {
    runtime.warn('hook_threw', `a key function of route "${plan.route}" threw`, error)
    return { code: 'hook_failed' }
  }
}

/**
 * Charges one token of each bucket that applies; a refusal charges nothing. Returns 0, or the time in ms after which the
 * request would be admitted. What a key function throws passes through.
 */
function chargeLimits(plan: RulePlan, incoming: Incoming, now: number): number {
  for (let at = 0; at < plan.limits.length; at++) keys[at] = limitKey(plan.limits[at] as LimitEntry, incoming)
  keys.length = plan.limits.length
  const admitted = takeAll(plan.limiters, keys, now, 1, refusal)
  countLimits(plan, admitted)
  return admitted ? 0 : refusal.waitMs
}

/** Of the charge that was just made. */
function countLimits({ limits }: RulePlan, admitted: boolean): void {
  for (let at = 0; at < limits.length; at++) {
    const meter = limits[at]?.state.meter
    if (meter === undefined) continue
    if (!admitted && at === refusal.index) meter.refused++
    else if (admitted && keys[at] !== undefined) meter.allowed++
  }
}

/** Of the charge that was just made. */
function reportsOf({ limits }: RulePlan): LimitReport[] {
  return limits.flatMap(({ state }, at) => {
    if (keys[at] === undefined) return []
    const refused = refusal.index === at ? { retryAfterMs: refusal.waitMs } : {}
    return [{ limit: state.config.name, charged: refusal.index === -1 ? 1 : 0, ...refused }]
  })
}

/** Undefined: this limit does not apply to the request. */
function limitKey(limit: LimitEntry, incoming: Incoming): string | undefined {
  if (limit.header !== undefined) return incoming.header(limit.header)
  return limit.key === undefined ? everyone : limit.key(incoming)
}
