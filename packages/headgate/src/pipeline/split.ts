/** Stage 7: the backend by weight, sticky where asked. Once a request: a retry never rolls again. */

import type { Incoming } from '../request/incoming.ts'
import type { RulePlan, SplitEntry } from '../table/plan-rule.ts'

/** Undefined when every weight is 0. */
export function chooseSplit(plan: RulePlan, incoming: Incoming): SplitEntry | undefined {
  const { sticky, split, order } = plan
  const value = sticky === undefined ? undefined : incoming.header(sticky.header)
  return split[value === undefined || sticky === undefined ? order.next() : sticky.assignment.pick(value)]
}
