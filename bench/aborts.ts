/**
 * Does a backend hear that its caller has left, and how soon? `pnpm bench:aborts` lets callers leave while they upload, while they wait
 * for the head, for the first event, and in the middle of a stream. Proxies take turns. Fails when headgate leaves a connection open or
 * a backend hears nothing of one of its callers.
 *
 *     pnpm bench:aborts --rounds 5 --aborts 2000 --only policies,httpxy
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openAbortBackend, phases } from './aborts/backend.ts'
import type { Phase } from './aborts/backend.ts'
import { leaveAll } from './aborts/leave.ts'
import { bare, bareAgain, chosen, own, peers } from './proxy/contestants.ts'
import type { Contestant } from './proxy/contestants.ts'
import { Program } from './proxy/program.ts'
import { columns } from './proxy/rounds.ts'
import type { Sample } from './proxy/rounds.ts'
import { hostOf, modelOf } from './proxy/traffic.ts'
import { listed, wholeNumber } from './report/options.ts'
import type { Absence, Figure, Table } from './report/result.ts'
import { spreadOf } from './report/statistics.ts'
import { report } from './report/write.ts'

/** Longest wait for one backend to hear of it before the next caller goes on, and for the last ones at the end of a turn. */
const patienceMs = 100
const endPatienceMs = 1000
/** Callers of a phase of whom a proxy does not tell in the first round: it would take minutes to wait for all. */
const fewer = 20

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    aborts: { type: 'string', default: '2000' },
    only: { type: 'string' },
  },
})
const rounds = wholeNumber('rounds', values.rounds)
const aborts = wholeNumber('aborts', values.aborts)
const contestants = chosen([bare, bareAgain, ...own, ...peers], listed(values.only))

const figures: readonly Figure[] = [
  { key: 'p99', title: 'p99', unit: 'ms', against: 'ratio' },
  { key: 'p50', title: 'p50', unit: 'ms', against: 'nothing' },
  { key: 'unheard', title: 'never told', unit: '%', against: 'nothing' },
  { key: 'left', title: 'connections left', unit: '', against: 'nothing' },
]

interface Turn {
  readonly contestant: Contestant
  readonly program: Program
  readonly phase: Phase
  readonly samples: Sample[]
  problem: string | undefined
}

const backend = await openAbortBackend()

function fieldsOf({ shape }: Contestant): readonly string[] {
  const named = shape === undefined ? [] : [...(shape(backend.url).fields ?? []), 'x-portkey-forward-headers: x-id']
  return [`host: ${hostOf(0)}`, `x-model: ${modelOf(0)}`, 'x-tenant: a', 'content-type: application/json', ...named]
}

/** Waits until no connection is left, or for the patience of the end. */
async function connectionsLeft(program: Program): Promise<number> {
  const until = performance.now() + endPatienceMs
  for (;;) {
    // Those to the backend are seen from both ends.
    const left = Math.max(backend.open.size, await program.sockets())
    if (left === 0 || performance.now() > until) return left
    await pause(20)
  }
}

async function take(turn: Turn, count: number): Promise<Sample> {
  const { contestant, program, phase } = turn
  const url = `http://127.0.0.1:${program.port}`
  const path = '/v1/chat/completions'
  const leavers = { url, path, fields: fieldsOf(contestant), phaseOf: () => phase, count, patienceMs }
  const { times, unheard } = await leaveAll(backend, leavers)
  const left = await connectionsLeft(program)
  const told = times.get(phase) ?? []
  const sample = { unheard: (unheard().length / count) * 100, left }
  return told.length === 0 ? { p50: Number.NaN, p99: Number.NaN, ...sample } : { ...spreadOf(told), ...sample }
}

/** Connections that a proxy has left open are closed from behind, so that the next turn begins without them. */
function forget(): void {
  for (const socket of backend.open) socket.destroy()
}

async function measure(turn: Turn, count: number): Promise<void> {
  if (turn.problem !== undefined) return
  try {
    turn.samples.push(await take(turn, count))
  } catch (error) {
    turn.problem = error instanceof Error ? error.message : String(error)
  }
  forget()
}

async function measurePhase(programs: ReadonlyMap<Contestant, Program>, phase: Phase): Promise<Table> {
  const turns = [...programs].map(([contestant, program]): Turn => ({
    contestant,
    program,
    phase,
    samples: [],
    problem: undefined,
  }))
  for (const turn of turns) await measure(turn, 40)
  const deaf = new Set(turns.filter(({ samples }) => (samples.pop()?.['unheard'] ?? 0) > 0))
  for (let round = 0; round < rounds; round++) {
    for (const at of turns.keys()) {
      const turn = turns[(round + at) % turns.length]
      if (turn !== undefined) await measure(turn, deaf.has(turn) ? Math.ceil(aborts / fewer) : aborts)
    }
  }
  const rows = turns.filter(({ problem }) => problem === undefined)
  return {
    name: phase.replaceAll(' ', '-'),
    title: `Callers who leave ${phase}: from the caller's leaving to the backend's end of the connection`,
    figures,
    rows: rows.map(({ contestant: { name }, samples }) => ({ name, samples: columns(samples) })),
    absent: turns.flatMap(({ contestant: { name }, problem }): Absence[] =>
      problem === undefined ? [] : [{ name, reason: problem }],
    ),
  }
}

const tables: Table[] = []
try {
  const programs = new Map<Contestant, Program>()
  for (const contestant of contestants) {
    const { name, server } = contestant
    const source = new URL('proxy/serve.ts', import.meta.url)
    programs.set(contestant, await Program.start(name, source, server, backend.url))
  }
  for (const phase of phases) {
    console.error(phase)
    tables.push(await measurePhase(programs, phase))
  }
} finally {
  await Program.stopAll()
  backend.close()
}
report({ bench: 'aborts', tables, contestants })
for (const { title, rows } of tables) {
  for (const { name, samples } of rows.filter((row) => row.name.startsWith('headgate'))) {
    const failed = ['unheard', 'left'].filter((key) => samples[key]?.some((value) => value > 0))
    if (failed.length > 0) process.exitCode = 1
    for (const key of failed) console.log(`FAILED: ${name}: ${key} is ${String(samples[key])}; ${title}`)
  }
}
