/**
 * What does a gateway hold? `pnpm bench:memory` measures the memory of fresh processes: with 1,000 streams open, with callers who do not
 * read, per route, per tenant, and what stays behind after work.
 *
 *     pnpm bench:memory --rounds 5 --work routes,leak --only policies
 */
import { parseArgs } from 'node:util'
import { routeTable, tenantTable } from './memory/held-by.ts'
import { leakTable, slowReaderTable, streamTable } from './memory/proxies.ts'
import { bare, bareAgain, chosen, own, peers } from './proxy/contestants.ts'
import { listed, picked, wholeNumber } from './report/options.ts'
import type { Table } from './report/result.ts'
import { report } from './report/write.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, work: { type: 'string' }, only: { type: 'string' } },
})
const rounds = wholeNumber('rounds', values.rounds)
const contestants = chosen([bare, bareAgain, ...own, ...peers], listed(values.only))
const works: readonly { readonly name: string; readonly table: () => Promise<Table> }[] = [
  { name: 'open-streams', table: () => streamTable(contestants, rounds) },
  { name: 'slow-readers', table: () => slowReaderTable(contestants, rounds) },
  { name: 'leak', table: () => leakTable(contestants, rounds) },
  // These hardly differ from one time to the next.
  { name: 'routes', table: () => routeTable(Math.min(rounds, 3)) },
  { name: 'tenants', table: () => tenantTable(Math.min(rounds, 3)) },
]
const tables: Table[] = []
for (const { name, table } of picked('work', works, listed(values.work))) {
  console.error(name)
  tables.push(await table())
}
report({
  bench: 'memory',
  tables,
  contestants: [...contestants, { peer: 'fast-ratelimit' }, { peer: 'rate-limiter-flexible' }],
})
