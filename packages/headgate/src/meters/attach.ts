/** A table gets its meters: each rule, backend and limit the one that stands for it. */

import type { BackendEntry, RulePlan } from '../table/plan-rule.ts'
import type { Table } from '../table/table.ts'
import type { Meters } from './meters.ts'

/** `inFlight`: its requests may still count with what no table has any more. */
export function attachMeters(table: Table, meters: Meters, inFlight: { holdMeters(): void }): void {
  meters.beginTable()
  for (const plan of table.rules) plan.meter = meters.rule(plan.route, plan.rule)
  for (const { state } of table.backends.values()) state.meter = meters.backend(state.name)
  for (const state of table.limits.values()) state.meter = meters.limit(state.config.name)
  inFlight.holdMeters()
  meters.endTable()
}

/** A request of this rule goes on: the rule, and each backend that it may yet come to. */
export function holdMeters({ meter, split }: RulePlan): void {
  if (meter !== undefined) meter.held = true
  for (const { backend, fallbacks } of split) {
    holdBackend(backend)
    for (const fallback of fallbacks) holdBackend(fallback)
  }
}

function holdBackend(entry: BackendEntry | undefined): void {
  const meter = entry?.state.meter
  if (meter !== undefined) meter.held = true
}
