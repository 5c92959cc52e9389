/** Stages 4 to 7: answering filters, session, limits, split. Everything that is settled before an endpoint is looked for. */

import type { Answer } from '../answers.ts'
import type { Incoming } from '../request/incoming.ts'
import type { Runtime } from '../runtime.ts'
import type { BackendEntry, SplitEntry } from '../table/plan-rule.ts'
import { answerByFilter } from './answering.ts'
import { limitAnswer } from './limits.ts'
import type { Matched } from './matched.ts'
import type { Outbound } from './outbound.ts'
import { identifySession } from './session.ts'
import { chooseSplit } from './split.ts'

/** A share whose backend is there. */
export type ResolvedEntry = SplitEntry & { readonly backend: BackendEntry }

/** The share that the request got, or what its caller is told instead. */
export function admit(
  runtime: Runtime,
  matched: Matched,
  incoming: Incoming,
  { ledger, record }: Outbound,
): ResolvedEntry | Answer {
  const { plan } = matched
  const filtered = answerByFilter(plan.answering, incoming, matched)
  if (filtered !== undefined) return filtered
  const session = identifySession(plan, incoming)
  ledger.session = session
  const refused = limitAnswer(runtime, plan, incoming, record)
  if (refused !== undefined) return refused
  if (plan.split.length === 0) return { code: 'no_target' }
  // Only a strict session outlives its endpoint.
  if (session !== undefined && session.place === undefined) return { code: 'session_unavailable' }
  const entry = chooseSplit(runtime, plan, incoming, session, record)
  if (entry === undefined) return { code: 'no_backend' }
  return isResolved(entry) ? entry : { code: 'ref_unresolved' }
}

function isResolved(entry: SplitEntry): entry is ResolvedEntry {
  return entry.backend !== undefined
}
