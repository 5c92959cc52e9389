/** From the figures of many rounds to the few that are shown. */
import type { Against, Figure, Row, Table } from './result.ts'
import { median, medianBounds } from './statistics.ts'

export interface Summary {
  readonly median: number
  /** The median of what single rounds give against the first row, and its 95 % bounds. */
  readonly against?: { readonly median: number; readonly low: number; readonly high: number }
}

/** Of the rounds in which both have a figure. */
function pairs(own: readonly number[], first: readonly number[], against: Against): number[] {
  const set = (a: number, b: number): number => (against === 'ratio' ? a / b : a - b)
  return own.flatMap((value, round) => {
    const base = first[round]
    return Number.isFinite(value) && base !== undefined && Number.isFinite(base) ? [set(value, base)] : []
  })
}

/** Undefined where the row has no such figure. One that could not be taken in a round is NaN, which JSON writes as null. */
function summarize({ key, against }: Figure, row: Row, first: Row | undefined): Summary | undefined {
  const own = (row.samples[key] ?? []).filter(Number.isFinite)
  if (own.length === 0) return undefined
  const ratios = against === 'nothing' ? [] : pairs(row.samples[key] ?? [], first?.samples[key] ?? [], against)
  if (ratios.length === 0) return { median: median(own) }
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
