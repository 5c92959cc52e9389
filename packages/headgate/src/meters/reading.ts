/** Meters, and what the state of the table says besides, as plain data. */

import type { BreakerKind } from '@headgate/breaker'
import type { BackendState } from '../backends/backend-state.ts'
import type { Table } from '../table/table.ts'
import type { AttemptReadings } from './backend-meter.ts'
import type { LimitReading } from './limit-meter.ts'
import type { Meters } from './meters.ts'
import type { RuleReading } from './rule-meter.ts'

/** What is there now; undefined in `BackendReading` for a backend that a reload removed. */
export interface BackendNow {
  /** Attempts in flight, mirrors among them. */
  readonly inFlight: number
  /** Open or being opened, over all endpoints. */
  readonly connections: number
  readonly idleConnections: number
  /** Attempts that wait for a connection. */
  readonly waiting: number
  readonly endpoints: number
  /** Endpoints by the state of their breaker; none where none is configured. */
  readonly breakers: Readonly<Record<BreakerKind, number>>
  readonly ejected: number
  readonly unhealthy: number
  /** Counts since the settings behind them last changed. */
  readonly ejections: number
  /** By the bound that refused; `ejections` are those that `maxEjectionPercent` prevented. */
  readonly overflows: {
    readonly requests: number
    readonly pending: number
    readonly retries: number
    readonly ejections: number
  }
  /** Repeats that were due and not made, by what refused them. */
  readonly refusedRetries: { readonly budget: number; readonly concurrency: number }
}

export interface BackendReading extends AttemptReadings {
  readonly backend: string
  readonly now: BackendNow | undefined
}

/** All counts of a gateway since measuring began, and its state now. */
export interface MetersReading {
  readonly inFlight: number
  /** Changes of the config that took effect, weights among them, and such as were refused. */
  readonly reloads: number
  readonly refusedReloads: number
  /** The rules of all routes; the first one stands for requests that no route took. */
  readonly rules: readonly RuleReading[]
  readonly backends: readonly BackendReading[]
  readonly limits: readonly LimitReading[]
}

export function readMeters(meters: Meters, table: Table, inFlight: number, now: number): MetersReading {
  return {
    inFlight,
    reloads: meters.reloads,
    refusedReloads: meters.refusedReloads,
    rules: [meters.unrouted, ...meters.rules].map((meter) => meter.read()),
    backends: Array.from(meters.backends, (meter) => {
      const state = table.backends.get(meter.name)?.state
      return { backend: meter.name, ...meter.read(), now: state === undefined ? undefined : readNow(state, now) }
    }),
    limits: Array.from(meters.limits, ({ name, allowed, refused }) => ({
      limit: name,
      allowed,
      refused,
      keys: table.limits.get(name)?.limiter.size,
    })),
  }
}

function readNow(state: BackendState, now: number): BackendNow {
  state.sweep(now)
  const { capacity, ejection, endpoints, repeats } = state
  const breakers = { closed: 0, open: 0, 'half-open': 0 }
  for (const { breaker } of endpoints) if (breaker !== undefined) breakers[breaker.kind]++
  return {
    inFlight: capacity.inFlight,
    connections: sum(state, ({ endpoint }) => endpoint.activeConnections),
    idleConnections: sum(state, ({ endpoint }) => endpoint.idleConnections),
    waiting: state.waiting,
    endpoints: endpoints.length,
    breakers,
    ejected: sum(state, ({ record }) => Number(record?.ejected === true)),
    unhealthy: sum(state, ({ check }) => Number(check?.kind === 'unhealthy')),
    ejections: ejection?.ejections ?? 0,
    overflows: {
      requests: capacity.requestOverflows,
      pending: capacity.pendingOverflows,
      retries: capacity.retryOverflows,
      ejections: ejection?.overflows ?? 0,
    },
    refusedRetries: { ...repeats.refused },
  }
}

function sum({ endpoints }: BackendState, of: (endpoint: BackendState['endpoints'][number]) => number): number {
  return endpoints.reduce((total, endpoint) => total + of(endpoint), 0)
}
