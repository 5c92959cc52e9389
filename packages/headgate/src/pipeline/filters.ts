/** Stage 9: heads on their way, each from a fresh copy of the caller's, so that nothing of one backend reaches another. */

import type { HeaderFilterConfig } from '@headgate/config'
import { addHeader, removeHeader, requestHeaders, setHeader } from '@headgate/proxy'
import { rewriteHost, rewritePath } from '../filters/rewrite.ts'
import type { Incoming } from '../request/incoming.ts'
import type { BackendEntry, RulePlan } from '../table/plan-rule.ts'
import type { PassingFilters } from '../table/rule-filters.ts'
import type { Ledger } from './ledger.ts'
import type { Place } from './place.ts'
import { keepSession } from './session.ts'

/** The head for one attempt: hop-by-hop fields off, forwarded fields set, then the filters, then the backend's own fields. */
export function attemptHeaders(
  incoming: Incoming,
  plan: RulePlan,
  filters: PassingFilters,
  backend: BackendEntry,
): string[] {
  const headers = requestHeaders(incoming.rawHeaders, incoming.caller, plan.forward)
  if (incoming.authority !== undefined) setHeader(headers, 'host', incoming.authority)
  for (const rewrite of filters.rewrites) {
    if (rewrite.hostname !== undefined) setHeader(headers, 'host', rewriteHost(rewrite, incoming.host))
  }
  modifyHeaders(headers, filters.request)
  for (let at = 0; at < backend.headers.length; at += 2) {
    setHeader(headers, backend.headers[at] as string, backend.headers[at + 1] as string)
  }
  return headers
}

/** The head of a backend's reply: the filters, then the session, which no filter of the rule takes away. */
export function replyHeaders(
  headers: string[],
  plan: RulePlan,
  incoming: Incoming,
  { filters, session }: Ledger,
  place: Place | undefined,
): void {
  modifyHeaders(headers, filters.response)
  if (plan.sessions === undefined || place === undefined) return
  keepSession(plan.sessions, headers, session, place.endpoint, incoming)
}

/** Gateway API URLRewrite; the query is kept. `matchedPrefix` is that of the match that won. */
export function attemptTarget(incoming: Incoming, filters: PassingFilters, matchedPrefix: string | undefined): string {
  let { path } = incoming
  // The prefix is replaced once: after it the path is no longer the one that was matched.
  let prefix = matchedPrefix
  for (const { path: modifier } of filters.rewrites) {
    if (modifier === undefined) continue
    path = rewritePath(modifier, path, prefix)
    prefix = undefined
  }
  return path + incoming.search
}

/** Gateway API HTTPHeaderFilter: set, then add, then remove. */
function modifyHeaders(headers: string[], filters: readonly HeaderFilterConfig[]): void {
  for (const filter of filters) {
    for (const { name, value } of filter.set ?? []) setHeader(headers, name, value)
    for (const { name, value } of filter.add ?? []) addHeader(headers, name, value)
    for (const name of filter.remove ?? []) removeHeader(headers, name)
  }
}
