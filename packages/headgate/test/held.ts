/** Everything that a request holds in a gateway and must give back. */

import type { Gateway } from 'headgate'

/** Counts of one moment, to be compared with those of another. */
export interface Held {
  readonly inFlight: number
  readonly endpoints: number
  readonly capacity: number
  readonly queued: number
  /** Open connections to backends that serve somebody. */
  readonly connections: number
  readonly alarms: number
  readonly keptBytes: number
}

export function heldBy(gate: Gateway): Held {
  const backends = [...gate.port.table.backends.values()].map(({ state }) => state)
  const endpoints = backends.flatMap((backend) => backend.endpoints)
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)
  return {
    inFlight: gate.inFlight,
    endpoints: sum(endpoints.map(({ inFlight }) => inFlight)),
    capacity: sum(backends.map(({ capacity }) => capacity.inFlight)),
    queued: sum(endpoints.map(({ endpoint }) => endpoint.waiting)),
    connections: sum(endpoints.map(({ endpoint }) => endpoint.activeConnections - endpoint.idleConnections)),
    alarms: sum([...new Set(endpoints.map(({ endpoint }) => endpoint.wheel))].map(({ armed }) => armed)),
    keptBytes: gate.port.bodies.budget.used,
  }
}

/** A gateway that carries nothing. */
export const nothing: Held = {
  inFlight: 0,
  endpoints: 0,
  capacity: 0,
  queued: 0,
  connections: 0,
  alarms: 0,
  keptBytes: 0,
}

/** Resolves when the condition holds, looking once for each turn of the event loop. */
export async function when(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
