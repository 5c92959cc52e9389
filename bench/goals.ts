/** Bounds that the benchmarks are meant to keep, and whether they do. */
import type { Verdict } from './report/result.ts'

/** How long one row may take, as a share of what another takes. */
export interface Goal {
  readonly row: string
  /** The row that it is set against: the best peer. */
  readonly peer: string
  readonly most: number
  /** A row of what the peer does not add, such as the promise alone: taken off the peer's time, so that its overhead is left. */
  readonly base?: string
}

export function verdict(text: string, measured: number, most: number): Verdict {
  return { text, measured, most, holds: measured <= most }
}

/** Of times by the name of the row. Undefined where the peer was left out, as nothing can be said then. */
export function verdictOf({ row, peer, most, base }: Goal, times: ReadonlyMap<string, number>): Verdict | undefined {
  const own = times.get(row)
  const theirs = times.get(peer)
  if (own === undefined) throw new RangeError(`no row is called ${row}`)
  if (theirs === undefined) return undefined
  const off = base === undefined ? 0 : (times.get(base) ?? Number.NaN)
  const whose = base === undefined ? peer : `what ${peer} adds`
  return verdict(`${row} / ${whose}`, own / (theirs - off), most)
}
