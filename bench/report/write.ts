/** Prints what a benchmark found and writes it to `results/`. */
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
export function versionOf(name: string): string {
  const path = join(import.meta.dirname, '../node_modules', name, 'package.json')
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
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

/** `peers` are names of packages, whose versions are told beside those of Node and undici. */
export function report(bench: string, command: string, tables: readonly Table[], peers: readonly string[] = []): void {
  const versions = Object.fromEntries(['undici', ...peers].map((name) => [name, versionOf(name)]))
  const result: Result = {
    bench,
    command,
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    versions: { node: process.version.slice(1), ...versions },
    tables: tables.map(rounded),
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${bench}.json`), `${JSON.stringify(result)}\n`)
  const { cpu, cores, os } = result.machine
  console.log(`node ${result.versions['node'] ?? ''}, ${cores} x ${cpu}, ${os}`)
  for (const table of tables) console.log(`\n${aligned(table)}\n  ${roundsOf(table)} rounds`)
}
