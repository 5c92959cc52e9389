/**
 * What does a gateway allocate for a call, and what do its metrics add while nobody reads them? `pnpm allocations --rounds 11`.
 * Prints bytes for a call and judges nothing; `allocations/measure.test.ts` does.
 */
import { parseArgs } from 'node:util'
import { allocations } from './allocations/measure.ts'
import type { Plan } from './allocations/measure.ts'
import type { Allocated } from './allocations/sampler.ts'
import { median, medianBounds } from './report/statistics.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } })
const rounds = Number(values.rounds)

const gateways = [
  ['every policy', 'unmeasured'],
  ['the same, a second time', 'unmeasured'],
  ['the same, measured', 'policies'],
] as const

const works: Readonly<Record<string, Pick<Plan, 'calls' | 'connections' | 'ask' | 'warmUp'>>> = {
  'a small JSON call, 8 at once': { calls: 5000, connections: 8, ask: 'chat', warmUp: 20_000 },
  'a stream of 64 events, 32 at once': { calls: 320, connections: 32, ask: 'paced-5', warmUp: 640 },
}

function line(name: string, own: readonly Allocated[], first: readonly Allocated[], figure: keyof Allocated): string {
  const more = own.map((bytes, round) => bytes[figure] - (first[round]?.[figure] ?? Number.NaN))
  const [low, high] = medianBounds(more)
  const columns = [median(own.map((bytes) => bytes[figure])), median(more), low, high].map((bytes) =>
    bytes.toFixed(0).padStart(7),
  )
  return `  ${name.padEnd(24)} ${figure.padEnd(8)} ${columns.join(' ')}`
}

console.log('bytes for each call, and how many more than the first gateway in the same round, with 95 % bounds')
for (const [title, work] of Object.entries(works)) {
  const bytes = await allocations({ ...work, rounds, gateways })
  const [first = []] = bytes.values()
  console.log(`${title}: all of the process, and what headgate's own code allocates`)
  for (const figure of ['all', 'headgate', 'meters'] as const)
    for (const [name, own] of bytes) console.log(line(name, own, first, figure))
}
