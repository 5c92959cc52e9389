/** From the figures of many rounds to the few that are shown. */
import type { Against, Figure, Row, Table } from './result.ts'
import { median, medianBounds } from './statistics.ts'

export interface Summary {
  readonly median: number
  /** The median of what single rounds give against the first row, and its 95 % bounds. */
  readonly against?: { readonly median: number; readonly low: number; readonly high: number }
}

function pairs(own: readonly number[], first: readonly number[], against: Against): number[] {
  const count = Math.min(own.length, first.length)
  const set = (a: number, b: number): number => (against === 'ratio' ? a / b : a - b)
  return Array.from({ length: count }, (_, round) => set(own[round] ?? Number.NaN, first[round] ?? Number.NaN))
}

/** Undefined where the row has no such figure. */
export function summarize({ key, against }: Figure, row: Row, first: Row | undefined): Summary | undefined {
  const own = row.samples[key] ?? []
  if (own.length === 0) return undefined
  const base = first?.samples[key] ?? []
  if (against === 'nothing' || base.length === 0) return { median: median(own) }
  const ratios = pairs(own, base, against)
  const [low, high] = medianBounds(ratios)
  return { median: median(own), against: { median: median(ratios), low, high } }
}

/** By the name of the row. */
export function summaries(table: Table, figure: Figure): Map<string, Summary> {
  const [first] = table.rows
  const all = table.rows.flatMap((row): [string, Summary][] => {
    const summary = summarize(figure, row, first)
    return summary === undefined ? [] : [[row.name, summary]]
  })
  return new Map(all)
}

export function roundsOf({ rows }: Table): number {
  return Math.max(0, ...rows.flatMap(({ samples }) => Object.values(samples).map(({ length }) => length)))
}
