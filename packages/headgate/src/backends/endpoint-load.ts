/** What one URL of a backend has to do, whatever its settings: it lives as long as a table names it. */

import type { BreakerKind, HealthKind } from '@headgate/breaker'
import { PeakEwma } from '@headgate/selector'

/** The backend as the newest table has it, told of what its endpoints find out. */
export interface EndpointOwner {
  /** Whether one more breaker of its endpoints may open. */
  mayOpenBreaker(): boolean
  breakerChanged(url: string, from: BreakerKind, to: BreakerKind): void
  /** A check came back. `because` is its status, or what went wrong; `from` is `to` where nothing changed. */
  checked(url: string, from: HealthKind, to: HealthKind, because: string, success: boolean, now: number): void
}

/** A failure counts at least as this, in ms: an endpoint that fails at once must not look like the quickest. */
const leastFailureMs = 1000
const mostFailureMs = 60_000

export class EndpointLoad {
  readonly url: string
  owner: EndpointOwner
  inFlight = 0
  /** Time to the head of its replies. Undefined where nothing is chosen by it. */
  latency: PeakEwma | undefined

  constructor(url: string, owner: EndpointOwner) {
    this.url = url
    this.owner = owner
  }

  /** Keeps what was measured so far. */
  measure(measured: boolean): void {
    if (!measured) this.latency = undefined
    else this.latency ??= new PeakEwma()
  }

  /** The head of a reply came, or an attempt failed, so many ms after its endpoint was chosen. */
  observe(elapsedMs: number, failed: boolean, now: number): void {
    const { latency } = this
    if (latency === undefined) return
    const ms = failed
      ? Math.min(mostFailureMs, Math.max(elapsedMs, leastFailureMs, 2 * latency.averageMs(now)))
      : elapsedMs
    latency.observe(ms, now)
  }
}
