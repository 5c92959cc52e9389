/** Runs the benchmarks: `pnpm bench` for all, `pnpm bench matcher retry` for some, `--rounds 31` for steadier figures. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { breaker } from './breaker.ts'
import { decision } from './decision.ts'
import { line } from './goals.ts'
import type { Settings, Table } from './harness.ts'
import { limiter } from './limiter.ts'
import { matcher } from './matcher.ts'
import { short } from './numbers.ts'
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

function print({ title, rows, absent, verdicts }: Table): void {
  const width = Math.max(0, ...rows.map(({ name }) => name.length))
  console.log(`\n${title}`)
  for (const { name, nsPerCall, ratio, lowest, highest } of rows) {
    const spread = `(${short(lowest)} to ${short(highest)})`
    console.log(`  ${name.padEnd(width)} ${short(nsPerCall).padStart(9)} ns  ${short(ratio).padStart(6)}x  ${spread}`)
  }
  for (const reason of absent) console.log(`  left out: ${reason}`)
  for (const verdict of verdicts) console.log(`  ${line(verdict)}`)
}

const folder = join(import.meta.dirname, 'results')
mkdirSync(folder, { recursive: true })
const machine = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length }
console.log(
  `node ${machine.node}, ${machine.cores} x ${machine.cpu}; ${settings.rounds} rounds of ${settings.roundMs} ms`,
)
console.log('time per call, times the first of the table, spread over the rounds')

let held = 0
const missed: string[] = []
for (const name of chosen) {
  const tables = (await questions[name]?.(settings)) ?? []
  tables.forEach(print)
  for (const { title, verdicts } of tables) {
    held += verdicts.filter(({ holds }) => holds).length
    for (const one of verdicts) if (!one.holds) missed.push(`${title}: ${line(one)}`)
  }
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ machine, settings, tables }, null, 2)}\n`)
}
console.log(`\n${held} goals hold, ${missed.length} are missed`)
for (const one of missed) console.log(`  ${one}`)
// fast-ratelimit keeps a timer for every key until its time is over.
process.exit()
