/** A table gets its meters: each rule, backend and limit the one that stands for it. */

import type { Table } from '../table/table.ts'
import type { Meters } from './meters.ts'

export function attachMeters(table: Table, meters: Meters): void {
  meters.beginTable()
  for (const plan of table.rules) plan.meter = meters.rule(plan.route, plan.rule)
  for (const { state } of table.backends.values()) state.meter = meters.backend(state.name)
  for (const state of table.limits.values()) state.meter = meters.limit(state.config.name)
  meters.endTable()
}
