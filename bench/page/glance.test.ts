import { expect, test } from 'vitest'
import type { Result, Row } from '../report/result.ts'
import { glance } from './glance.ts'

function resultOf(rows: readonly Row[]): Result {
  const cpu = { key: 'cpu', title: 'processor time', unit: 'µs', against: 'ratio' } as const
  const table = { name: 'a', title: 'A work', figures: [cpu], rows, absent: [] }
  const machine = { cpu: 'c', cores: 2, memoryGiB: 1, os: 'o' }
  return { bench: 'load', command: 'c', date: '2026-01-01', machine, versions: {}, tables: [table] }
}

const row = (name: string, cpu: number): Row => ({ name, samples: { cpu: [cpu] } })

test('the leanest peer is neither bare nor headgate, nor one of those that have columns of their own', () => {
  const rows = [
    row('bare', 10),
    row('headgate, every policy', 11),
    row('headgate on Express', 1),
    row('a', 20),
    row('b', 15),
    row('Portkey', 5),
  ]
  expect(glance([resultOf(rows)]).slice(1)).toEqual([['A work', '1.10x', '1.50x b', '', '0.50x']])
})

test('there is nothing to see where headgate did not take part', () => {
  expect(glance([resultOf([row('bare', 10), row('a', 20)])])).toEqual([])
})
