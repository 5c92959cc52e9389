/** Runs the benchmarks: `pnpm bench` for all, `pnpm bench matcher retry` for some, `--rounds 31` for steadier figures. */
import { parseArgs } from 'node:util'
import { breaker } from './breaker.ts'
import { decision } from './decision.ts'
import { dialect } from './dialect.ts'
import type { Settings, Table } from './harness.ts'
import { limiter } from './limiter.ts'
import { matcher } from './matcher.ts'
import { verdictText } from './report/text.ts'
import { report } from './report/write.ts'
import { retry } from './retry.ts'
import { sticky } from './sticky.ts'
import { weighted } from './weighted.ts'

const questions: Readonly<Record<string, (settings: Settings) => Promise<Table[]>>> = {
  matcher,
  weighted,
  sticky,
  breaker,
  limiter,
  retry,
  dialect,
  decision,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '7' }, 'round-ms': { type: 'string', default: '25' } },
})
const settings: Settings = { rounds: Number(values.rounds), roundMs: Number(values['round-ms']) }
const chosen = positionals.length > 0 ? positionals : Object.keys(questions)
const unknown = chosen.filter((name) => !Object.hasOwn(questions, name))
if (unknown.length > 0) {
  throw new Error(`no benchmark is called ${unknown.join(', ')}; there are ${Object.keys(questions).join(', ')}`)
}

const tables: Table[] = []
for (const question of chosen) {
  console.error(question)
  const found = (await questions[question]?.(settings)) ?? []
  tables.push(
    ...found.map((table, at) => ({ ...table, name: found.length === 1 ? question : `${question}-${at + 1}` })),
  )
}
const peers = [
  'find-my-way',
  'hono',
  'rou3',
  'memoirist',
  'weighted-round-robin',
  'consistent-hash',
  'cockatiel',
  'opossum',
  'rate-limiter-flexible',
  'fast-ratelimit',
  'p-retry',
  'eventsource-parser',
]
report({ bench: 'units', script: 'bench', tables, contestants: peers.map((peer) => ({ peer })) })

const verdicts = tables.flatMap(({ title, verdicts: some = [] }) => some.map((one) => ({ title, one })))
const missed = verdicts.filter(({ one }) => !one.holds)
if (verdicts.length > 0) console.log(`\n${verdicts.length - missed.length} goals hold, ${missed.length} are missed`)
for (const { title, one } of missed) console.log(`  ${title}: ${verdictText(one)}`)
// fast-ratelimit keeps a timer for every key until its time is over.
process.exit()
