/** Table and facts to the winning row, through the index. Knows no reasons: those are for `explain`. */

import type { CompiledTable } from './compile.ts'
import { findHost } from './host-index.ts'
import { searchPaths } from './path-index.ts'
import type { Facts, MatchTable, Row } from './rule.ts'

/**
 * The row that wins the request, or `undefined` where none is met. Takes time in proportion to the elements of the host and
 * the path, not to the routes, and allocates nothing on a hit. The table must come from `compile`.
 */
export function match<T>(table: MatchTable<T>, facts: Facts): Row<T> | undefined {
  const { hosts } = table as CompiledTable<T>
  for (let host = findHost(hosts, facts.host); host !== undefined; host = host.wider) {
    const winner = searchPaths(host, facts)
    if (winner !== undefined) return winner.row
  }
  return undefined
}
