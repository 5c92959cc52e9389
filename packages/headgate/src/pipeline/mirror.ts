/** Copies of a request to other backends, whose replies are thrown away (Gateway API HTTPRequestMirrorFilter). */

import type { Readable } from 'node:stream'
import { Attempt } from '@headgate/proxy'
import type { AttemptFailure, AttemptListener, RequestBody } from '@headgate/proxy'
import type { Incoming } from '../request/incoming.ts'
import type { Runtime } from '../runtime.ts'
import type { BackendEntry, RulePlan } from '../table/plan-rule.ts'
import type { PassingFilters } from '../table/rule-filters.ts'
import { attemptHeaders } from './filters.ts'
import type { Followed } from './followed.ts'
import { takePlace } from './place.ts'
import type { NoPlace, Place } from './place.ts'

/** Reads a reply to its end and gives the place back. Nobody waits for it, and what becomes of it harms nobody. */
class Mirrored implements AttemptListener<Attempt> {
  readonly #runtime: Runtime
  readonly #place: Place
  readonly #over: () => void

  constructor(runtime: Runtime, place: Place, over: () => void) {
    this.#runtime = runtime
    this.#place = place
    this.#over = over
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
    this.#over()
  }

  attemptFailed(_attempt: Attempt, failure: AttemptFailure): void {
    this.#place.failed(failure, false, this.#runtime.wheel.now())
    this.#over()
  }
}

/**
 * For rules that have mirrors. A body that is still coming is read by the attempt that it belongs to: its copies go out once it has come whole. Above what is
 * kept of a request there is none.
 */
export function sendMirrors(
  runtime: Runtime,
  plan: RulePlan,
  incoming: Incoming,
  filters: PassingFilters,
  target: string,
  opened: Buffer | Readable | null,
  body: RequestBody,
  followed: Followed | undefined,
): void {
  const due: BackendEntry[] = []
  for (const { backend, share } of filters.mirrors) {
    const entry = plan.backends.get(backend)
    if (entry !== undefined && share.next()) due.push(entry)
  }
  if (due.length === 0) return
  const send = (entry: BackendEntry, bytes: Buffer | null, over: () => void): void => {
    const taken = takePlace(entry.state, 0, runtime.wheel.now(), incoming)
    if (typeof taken === 'string') {
      announceDrop(runtime, plan, entry, taken)
      return over()
    }
    const { place } = taken
    const mirrored = new Mirrored(runtime, place, over)
    const attempt = new Attempt(place.endpoint.endpoint, runtime.wheel, plan.clocks, mirrored)
    const headers = attemptHeaders(incoming, plan, filters, entry)
    followed?.mirror(headers)
    attempt.start(incoming.method, target, headers, bytes)
  }
  if (opened === null || Buffer.isBuffer(opened)) {
    for (const entry of due) send(entry, opened, nothing)
    return
  }
  body.copy((bytes, giveBack) => {
    let open = due.length
    const over = (): void => {
      if (--open === 0) giveBack()
    }
    for (const entry of due) {
      if (bytes === undefined) announceDrop(runtime, plan, entry, 'body')
      else send(entry, bytes, over)
    }
  })
}

function announceDrop(runtime: Runtime, { route }: RulePlan, { state }: BackendEntry, because: NoPlace | 'body'): void {
  if (runtime.listens('mirror-dropped')) runtime.emit('mirror-dropped', { route, backend: state.name, because })
}

function nothing(): void {}
