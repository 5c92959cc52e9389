/** Metrics of several processes to those of the program. It knows no processes: it is given what each of them tells. */

import type { ExposedMetric } from '@headgate/prometheus'
import { AggregatorRegistry, Registry } from 'prom-client'
import type { MetricObjectWithValues, MetricValue } from 'prom-client'

/** What a registry tells as plain data: it crosses between processes. */
export type Collected = readonly MetricObjectWithValues<MetricValue<string>>[]

/** Text of everything that was told, each metric as its row says: counts and gauges added up, some the highest. */
export function textOf(told: readonly Collected[]): Promise<string> {
  return AggregatorRegistry.aggregate(told as Collected[]).metrics()
}

export const contentType: string = Registry.PROMETHEUS_CONTENT_TYPE

/**
 * What goes on counting when a process ends. Of those that are gone the last that was told is kept, so that no sum falls: only
 * what they counted after the last scrape is lost.
 */
export class Departed {
  #kept: Collected = []

  get collected(): Collected {
    return this.#kept
  }

  add(last: Collected): void {
    const counts = last.filter(({ type }) => isCount(String(type)))
    const merged = AggregatorRegistry.aggregate([this.#kept, counts] as Collected[])
    // What it made of them has all fields of what was told, and a function that cannot be told.
    this.#kept = (merged.getMetricsAsArray() as unknown as Collected).map((metric) => ({ ...metric, get: undefined }))
  }
}

function isCount(type: string): boolean {
  return type === 'counter' || type === 'histogram'
}

/** One number without labels, as a registry would tell it. */
export function single({ name, help, type, over }: ExposedMetric, value: number): Collected {
  const told = { name, help, type, aggregator: over, values: [{ value, labels: {} }] }
  // The types of prom-client have numbers where it has words.
  return [told] as unknown as Collected
}
