/** `--metrics`: what the processes of a gateway have counted, at one address. */

import { mergeSnapshots, snapshotText } from '@headgate/prometheus'
import type { MetricName, Sample } from '@headgate/prometheus'
import { Registry } from 'prom-client'
import type { MetricsOption } from '../arguments.ts'
import type { Address } from '../option-values.ts'
import type { Serving } from '../serve-gateway.ts'
import { openMetricsServer } from './metrics-server.ts'

export interface ServeMetrics {
  readonly address: Address
  /** What was read from the files is in force, in all processes. */
  reloaded(): void
  /** The gateway goes on as it was; files with errors never come to one. */
  reloadRefused(): void
  close(): Promise<void>
}

/** Listens once it resolves; rejects when the address is taken. */
export async function serveMetrics(
  serving: Pick<Serving, 'collect'>,
  { address, prefix, format }: MetricsOption,
): Promise<ServeMetrics> {
  const reloads = new Reloads()
  const openMetrics = format === 'openmetrics'
  const server = await openMetricsServer(address, {
    contentType: openMetrics ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE,
    text: async () => {
      const snapshot = { ...mergeSnapshots(await serving.collect()), ...reloads.samples }
      return await snapshotText(snapshot, { prefix, openMetrics })
    },
  })
  return {
    address: server.address,
    reloaded: () => void reloads.done++,
    reloadRefused: () => void reloads.refused++,
    close: () => server.close(),
  }
}

/** Changes of the config as the program makes them: a process that was replaced knows only those since it began. */
class Reloads {
  done = 0
  refused = 0

  get samples(): Partial<Record<MetricName, readonly Sample[]>> {
    const one = (value: number): readonly Sample[] => [{ labels: {}, value }]
    return {
      config_reloads_total: one(this.done),
      config_reloads_refused_total: one(this.refused),
      config_version: one(this.done + 1),
    }
  }
}
