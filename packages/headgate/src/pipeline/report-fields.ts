/** What a reply tells its caller of how it came about, where the config asks for it: `Server-Timing`, and a field of the config's name. */

import type { ReportingConfig } from '@headgate/config'
import { addHeader, setHeader } from '@headgate/proxy'
import type { RulePlan } from '../table/plan-rule.ts'
import type { Journal } from './journal.ts'
import type { Ledger } from './ledger.ts'

export function addReport(
  headers: string[],
  { serverTiming, header }: ReportingConfig,
  plan: RulePlan,
  ledger: Ledger,
  backend: string | undefined,
  journal: Journal | undefined,
  now: number,
): void {
  if (header !== undefined) setHeader(headers, header, decision(plan, ledger, backend))
  const timing = serverTiming ? journal?.timing(now) : undefined
  // A backend may have one of its own: several are one list.
  if (timing !== undefined) addHeader(headers, 'server-timing', timing)
}

/** A dictionary of RFC 9651: names are strings, which escape what must not stand in a field as it is. */
function decision(
  { route, rule }: RulePlan,
  { attempts, cause, because }: Ledger,
  backend: string | undefined,
): string {
  const members = [`route=${text(route)}`, `rule=${text(rule)}`, `attempts=${attempts}`, `cause=${cause}`]
  if (backend !== undefined) members.push(`backend=${text(backend)}`)
  if (because !== undefined && attempts > 0) members.push(`because=${text(because)}`)
  return members.join(', ')
}

function text(value: string): string {
  return `"${value.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/["\\]/g, '\\$&')}"`
}
