/**
 * What do the types of the builder cost? `pnpm bench:types` has the compiler check configs of 20, 100 and 300 routes. Figures are those
 * of a config beyond one without routes; the time is that of the whole check, with headgate's own sources.
 */
import { parseArgs } from 'node:util'
import { columns } from './proxy/rounds.ts'
import { wholeNumber } from './report/options.ts'
import type { Figure, Row, Table } from './report/result.ts'
import { report } from './report/write.ts'
import { check } from './types/check.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } })
const rounds = wholeNumber('rounds', values.rounds)
const figures: readonly Figure[] = [
  { key: 'each', title: 'instantiations a route', unit: '', against: 'nothing' },
  { key: 'instantiations', title: 'instantiations', unit: '', against: 'nothing' },
  { key: 'types', title: 'types', unit: '', against: 'nothing' },
  { key: 'check', title: 'check time, one thread', unit: 's', against: 'nothing' },
  { key: 'memory', title: 'memory of the compiler', unit: 'MiB', against: 'nothing' },
]

const empty = await check(0)
const rows: Row[] = []
for (const routes of [20, 100, 300]) {
  const samples = []
  for (let round = 0; round < rounds; round++) {
    const { instantiations, types, checkSeconds, memoryMiB } = await check(routes)
    const beyond = instantiations - empty.instantiations
    const counts = { each: beyond / routes, instantiations: beyond, types: types - empty.types }
    samples.push({ ...counts, check: checkSeconds, memory: memoryMiB })
  }
  rows.push({ name: `${routes} routes`, samples: columns(samples) })
}
const table: Table = { name: 'types', title: 'Types of a config, checked by the compiler', figures, rows, absent: [] }
report({ bench: 'types', tables: [table], contestants: [{ peer: 'typescript' }] })
