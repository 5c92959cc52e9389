/** Stage 7: the backend of the session, else by weight, sticky where asked. Once a request: a retry never rolls again. */

import { hash32 } from '@headgate/selector'
import type { SplitReport } from '../events.ts'
import type { Incoming } from '../request/incoming.ts'
import type { Runtime } from '../runtime.ts'
import type { RulePlan, SplitEntry } from '../table/plan-rule.ts'
import type { Journal } from './journal.ts'
import { shareOfSession } from './session.ts'
import type { RequestSession } from './session.ts'

/** Undefined when every weight is 0. */
export function chooseSplit(
  runtime: Runtime,
  plan: RulePlan,
  incoming: Incoming,
  session: RequestSession | undefined,
  journal: Journal | undefined,
): SplitEntry | undefined {
  const { sticky, split, strictSplit, order } = plan
  const share = session === undefined ? undefined : shareOfSession(session, split, runtime.wheel.now())
  if (share !== undefined) {
    if (journal !== undefined) journal.split = { by: 'session', shares: sharesOf(plan), chosen: share }
    return (session?.plan.strict === true ? strictSplit : split)[share]
  }
  const value = sticky === undefined ? undefined : incoming.header(sticky.header)
  const slot = order.position
  const chosen = value === undefined || sticky === undefined ? order.next() : sticky.assignment.pick(value)
  if (journal !== undefined) {
    const source =
      value === undefined ? { by: 'weight' as const, slot } : { by: 'sticky' as const, keyHash: hash32(value) }
    journal.split = { shares: sharesOf(plan), chosen, ...source }
  }
  return split[chosen]
}

function sharesOf({ split }: RulePlan): SplitReport['shares'] {
  return split.map(({ backend, weight }) => ({ backend: backend?.state.name, weight }))
}
