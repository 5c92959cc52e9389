/** Snapshots of several processes to one, each metric as its row says. It knows no processes. */

import type { ExemplarReading, HistogramReading } from 'headgate'
import { mapRows, metricTable } from './metrics.ts'
import type { MetricRow } from './metrics.ts'
import type { Labels, MetricSnapshot, Sample } from './samples.ts'

/** Counts and gauges are added up, some are the highest; series are the same when all their labels are. */
export function mergeSnapshots(snapshots: readonly MetricSnapshot[]): MetricSnapshot {
  return mapRows((name, { over }) =>
    merged(
      snapshots.flatMap((snapshot) => snapshot[name]),
      over,
    ),
  )
}

/** What goes on counting when the process that told it is gone: counters and histograms. */
export function countsOf(snapshot: MetricSnapshot): MetricSnapshot {
  return mapRows((name) => (metricTable[name].type === 'gauge' ? [] : snapshot[name]))
}

export const nothingCounted: MetricSnapshot = mapRows(() => [])

function merged(samples: readonly Sample[], over: MetricRow['over']): Sample[] {
  const bySeries = new Map<string, Sample>()
  for (const sample of samples) {
    const key = keyOf(sample.labels)
    const before = bySeries.get(key)
    bySeries.set(key, before === undefined ? sample : { labels: sample.labels, value: together(before, sample, over) })
  }
  return [...bySeries.values()]
}

/** The labels of one metric stand in the same order everywhere; as JSON no value can be taken for another one. */
function keyOf(labels: Labels): string {
  return JSON.stringify(Object.values(labels))
}

function together({ value: one }: Sample, { value: other }: Sample, over: MetricRow['over']): Sample['value'] {
  if (typeof one === 'object' && typeof other === 'object') return added(one, other)
  if (typeof one === 'object' || typeof other === 'object') return one
  return over === 'max' ? Math.max(one, other) : one + other
}

/** Processes of one program have the same bounds. */
function added(one: HistogramReading, other: HistogramReading): HistogramReading {
  return {
    bounds: one.bounds,
    counts: one.counts.map((count, at) => count + (other.counts[at] ?? 0)),
    count: one.count + other.count,
    sum: one.sum + other.sum,
    ...(one.exemplars === undefined && other.exemplars === undefined
      ? {}
      : { exemplars: one.counts.map((_, at) => later(one.exemplars?.[at], other.exemplars?.[at])) }),
  }
}

function later(one: ExemplarReading | undefined, other: ExemplarReading | undefined): ExemplarReading | undefined {
  return one === undefined || (other !== undefined && other.at > one.at) ? other : one
}
