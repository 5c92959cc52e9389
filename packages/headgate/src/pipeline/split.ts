/** Stage 7: the backend of the session, else by weight, sticky where asked. Once a request: a retry never rolls again. */

import type { Incoming } from '../request/incoming.ts'
import type { Runtime } from '../runtime.ts'
import type { RulePlan, SplitEntry } from '../table/plan-rule.ts'
import { shareOfSession } from './session.ts'
import type { RequestSession } from './session.ts'

/** Undefined when every weight is 0. */
export function chooseSplit(
  runtime: Runtime,
  plan: RulePlan,
  incoming: Incoming,
  session: RequestSession | undefined,
): SplitEntry | undefined {
  const { sticky, split, strictSplit, order } = plan
  const share = session === undefined ? undefined : shareOfSession(session, split, runtime.wheel.now())
  if (share !== undefined) return (session?.plan.strict === true ? strictSplit : split)[share]
  const value = sticky === undefined ? undefined : incoming.header(sticky.header)
  return split[value === undefined || sticky === undefined ? order.next() : sticky.assignment.pick(value)]
}
