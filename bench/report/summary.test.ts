import { describe, expect, test } from 'vitest'
import type { Figure, Table } from './result.ts'
import { roundsOf, summaries } from './summary.ts'
import { aligned, cells, short } from './text.ts'

const cpu: Figure = { key: 'cpu', title: 'processor time', unit: 'µs', against: 'ratio' }
const p50: Figure = { key: 'p50', title: 'p50', unit: 'µs', against: 'difference' }
const rate: Figure = { key: 'rate', title: 'calls', unit: '', against: 'nothing' }

const table: Table = {
  name: 'work',
  title: 'A work',
  figures: [cpu, p50, rate],
  rows: [
    { name: 'bare', samples: { cpu: [10, 100, 20], p50: [5, 6, 7], rate: [1000, 2000, 3000] } },
    { name: 'other', samples: { cpu: [20, 100, 60], p50: [6, 9, 9] } },
  ],
  absent: [{ name: 'third', reason: 'it closed a connection' }],
}

describe('a figure of many rounds', () => {
  test('is set against that of the first row in the same round, not against its median', () => {
    // 20/10, 100/100, 60/20: the median is 2, while that of the medians would be 3.
    expect(summaries(table, cpu).get('other')).toEqual({ median: 60, against: { median: 2, low: 1, high: 3 } })
    expect(summaries(table, p50).get('other')).toEqual({ median: 9, against: { median: 2, low: 1, high: 3 } })
  })

  test('that a row has not is left out', () => {
    expect([...summaries(table, rate).keys()]).toEqual(['bare'])
  })

  test('leaves out rounds in which it could not be taken', () => {
    const gap: Table = {
      ...table,
      rows: [
        { name: 'bare', samples: { cpu: [10, 10, 10] } },
        { name: 'other', samples: { cpu: [20, Number.NaN, 40] } },
        { name: 'deaf', samples: { cpu: [Number.NaN, Number.NaN, Number.NaN] } },
      ],
    }
    expect(summaries(gap, cpu).get('other')).toEqual({ median: 30, against: { median: 3, low: 2, high: 4 } })
    expect(summaries(gap, cpu).has('deaf')).toBe(false)
  })

  test('has as many rounds as it has values', () => {
    expect(roundsOf(table)).toBe(3)
  })
})

test('cells name the figures, their units and what the first row is', () => {
  expect(cells(table)).toEqual([
    ['', 'processor time, µs', 'x bare', 'p50, µs', 'over bare', 'calls'],
    ['bare', '20', '1.00x (1.00 to 1.00)', '6', '0 (0 to 0)', '2,000'],
    ['other', '60', '2.00x (1.00 to 3.00)', '9', '+2 (+1 to +3)', ''],
  ])
})

test('lines are as long as one another, and say who is left out', () => {
  const [, ...lines] = aligned(table).split('\n')
  expect(new Set(lines.slice(0, 3).map(({ length }) => length)).size).toBe(1)
  expect(lines.at(-1)).toBe('  left out: third: it closed a connection')
})

test.for([
  [1234.56, '1,230'],
  [0.012345, '0.0123'],
  [0, '0'],
  [999.9, '1,000'],
] as const)('%d is written as %s', ([value, text]) => {
  expect(short(value)).toBe(text)
})
