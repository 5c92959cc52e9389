/** The few figures that most readers come for: what a call and an event cost, as ratios to the first row of each table. */
import type { Result } from '../report/result.ts'
import { summaries } from '../report/summary.ts'

const gateway = 'headgate, every policy'
const heavy = ['hono/proxy', 'Portkey']

/** A head and a line for each table whose first figure is a ratio; none where headgate did not take part. */
export function glance(results: readonly Result[]): string[][] {
  const lines = results.flatMap(({ tables }) =>
    tables.flatMap((table): string[][] => {
      const figure = table.figures.find(({ against }) => against === 'ratio')
      if (figure === undefined) return []
      const ratios = [...summaries(table, figure)].flatMap(([name, { against }]): [string, number][] =>
        against === undefined ? [] : [[name, against.median]],
      )
      const by = new Map(ratios)
      const own = by.get(gateway)
      if (own === undefined) return []
      const peers = ratios.filter(
        ([name]) => !name.startsWith('bare') && !name.includes('headgate') && !heavy.includes(name),
      )
      const [lean] = peers.toSorted(([, a], [, b]) => a - b)
      const text = (ratio: number | undefined): string => (ratio === undefined ? '' : `${ratio.toFixed(2)}x`)
      return [
        [
          table.title,
          text(own),
          lean === undefined ? '' : `${text(lean[1])} ${lean[0]}`,
          ...heavy.map((name) => text(by.get(name))),
        ],
      ]
    }),
  )
  return lines.length === 0
    ? []
    : [['processor time, times that of `bare`', 'headgate, every policy', 'leanest peer', ...heavy], ...lines]
}
