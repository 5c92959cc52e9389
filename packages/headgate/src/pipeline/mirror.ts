/** Copies of a request to other backends, whose replies are thrown away (Gateway API HTTPRequestMirrorFilter). */

import type { Readable } from 'node:stream'
import { Attempt } from '@headgate/proxy'
import type { AttemptFailure, AttemptListener } from '@headgate/proxy'
import type { Incoming } from '../request/incoming.ts'
import type { Runtime } from '../runtime.ts'
import type { RulePlan } from '../table/plan-rule.ts'
import type { PassingFilters } from '../table/rule-filters.ts'
import { attemptHeaders } from './filters.ts'
import { takePlace } from './place.ts'
import type { Place } from './place.ts'

/** Reads a reply to its end and gives the place back. Nobody waits for it, and what becomes of it harms nobody. */
class Mirrored implements AttemptListener<Attempt> {
  readonly #runtime: Runtime
  readonly #place: Place

  constructor(runtime: Runtime, place: Place) {
    this.#runtime = runtime
    this.#place = place
  }

  attemptHead(_attempt: Attempt, status: number): void {
    const now = this.#runtime.wheel.now()
    this.#place.head(status, now)
    this.#place.good(now)
  }

  attemptData(): boolean {
    return true
  }

  attemptEnded(): void {
    this.#place.ended(this.#runtime.wheel.now())
  }

  attemptFailed(_attempt: Attempt, failure: AttemptFailure): void {
    this.#place.failed(failure, false, this.#runtime.wheel.now())
  }
}

/** A body that is still coming is read by the attempt that it belongs to: such a request is not copied. */
export function sendMirrors(
  runtime: Runtime,
  plan: RulePlan,
  incoming: Incoming,
  filters: PassingFilters,
  target: string,
  body: Buffer | Readable | null,
): void {
  if (body !== null && !Buffer.isBuffer(body)) return
  for (const { backend, share } of filters.mirrors) {
    const entry = plan.backends.get(backend)
    if (entry === undefined || !share.next()) continue
    const taken = takePlace(entry.state, 0, runtime.wheel.now(), incoming)
    if (typeof taken === 'string') continue
    const { place } = taken
    const attempt = new Attempt(place.endpoint.endpoint, runtime.wheel, plan.clocks, new Mirrored(runtime, place))
    attempt.start(incoming.method, target, attemptHeaders(incoming, plan, filters, entry), body)
  }
}
