/** Stage 9: heads on their way, each from a fresh copy of the caller's, so that nothing of one backend reaches another. */

import type { FilterConfig } from '@headgate/config'
import { addHeader, removeHeader, requestHeaders, setHeader } from '@headgate/proxy'
import type { Incoming } from '../request/incoming.ts'
import type { BackendEntry, RulePlan } from '../table/table.ts'

/** The head for one attempt: hop-by-hop fields off, forwarded fields set, then the filters, then the backend's own fields. */
export function attemptHeaders(
  incoming: Incoming,
  plan: RulePlan,
  filters: readonly FilterConfig[],
  backend: BackendEntry,
): string[] {
  const headers = requestHeaders(incoming.rawHeaders, incoming.caller, plan.forward)
  if (incoming.authority !== undefined) setHeader(headers, 'host', incoming.authority)
  applyFilters(headers, filters, 'RequestHeaderModifier')
  for (let at = 0; at < backend.headers.length; at += 2) {
    setHeader(headers, backend.headers[at] as string, backend.headers[at + 1] as string)
  }
  return headers
}

/** Header filters of a rule and its backendRefs (Gateway API HTTPHeaderFilter): set, then add, then remove. */
export function applyFilters(headers: string[], filters: readonly FilterConfig[], type: FilterConfig['type']): void {
  for (const filter of filters) {
    if (filter.type !== type) continue
    for (const { name, value } of filter.set ?? []) setHeader(headers, name, value)
    for (const { name, value } of filter.add ?? []) addHeader(headers, name, value)
    for (const name of filter.remove ?? []) removeHeader(headers, name)
  }
}
