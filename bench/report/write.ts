/** Prints what a benchmark found and writes it to `results/`. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import type { Machine, Result, Table } from './result.ts'
import { roundsOf } from './summary.ts'
import { aligned } from './text.ts'

const folder = join(import.meta.dirname, '../results')

function machine(): Machine {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()}`,
  }
}

/** Of a package that `bench` depends on. */
function versionOf(name: string): string {
  const path = join(import.meta.dirname, '../node_modules', name, 'package.json')
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}

/** With the commit where there is one to ask for; a trailing `+` says that files were changed since. */
function headgateVersion(): string {
  const { version } = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../packages/headgate/package.json'), 'utf8'),
  ) as {
    version: string
  }
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  try {
    return `${version} at ${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '../../packages') === '' ? '' : '+'}`
  } catch {
    return version
  }
}

/** Four digits are more than any round is good for. */
function rounded(table: Table): Table {
  const rows = table.rows.map(({ name, samples }) => {
    const own = Object.entries(samples).map(([key, values]) => [
      key,
      values.map((value) => (Number.isInteger(value) ? value : Number(value.toPrecision(4)))),
    ])
    return { name, samples: Object.fromEntries(own) as Record<string, number[]> }
  })
  return { ...table, rows }
}

export interface Findings {
  /** Names the file, and the command where that has no other name. */
  readonly bench: string
  /** Default `bench:` and the name. */
  readonly script?: string
  readonly tables: readonly Table[]
  /** Packages whose versions are told beside those of Node and undici are their `peer`. */
  readonly contestants?: readonly { readonly peer?: string }[]
}

export function report({ bench, script = `bench:${bench}`, tables, contestants = [] }: Findings): void {
  const packages = ['undici', ...new Set(contestants.flatMap(({ peer }) => peer ?? []))]
  const result: Result = {
    bench,
    command: [`npx -y pnpm@12 ${script}`, ...process.argv.slice(2)].join(' '),
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    versions: {
      headgate: headgateVersion(),
      node: process.version.slice(1),
      ...Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
    },
    tables: tables.map(rounded),
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${bench}.json`), `${JSON.stringify(result)}\n`)
  const { cpu, cores, os } = result.machine
  console.log(`node ${result.versions['node'] ?? ''}, ${cores} x ${cpu}, ${os}`)
  for (const table of tables) console.log(`\n${aligned(table)}\n  ${roundsOf(table)} rounds`)
}
