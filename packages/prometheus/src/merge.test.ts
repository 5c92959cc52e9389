/** Adding up what several processes tell. */

import { describe, expect, test } from 'vitest'
import { snapshotText } from './expose.ts'
import { countsOf, mergeSnapshots, nothingCounted } from './merge.ts'
import type { MetricSnapshot, Sample } from './samples.ts'

const bounds = [0.5, 30]

function told(counted: number, flying: number, open: number): MetricSnapshot {
  const one = (value: Sample['value']): Sample[] => [{ labels: { upstream_cluster: 'b' }, value }]
  return {
    ...nothingCounted,
    retries_total: one(counted),
    upstream_rq_active: one(flying),
    circuit_breaker_open: one(open),
    upstream_rq_duration_seconds: one({ bounds, counts: [counted, 1, 0], count: counted + 1, sum: counted / 2 }),
  }
}

function values(snapshot: MetricSnapshot): unknown[] {
  const { retries_total, upstream_rq_active, circuit_breaker_open, upstream_rq_duration_seconds } = snapshot
  return [retries_total, upstream_rq_active, circuit_breaker_open, upstream_rq_duration_seconds].map((samples) =>
    samples.map(({ value }) => value),
  )
}

test('counts, gauges and buckets are added up, the breaker is the highest', () => {
  expect(values(mergeSnapshots([told(3, 1, 1), told(4, 2, 0)]))).toEqual([
    [7],
    [3],
    [1],
    [{ bounds, counts: [7, 2, 0], count: 9, sum: 3.5 }],
  ])
})

test('of two exemplars of a bucket the later one is kept', () => {
  const exemplar = (traceId: string, at: number) => ({ traceId, value: 1, at })
  const told = (exemplars: readonly (ReturnType<typeof exemplar> | undefined)[]): MetricSnapshot => ({
    ...nothingCounted,
    request_duration_seconds: [{ labels: {}, value: { bounds, counts: [1, 1, 1], count: 3, sum: 3, exemplars } }],
  })
  const [a, b, c] = [exemplar('a', 1), exemplar('b', 2), exemplar('c', 3)]
  const together = mergeSnapshots([told([a, c, undefined]), told([b, a, b])])
  expect(together.request_duration_seconds[0]?.value).toMatchObject({ exemplars: [b, c, b] })
})

test('what counts stays of a process that is gone, and what it held does not', () => {
  const histogram = { bounds, counts: [3, 1, 0], count: 4, sum: 1.5 }
  expect(values(countsOf(told(3, 1, 1)))).toEqual([[3], [], [], [histogram]])
})

describe('series', () => {
  // The key of prom-client's own aggregation is made of labels joined by these.
  test.for([
    [
      { route: 'a,rule:b', rule: 'c' },
      { route: 'a', rule: 'b,rule:c' },
    ],
    [
      { route: 'a:b', rule: '' },
      { route: 'a', rule: ':b' },
    ],
    [
      { route: 'a","b', rule: 'c' },
      { route: 'a', rule: 'b","c' },
    ],
  ])('%j and %j stay apart', async ([one = {}, other = {}]) => {
    const snapshots = [one, other].map((labels, at) => ({
      ...nothingCounted,
      request_results_total: [{ labels: { ...labels, result: 'completed' }, value: at + 1 }],
    }))
    const together = mergeSnapshots([...snapshots, ...snapshots])
    expect(together.request_results_total.map(({ value }) => value)).toEqual([2, 4])
    expect((await snapshotText(together, { prefix: 'h' })).match(/^h_request_results_total\{.*$/gm)).toHaveLength(2)
  })

  test('those that only one process has are kept', () => {
    const one = { ...nothingCounted, limit_keys: [{ labels: { limit: 'a' }, value: 1 }] }
    const other = { ...nothingCounted, limit_keys: [{ labels: { limit: 'b' }, value: 2 }] }
    expect(mergeSnapshots([one, other]).limit_keys).toEqual([...one.limit_keys, ...other.limit_keys])
  })
})
