/** One metric in prom-client's registry whose values are read when it is scraped. It keeps none of its own. */

import { Gauge, Registry } from 'prom-client'
import type { RegistryContentType } from 'prom-client'
import type { ExemplarReading } from 'headgate'
import type { ExposedMetric } from './metrics.ts'
import type { MetricSnapshot, Sample } from './samples.ts'

type Collected = Awaited<ReturnType<Gauge['get']>>

interface Value {
  readonly value: number
  readonly labels: Readonly<Record<string, string | number>>
  readonly metricName?: string
  /** Told in OpenMetrics alone. */
  readonly exemplar?: Exemplar
}

/** As prom-client writes it. */
interface Exemplar {
  readonly labelSet: Readonly<Record<string, string>>
  readonly value: number
  /** In seconds since 1970. */
  readonly timestamp: number
}

/** Its type is told by `get`; the base class is only what a registry takes. */
export class Collector extends Gauge {
  readonly #metric: ExposedMetric
  readonly #registry: Registry<RegistryContentType>
  readonly #read: () => MetricSnapshot

  constructor(metric: ExposedMetric, registry: Registry<RegistryContentType>, read: () => MetricSnapshot) {
    const { name, help, labels, over } = metric
    super({
      name,
      help,
      labelNames: [...labels],
      aggregator: over,
      registers: [registry as Registry],
    })
    this.#metric = metric
    this.#registry = registry
    this.#read = read
  }

  override get(): Promise<Collected> {
    const { name, help, type, over } = this.#metric
    const values = this.#samples().flatMap((sample) => valuesOf(name, sample))
    const collected = { ...this.#form(name, type), help, aggregator: over, values }
    // The types of prom-client have numbers where it has words.
    return Promise.resolve(collected as unknown as Collected)
  }

  /** In OpenMetrics a counter is named without `_total`, and one whose samples do not end in it cannot be told as one. */
  #form(name: string, type: string): { readonly name: string; readonly type: string } {
    if (type !== 'counter' || this.#registry.contentType !== Registry.OPENMETRICS_CONTENT_TYPE) return { name, type }
    return name.endsWith('_total') ? { name: name.slice(0, -'_total'.length), type } : { name, type: 'unknown' }
  }

  #samples(): readonly Sample[] {
    const { row, codeClass } = this.#metric
    const samples = this.#read()[row]
    if (codeClass === undefined) return samples
    return samples.flatMap(({ labels: { code_class, ...labels }, value }) =>
      code_class === codeClass ? [{ labels, value }] : [],
    )
  }
}

/** `trace_id` is what OpenTelemetry calls it in exemplars of OpenMetrics. */
function written({ traceId, value, at }: ExemplarReading): Exemplar {
  return { labelSet: { trace_id: traceId }, value, timestamp: at }
}

function valuesOf(name: string, { labels, value }: Sample): Value[] {
  if (typeof value === 'number') return [{ labels, value }]
  let below = 0
  const bounds = [...value.bounds.map(String), '+Inf']
  return [
    ...bounds.map((le, at) => {
      below += value.counts[at] ?? 0
      const bucket = { labels: { le, ...labels }, value: below, metricName: `${name}_bucket` }
      const exemplar = value.exemplars?.[at]
      return exemplar === undefined ? bucket : { ...bucket, exemplar: written(exemplar) }
    }),
    { labels, value: value.sum, metricName: `${name}_sum` },
    { labels, value: value.count, metricName: `${name}_count` },
  ]
}
