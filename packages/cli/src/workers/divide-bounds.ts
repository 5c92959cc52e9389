/** Bounds that count, divided among worker processes. It knows no processes. */

import { formatDuration } from '@headgate/config'
import type { BackendConfig, CapacityConfig, GatewayConfig, LimitConfig, RetryBudgetConfig } from '@headgate/config'
import type { Diagnostic } from '@headgate/gateway-api'

export interface Divided {
  /** The config of each worker. */
  readonly config: GatewayConfig
  /** One note for each thing that was divided. */
  readonly notes: readonly Diagnostic[]
}

/**
 * Divides what counts across callers: tokens and burst of limits, connections, pending and running requests, retries, the
 * retry budget's minimum. Each share is rounded up, so that none becomes 0 and all together may let through a little more.
 * A backend without capacity stays without: its default is meant to be out of the way. `file` is named in notes on what
 * does not say where it was written.
 */
export function divideBounds(config: GatewayConfig, workers: number, file: string): Divided {
  if (workers === 1) return { config, notes: [] }
  const notes: Diagnostic[] = []
  const note = (what: string, origin: string | undefined, parts: readonly string[]): void => {
    const message = `${what}: each of ${workers} workers gets its share: ${parts.join(', ')}`
    if (parts.length > 0) notes.push({ severity: 'info', code: 'divided-bound', ...placeOf(origin, file), message })
  }
  const limits = config.limits.map((limit): LimitConfig => {
    const tokens = share(limit.tokens, workers)
    const burst = share(limit.burst, workers)
    const every = formatDuration(limit.every)
    note(`limit ${limit.name}`, limit.origin, [
      `${tokens} of ${limit.tokens} tokens each ${every}`,
      `a burst of ${burst} of ${limit.burst}`,
    ])
    return { ...limit, tokens, burst }
  })
  const backends = config.backends.map((backend): BackendConfig => {
    const parts: string[] = []
    const capacity = backend.capacity === undefined ? undefined : divideCapacity(backend.capacity, workers, parts)
    const retryBudget = backend.retryBudget
    const divided = {
      ...backend,
      ...(capacity === undefined ? {} : { capacity }),
      ...(retryBudget === false ? {} : { retryBudget: divideBudget(retryBudget, workers) }),
    }
    note(`backend ${backend.name}`, backend.origin, parts)
    return divided
  })
  return { config: { ...config, limits, backends }, notes }
}

function divideBudget(budget: RetryBudgetConfig, workers: number): RetryBudgetConfig {
  const { minimum, concurrent } = budget
  return {
    ...budget,
    minimum: share(minimum, workers),
    ...(concurrent !== undefined && { concurrent: { ...concurrent, minimum: share(concurrent.minimum, workers) } }),
  }
}

const capacityNames = {
  maxRequests: 'requests',
  maxConnections: 'connections an endpoint',
  maxPending: 'pending requests',
  maxRetries: 'retries at once',
} as const satisfies Partial<Record<keyof CapacityConfig, string>>

function divideCapacity(capacity: CapacityConfig, workers: number, parts: string[]): CapacityConfig {
  const divided: Record<string, number> = {}
  for (const [field, words] of Object.entries(capacityNames)) {
    const whole = capacity[field as keyof typeof capacityNames]
    if (whole === undefined) continue
    divided[field] = share(whole, workers)
    parts.push(`${divided[field]} of ${whole} ${words}`)
  }
  return { ...capacity, ...divided }
}

function share(whole: number, workers: number): number {
  return Math.ceil(whole / workers)
}

/** An origin is `file:line`. */
function placeOf(origin: string | undefined, file: string): { readonly file: string; readonly line: number } {
  const found = /^(.*):(\d+)$/.exec(origin ?? '')
  return { file: found?.[1] ?? file, line: Number(found?.[2] ?? 1) }
}
