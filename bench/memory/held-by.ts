/** What many of one thing hold, each counted in a process of its own. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Figure, Row, Table } from '../report/result.ts'

async function bytesOf(what: string, count: number): Promise<number> {
  const child = fork(new URL('holder.ts', import.meta.url), [what, String(count)], {
    execArgv: ['--conditions=@headgate/source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [told]: unknown[] = await Promise.race([once(child, 'message'), once(child, 'exit')])
  if (typeof told !== 'number' || told === 0) throw new Error(`${what}, ${count} of them: ended without a figure`)
  return told
}

const bytes = (title: string, against: Figure['against']): Figure => ({ key: 'bytes', title, unit: 'bytes', against })

async function rows(
  rounds: number,
  all: readonly (readonly [name: string, what: string, count: number])[],
): Promise<Row[]> {
  const made: Row[] = []
  for (const [name, what, count] of all) {
    const samples: number[] = []
    for (let round = 0; round < rounds; round++) samples.push(await bytesOf(what, count))
    made.push({ name, samples: { bytes: samples } })
  }
  return made
}

/** By the number of routes. The first one carries the gateway itself, with its backends. */
export async function routeTable(rounds: number): Promise<Table> {
  const counts = [1, 100, 1000, 10_000]
  return {
    name: 'routes',
    title: 'Memory per route, the gateway and its config included',
    figures: [bytes('a route', 'nothing')],
    rows: await rows(
      rounds,
      counts.map((count) => [`${count.toLocaleString('en-US')} routes`, 'routes', count] as const),
    ),
    absent: [],
  }
}

export async function tenantTable(rounds: number): Promise<Table> {
  const limiters = ['@headgate/limiter', 'fast-ratelimit', 'rate-limiter-flexible']
  return {
    name: 'tenants',
    title: 'Memory per key of a limit, at 1,000,000 keys',
    figures: [bytes('a key', 'ratio')],
    rows: await rows(
      rounds,
      limiters.map((name) => [name, name, 1_000_000] as const),
    ),
    absent: [],
  }
}
