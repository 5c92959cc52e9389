/** Proxies that take turns: every round gives each of them the same work, in an order that rotates. */
import type { Absence, Row } from '../report/result.ts'
import type { Contestant } from './contestants.ts'
import type { CallTimes } from './messages.ts'
import { Program } from './program.ts'
import { asks } from './traffic.ts'
import type { AskName, RequestShape } from './traffic.ts'
import { unitsOf } from './works.ts'
import type { Work } from './works.ts'

/** A proxy that runs. */
interface Entrant {
  readonly contestant: Contestant
  readonly program: Program
  readonly shape: RequestShape
}

export interface Ring {
  readonly load: Program
  readonly entrants: readonly Entrant[]
  readonly absent: readonly Absence[]
}

/**
 * Calls before anything is measured: a gateway runs for days, and V8 compiles what it runs often only after some thousand calls. They are
 * made 32 at a time, and then as the work makes them.
 */
const usualWarmUp = 12_000
const warmRounds = 3

export type Sample = Readonly<Record<string, number>>

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Starts upstream, callers and proxies, and asks each proxy for one reply. `extra` is for all requests, beside what a contestant needs. */
export async function openRing(
  contestants: readonly Contestant[],
  ask: AskName,
  { pinned = false, extra = {} }: { pinned?: boolean; extra?: RequestShape } = {},
): Promise<Ring> {
  const upstream = await Program.start('upstream', new URL('./upstream.ts', import.meta.url))
  const load = await Program.start('load', new URL('./load.ts', import.meta.url))
  const origin = `http://127.0.0.1:${upstream.port}`
  const entrants: Entrant[] = []
  const absent: Absence[] = []
  for (const contestant of contestants) {
    const { name, server, option = '' } = contestant
    try {
      const program = await Program.start(name, new URL('./serve.ts', import.meta.url), server, origin, option)
      const entrant = { contestant, program, shape: { ...extra, ...contestant.shape?.(origin) } }
      await check(entrant, load, ask)
      entrants.push(entrant)
    } catch (error) {
      absent.push({ name, reason: textOf(error) })
    }
  }
  if (pinned) {
    for (const { program } of entrants) await program.pin(0)
    for (const program of [upstream, load]) await program.pin(1)
  }
  return { load, entrants, absent }
}

/** Throws unless the proxy gives the reply that is due, twice on one connection. */
async function check({ program, shape }: Entrant, load: Program, ask: AskName): Promise<void> {
  await load.ask({ kind: 'connect', port: program.port, connections: 1, shape })
  try {
    await load.ask({ kind: 'call', calls: 2, ask })
  } finally {
    await load.ask({ kind: 'disconnect' })
  }
}

async function warm({ contestant, program, shape }: Entrant, load: Program, warmUp: number): Promise<void> {
  const calls = Math.ceil(contestant.slow === true ? warmUp / 8 : warmUp)
  await load.ask({ kind: 'connect', port: program.port, connections: 32, shape })
  try {
    await load.ask({ kind: 'call', calls, ask: 'chat' })
  } finally {
    await load.ask({ kind: 'disconnect' })
  }
}

async function measure({ contestant, program, shape }: Entrant, load: Program, work: Work): Promise<Sample> {
  const { connections, ask } = work
  const isStream = asks[ask].events > 0
  const calls = contestant.slow === true && !isStream ? Math.ceil(work.calls / 4) : work.calls
  await load.ask({ kind: 'connect', port: program.port, connections, shape })
  try {
    // The connections to the upstream, which may have been closed since the last round, are opened before the clock starts.
    await load.ask({
      kind: 'call',
      calls: isStream ? connections : Math.ceil(calls / 8) + connections,
      ask: isStream ? 'chat' : ask,
    })
    const before = await program.cpuMicros()
    const times = (await load.ask({ kind: 'call', calls, ask })) as CallTimes
    const after = await program.cpuMicros()
    const micros = (after - before) / unitsOf(work, calls)
    return isStream ? streamSample(micros, times) : callSample(micros, times, calls)
  } finally {
    await load.ask({ kind: 'disconnect' })
  }
}

function callSample(cpu: number, { elapsed, whole }: CallTimes, calls: number): Sample {
  return { cpu, rate: calls / (elapsed / 1000), p50: whole.p50 * 1000, p99: whole.p99 * 1000 }
}

function streamSample(cpu: number, { firstByte, event }: CallTimes): Sample {
  // Events without a time of their own have none over the channel either.
  const delays = Number.isFinite(event.p50) ? { event50: event.p50 * 1000, event99: event.p99 * 1000 } : {}
  return { cpu, first50: firstByte.p50 * 1000, ...delays }
}

/** One row for each proxy, with a sample of every round. One that fails on the way is left out, and says why. */
export async function measureRounds(
  { load, entrants, absent }: Ring,
  work: Work,
  rounds: number,
  warmUp: number = usualWarmUp,
): Promise<{ rows: Row[]; absent: Absence[] }> {
  const samples = new Map<Entrant, Sample[]>()
  const failed: Absence[] = [...absent]
  const tried = async (entrant: Entrant, what: () => Promise<void>): Promise<void> => {
    try {
      await what()
    } catch (error) {
      samples.delete(entrant)
      failed.push({ name: entrant.contestant.name, reason: textOf(error) })
    }
  }
  for (const entrant of entrants) {
    await tried(entrant, async () => {
      await warm(entrant, load, warmUp)
      for (let round = 0; round < warmRounds; round++) await measure(entrant, load, work)
      samples.set(entrant, [])
    })
  }
  for (let round = 0; round < rounds; round++) {
    const present = [...samples.keys()]
    for (const at of present.keys()) {
      const entrant = present[(round + at) % present.length]
      if (entrant === undefined) continue
      await tried(entrant, async () => {
        samples.get(entrant)?.push(await measure(entrant, load, work))
      })
    }
  }
  return {
    rows: [...samples].map(([{ contestant }, own]) => ({ name: contestant.name, samples: columns(own) })),
    absent: failed,
  }
}

/** By figure, in the order of the rounds. */
export function columns(samples: readonly Sample[]): Record<string, number[]> {
  const keys = Object.keys(samples[0] ?? {})
  return Object.fromEntries(keys.map((key) => [key, samples.map((sample) => sample[key] ?? Number.NaN)]))
}
