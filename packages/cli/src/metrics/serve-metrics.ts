/** `--metrics`: what the processes of a gateway have counted, at one address. */

import { exposedMetrics } from '@headgate/prometheus'
import type { ExposedMetric } from '@headgate/prometheus'
import type { MetricsOption } from '../arguments.ts'
import type { Address } from '../option-values.ts'
import type { Serving } from '../serve-gateway.ts'
import { contentType, single, textOf } from './collected.ts'
import { openMetricsServer } from './metrics-server.ts'

export interface ServeMetrics {
  readonly address: Address
  /** Files with errors never come to a gateway: they are counted here. */
  reloadRefused(): void
  close(): Promise<void>
}

/** Listens once it resolves; rejects when the address is taken. */
export async function serveMetrics(
  serving: Pick<Serving, 'collect'>,
  { address, prefix }: MetricsOption,
): Promise<ServeMetrics> {
  const refusals = exposedMetrics(prefix).find(({ row }) => row === 'config_reloads_refused_total') as ExposedMetric
  let refused = 0
  const server = await openMetricsServer(address, {
    contentType,
    text: async () => textOf([...(await serving.collect()), single(refusals, refused)]),
  })
  return {
    address: server.address,
    reloadRefused: () => void refused++,
    close: () => server.close(),
  }
}
