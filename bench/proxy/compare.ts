/** From the options of a command line to the tables of a comparison of proxies. */
import type { Figure, Table } from '../report/result.ts'
import type { Contestant } from './contestants.ts'
import { Program } from './program.ts'
import { measureRounds, openRing } from './rounds.ts'
import type { RequestShape } from './traffic.ts'
import type { Work } from './works.ts'

export interface Comparison {
  readonly contestants: readonly Contestant[]
  readonly works: readonly Work[]
  readonly figuresOf: (work: Work) => readonly Figure[]
  readonly rounds: number
  readonly pinned: boolean
  /** For all requests. */
  readonly extra?: RequestShape
}

/** A table for each work. Every work has processes of its own, so that none measures what another left behind. */
export async function compareProxies(comparison: Comparison): Promise<Table[]> {
  const { contestants, works, figuresOf, rounds, pinned, extra = {} } = comparison
  const tables: Table[] = []
  for (const work of works) {
    try {
      const ring = await openRing(contestants, work.ask, { pinned, extra })
      console.error(`${work.name}: ${rounds} rounds of ${ring.entrants.length} proxies`)
      const { rows, absent } = await measureRounds(ring, work, rounds)
      tables.push({ name: work.name, title: `${work.name}: ${work.title}`, figures: figuresOf(work), rows, absent })
    } finally {
      await Program.stopAll()
    }
  }
  return tables
}
