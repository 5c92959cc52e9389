/** The state of backends as plain data, for applications and dashboards. */

import type { BreakerKind } from '@headgate/breaker'
import type { Table } from './table.ts'

export interface EndpointSnapshot {
  readonly url: string
  readonly inFlight: number
  readonly connections: number
  /** Undefined: no breaker is configured. */
  readonly breaker: BreakerKind | undefined
}

export interface BackendSnapshot {
  readonly name: string
  readonly pool: string | undefined
  readonly inFlight: number
  readonly endpoints: readonly EndpointSnapshot[]
}

export function snapshotBackends(table: Table, now: number): readonly BackendSnapshot[] {
  return [...table.backends.values()].map(({ state }) => ({
    name: state.name,
    pool: state.config.pool,
    inFlight: state.capacity.inFlight,
    endpoints: state.endpoints.map(({ endpoint, inFlight, breaker }) => ({
      url: endpoint.url,
      inFlight,
      connections: endpoint.activeConnections,
      breaker: breaker?.kindAt(now),
    })),
  }))
}
