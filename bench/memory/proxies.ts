/** What proxies hold: with many streams open, with callers who do not read, and after much work. Each figure is of a fresh process. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Contestant } from '../proxy/contestants.ts'
import { Program } from '../proxy/program.ts'
import { columns, openRing } from '../proxy/rounds.ts'
import type { Absence, Figure, Row, Table } from '../report/result.ts'
import { slope } from '../report/statistics.ts'
import { reachableObjects } from './snapshot.ts'

const mebibyte = 2 ** 20
const streams = 1000
const stalledReaders = 50
/** For the streams to settle, and for buffers to fill. */
const settleMs = 3000
const cycles = 12
/** The first ones still compile and grow pools. */
const warmCycles = 4
const callsPerCycle = 2000

interface Party {
  readonly load: Program
  readonly program: Program
  readonly connect: (connections: number) => Promise<void>
}

type Measure = (party: Party) => Promise<Readonly<Record<string, number>>>

const openStreams: Measure = async ({ load, program, connect }) => {
  await connect(streams)
  await load.ask({ kind: 'call', calls: streams, ask: 'chat' })
  await load.ask({ kind: 'open', ask: 'held', stalled: false })
  await pause(settleMs)
  return { rss: (await program.memory(false)).rss / mebibyte }
}

const slowReaders: Measure = async ({ load, program, connect }) => {
  await connect(stalledReaders)
  await load.ask({ kind: 'call', calls: callsPerCycle, ask: 'chat' })
  const before = await program.memory(true)
  await load.ask({ kind: 'open', ask: 'flood', stalled: true })
  await pause(settleMs)
  const after = await program.memory(false)
  return { growth: (after.rss - before.rss) / mebibyte }
}

/** Growth of what is reachable, in bytes a call and objects per 1,000 calls, over cycles of calls and of streams that are left in the middle. */
const growth: Measure = async ({ load, program, connect }) => {
  const used: number[] = []
  let before = 0
  for (let cycle = 0; cycle < cycles; cycle++) {
    await connect(100)
    await load.ask({ kind: 'call', calls: callsPerCycle, ask: 'chat' })
    await load.ask({ kind: 'open', ask: 'held', stalled: false })
    await load.ask({ kind: 'disconnect' })
    await pause(200)
    const { heapUsed, external } = await program.memory(true)
    if (cycle >= warmCycles) used.push(heapUsed + external)
    else if (cycle === warmCycles - 1) before = await reachableObjects(program)
  }
  const more = (await reachableObjects(program)) - before
  const calls = (cycles - warmCycles) * callsPerCycle
  return { bytes: slope(used) / callsPerCycle, objects: (more / calls) * 1000 }
}

async function measureOne(contestant: Contestant, measure: Measure): ReturnType<Measure> {
  try {
    const { load, entrants, absent } = await openRing([contestant], 'chat')
    const [entrant] = entrants
    if (entrant === undefined) throw new Error(absent[0]?.reason)
    const { program, shape } = entrant
    const connect = async (connections: number): Promise<void> => {
      await load.ask({ kind: 'connect', port: program.port, connections, shape })
    }
    return await measure({ load, program, connect })
  } finally {
    await Program.stopAll()
  }
}

interface Question {
  readonly name: string
  readonly title: string
  readonly figures: readonly Figure[]
  readonly measure: Measure
  readonly contestants: readonly Contestant[]
}

async function ask({ name, title, figures, measure, contestants }: Question, rounds: number): Promise<Table> {
  const found = new Map<string, Readonly<Record<string, number>>[]>(
    contestants.map((contestant) => [contestant.name, []]),
  )
  const absent: Absence[] = []
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) {
      const samples = found.get(contestant.name)
      if (samples === undefined) continue
      try {
        samples.push(await measureOne(contestant, measure))
      } catch (error) {
        found.delete(contestant.name)
        absent.push({ name: contestant.name, reason: error instanceof Error ? error.message : String(error) })
      }
    }
  }
  const rows = [...found].map(([row, samples]): Row => ({ name: row, samples: columns(samples) }))
  return { name, title, figures, rows, absent }
}

export function streamTable(contestants: readonly Contestant[], rounds: number): Promise<Table> {
  const title = `Memory with ${streams.toLocaleString('en-US')} streams open`
  const figure: Figure = { key: 'rss', title: 'resident', unit: 'MiB', against: 'ratio' }
  return ask({ name: 'open-streams', title, figures: [figure], measure: openStreams, contestants }, rounds)
}

export function slowReaderTable(contestants: readonly Contestant[], rounds: number): Promise<Table> {
  const title = `Growth with ${stalledReaders} callers who stop reading replies of 64 MiB`
  const figure: Figure = { key: 'growth', title: 'resident memory grows by', unit: 'MiB', against: 'difference' }
  return ask({ name: 'slow-readers', title, figures: [figure], measure: slowReaders, contestants }, rounds)
}

export function leakTable(contestants: readonly Contestant[], rounds: number): Promise<Table> {
  const title = `What stays behind, over ${cycles - warmCycles} cycles of ${callsPerCycle.toLocaleString('en-US')} calls and 100 streams that are left, garbage collected after each`
  const figures: readonly Figure[] = [
    { key: 'bytes', title: 'growth a call', unit: 'bytes', against: 'difference' },
    { key: 'objects', title: 'objects that stay per 1,000 calls', unit: '', against: 'nothing' },
  ]
  return ask({ name: 'leak', title, figures, measure: growth, contestants }, rounds)
}
