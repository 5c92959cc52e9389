/**
 * Times several ways of doing the same work against one another. It knows nothing of the work.
 *
 * Machines are noisy, so contestants take turns: every round times each of them once, in an order that rotates. What is
 * compared is the median of the rounds' medians; the spread is that of the ratios of single rounds.
 */
import { Bench } from 'tinybench'
import { verdictOf } from './goals.ts'
import type { Goal, Verdict } from './goals.ts'

/** One way of doing the work of a comparison. */
export interface Contestant<Item, Answer> {
  readonly name: string
  /** Does the work for one item. */
  readonly call: (item: Item) => Answer
  /** Awaits each call. */
  readonly awaited?: boolean
}

export interface Comparison<Item, Answer> {
  readonly title: string
  /** What the calls are made with, over and over; a power of two of them. */
  readonly items: readonly Item[]
  /** Throws unless the contestant gives equal results. Asked of each before anything is timed. */
  readonly check: (contestant: Contestant<Item, Answer>) => void | Promise<void>
  /** The first is the one that the others are compared with. */
  readonly contestants: readonly Contestant<Item, Answer>[]
  /** Those that cannot take part, and why. */
  readonly absent?: readonly string[]
  readonly goals?: readonly Goal[]
}

export interface Settings {
  readonly rounds: number
  /** Time for each contestant in each round. */
  readonly roundMs: number
}

export interface Row {
  readonly name: string
  readonly nsPerCall: number
  /** Times the first contestant's. */
  readonly ratio: number
  readonly lowest: number
  readonly highest: number
}

export interface Table {
  readonly title: string
  readonly rows: readonly Row[]
  readonly absent: readonly string[]
  readonly verdicts: readonly Verdict[]
}

type Batch = (calls: number) => number | Promise<number>

/** Keeps results alive, so that no call can be left out as unused. */
const sink: { used: number } = { used: 0 }

let loops = 0

/**
 * A loop of its own for each contestant. V8 shares what it learns between closures of one literal, and of one text, so a loop in a
 * common function would see every contestant's call and be fast for none of them.
 */
function batchOf<Item, Answer>(contestant: Contestant<Item, Answer>, items: readonly Item[]): Batch {
  const { call, awaited = false } = contestant
  const [begin, wait] = awaited ? ['async', 'await'] : ['', '']
  // Each batch goes on where the last one ended, so that in the end all items had their turn.
  const body = `let start = 0
  return ${begin} function batch${++loops}(calls) {
    let used = 0
    const end = start + calls
    for (let index = start; index < end; index++) if (${wait} call(items[index & ${items.length - 1}]) !== undefined) used++
    start = end & ${items.length - 1}
    return used
  }`
  // oxlint-disable-next-line typescript/no-implied-eval -- made of this file's own text; see above
  const make = new Function('call', 'items', body) as (call: unknown, items: unknown) => Batch
  return make(call, items)
}

/** As many calls as take about a tenth of a millisecond, so that reading the clock is nothing beside them. */
async function callsPerBatch(batch: Batch, awaited: boolean): Promise<number> {
  for (let calls = 8; ; calls *= 2) {
    const began = performance.now()
    const used = batch(calls)
    sink.used += awaited ? await used : Number(used)
    if (performance.now() - began >= 0.1 || calls >= 2 ** 20) return calls
  }
}

/** The median time of one batch, in ms. */
async function timeOf(name: string, batch: Batch, calls: number, awaited: boolean, roundMs: number): Promise<number> {
  const bench = new Bench({ time: roundMs, iterations: 5, warmup: false, throws: true })
  bench.add(
    name,
    awaited
      ? async () => {
          sink.used += await batch(calls)
        }
      : () => {
          sink.used += Number(batch(calls))
        },
    { async: awaited },
  )
  await bench.run()
  const result = bench.tasks[0]?.result
  if (result?.state !== 'completed') throw new Error(`${name}: ended as ${result?.state}`)
  return result.latency.p50
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

export async function compare<Item, Answer>(
  { title, items, check, contestants, absent = [], goals = [] }: Comparison<Item, Answer>,
  { rounds, roundMs }: Settings,
): Promise<Table> {
  if ((items.length & (items.length - 1)) !== 0)
    throw new RangeError(`${title}: ${items.length} items are no power of two`)
  for (const contestant of contestants) await check(contestant)

  const entries = []
  for (const contestant of contestants) {
    const { name, awaited = false } = contestant
    const batch = batchOf(contestant, items)
    await callsPerBatch(batch, awaited)
    await timeOf(name, batch, 64, awaited, roundMs)
    entries.push({ name, batch, awaited, calls: await callsPerBatch(batch, awaited), ns: [] as number[] })
  }

  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < entries.length; turn++) {
      const entry = entries[(round + turn) % entries.length]
      if (!entry) continue
      const ms = await timeOf(entry.name, entry.batch, entry.calls, entry.awaited, roundMs)
      entry.ns.push((ms * 1e6) / entry.calls)
    }
  }

  const first = entries[0]?.ns ?? []
  const rows = entries.map(({ name, ns }) => {
    const ratios = ns.map((value, round) => value / (first[round] ?? Number.NaN))
    const ratio = median(ns) / median(first)
    return { name, nsPerCall: median(ns), ratio, lowest: Math.min(...ratios), highest: Math.max(...ratios) }
  })
  const times = new Map(rows.map(({ name, nsPerCall }) => [name, nsPerCall]))
  const verdicts = goals.map((goal) => verdictOf(goal, times)).filter((one) => one !== undefined)
  return { title, rows, absent, verdicts }
}
