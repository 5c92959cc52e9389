/** The state of backends as plain data, for applications and dashboards. */

import type { BreakerKind, HealthKind } from '@headgate/breaker'
import type { BackendState } from '../backends/backend-state.ts'
import type { EndpointState } from '../backends/endpoint-state.ts'
import type { Table } from './table.ts'

export interface EndpointSnapshot {
  readonly url: string
  readonly inFlight: number
  readonly connections: number
  /** Attempts in flight that wait for a connection. */
  readonly waiting: number
  /** Undefined: no breaker is configured. */
  readonly breaker: BreakerKind | undefined
  /** Taken out by outlier detection. Undefined: none is configured. */
  readonly ejected: boolean | undefined
  /** As the active health checks have it. Undefined: none are configured. */
  readonly health: HealthKind | undefined
  /** Time to the head of a reply, as `peak-ewma` weighs it, in ms. Undefined where endpoints are chosen otherwise. */
  readonly latencyMs: number | undefined
}

export interface BackendSnapshot {
  readonly name: string
  readonly pool: string | undefined
  readonly inFlight: number
  /** Attempts in flight that wait for a connection. */
  readonly waiting: number
  /** So few endpoints are well that all are used, save by requests that have a fallback. */
  readonly panicking: boolean
  /** Since the settings of outlier detection last changed. */
  readonly ejections: number
  /** What was refused so far, by the bound that refused it. */
  readonly overflows: {
    readonly requests: number
    readonly pending: number
    readonly retries: number
    /** Ejections that `maxEjectionPercent` prevented. */
    readonly ejections: number
  }
  readonly endpoints: readonly EndpointSnapshot[]
}

export function snapshotBackends(table: Table, now: number): readonly BackendSnapshot[] {
  return [...table.backends.values()].map(({ state }) => snapshotBackend(state, now))
}

function snapshotBackend(state: BackendState, now: number): BackendSnapshot {
  state.sweep(now)
  const { capacity, ejection } = state
  return {
    name: state.name,
    pool: state.config.pool,
    inFlight: capacity.inFlight,
    waiting: state.waiting,
    panicking: state.panicking,
    ejections: ejection?.ejections ?? 0,
    overflows: {
      requests: capacity.requestOverflows,
      pending: capacity.pendingOverflows,
      retries: capacity.retryOverflows,
      ejections: ejection?.overflows ?? 0,
    },
    endpoints: state.endpoints.map((endpoint) => snapshotEndpoint(endpoint, now)),
  }
}

function snapshotEndpoint(
  { url, load, endpoint, breaker, record, check }: EndpointState,
  now: number,
): EndpointSnapshot {
  return {
    url,
    inFlight: load.inFlight,
    connections: endpoint.activeConnections,
    waiting: endpoint.waiting,
    breaker: breaker?.kindAt(now),
    ejected: record?.ejected,
    health: check?.kind,
    latencyMs: load.latency?.averageMs(now),
  }
}
