/** Tables as lines of text, for a terminal and for a page. */
import type { Figure, Table, Verdict } from './result.ts'
import { summaries } from './summary.ts'
import type { Summary } from './summary.ts'

/** Three significant digits, thousands set apart. */
export function short(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US', { maximumSignificantDigits: 3 })
}

function againstText({ against }: Figure, summary: Summary): string {
  if (summary.against === undefined) return ''
  const { median, low, high } = summary.against
  if (against === 'ratio') return `${median.toFixed(2)}x (${low.toFixed(2)} to ${high.toFixed(2)})`
  const sign = (value: number): string => (value > 0 ? `+${short(value)}` : short(value))
  return `${sign(median)} (${sign(low)} to ${sign(high)})`
}

/** A head and a line for each row: name, then each figure, with what it is against the first row's. */
export function cells(table: Table): string[][] {
  const columns = table.figures.map((figure) => ({ figure, by: summaries(table, figure) }))
  const [first] = table.rows
  const head = columns.flatMap(({ figure: { title, unit, against } }) => {
    const own = unit === '' ? title : `${title}, ${unit}`
    return against === 'nothing'
      ? [own]
      : [own, against === 'ratio' ? `x ${first?.name ?? ''}` : `over ${first?.name ?? ''}`]
  })
  const lines = table.rows.map(({ name }) => [
    name,
    ...columns.flatMap(({ figure, by }) => {
      const summary = by.get(name)
      const own = summary === undefined ? '' : short(summary.median)
      return figure.against === 'nothing' ? [own] : [own, summary === undefined ? '' : againstText(figure, summary)]
    }),
  ])
  return [['', ...head], ...lines]
}

/** With columns as wide as they need be. */
export function aligned(table: Table): string {
  const lines = cells(table)
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
  const text = lines.map((line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  )
  const absent = table.absent.map(({ name, reason }) => `left out: ${name}: ${reason}`)
  return [`${table.title}`, ...text, ...absent, ...(table.verdicts ?? []).map(verdictText)].join('\n  ')
}

export function verdictText({ text, measured, most, holds }: Verdict): string {
  return `${holds ? 'holds' : 'MISSED'}: ${text} ${digits(measured)}, goal at most ${most.toLocaleString('en-US')}`
}

/** Two digits that count: some goals are a thousandth. */
function digits(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: value < 100 ? 2 : 4 })
}
