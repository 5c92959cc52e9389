/** Stages 9 and 10: the head and the body of one attempt from the caller's own, and the copies for mirrors. */

import type { Readable } from 'node:stream'
import { replaceModel } from '@headgate/dialect'
import { removeHeader, setHeader } from '@headgate/proxy'
import type { Attempt, RequestBody } from '@headgate/proxy'
import type { Incoming } from '../request/incoming.ts'
import type { Runtime } from '../runtime.ts'
import type { BackendEntry } from '../table/plan-rule.ts'
import type { PassingFilters } from '../table/rule-filters.ts'
import { attemptHeaders, attemptTarget } from './filters.ts'
import type { Followed } from './followed.ts'
import type { Matched } from './matched.ts'
import { sendMirrors } from './mirror.ts'
import { mayHaveModel } from './prepare-body.ts'

export interface Outgoing {
  readonly matched: Matched
  readonly incoming: Incoming
  readonly filters: PassingFilters
  readonly backend: BackendEntry
  /** As the body gave it for this attempt. */
  readonly upload: Buffer | Readable | null
  readonly body: RequestBody
  readonly followed: Followed | undefined
}

/** `first`: the mirrors go with it. `upgrades`: it asks for a WebSocket. */
export function sendAttempt(
  runtime: Runtime,
  attempt: Attempt,
  outgoing: Outgoing,
  first: boolean,
  upgrades: boolean,
): void {
  const { matched, incoming, filters, backend, upload, body, followed } = outgoing
  const { plan } = matched
  const headers = attemptHeaders(incoming, plan, filters, backend)
  // What may become an event of a stream that has begun must come as it is.
  if (plan.earlyHead !== undefined) removeHeader(headers, 'accept-encoding')
  const target = attemptTarget(incoming, filters, matched.prefix)
  if (followed !== undefined) follow(followed, attempt, outgoing, target, headers)
  if (upgrades) attempt.upgrade(target, headers)
  else attempt.start(incoming.method, target, headers, withModel(upload, backend, incoming, headers), body)
  // Asked here: what the copies would need is made as soon as it is called.
  if (first && filters.mirrors.length > 0) sendMirrors(runtime, plan, incoming, filters, target, upload, body, followed)
}

function follow(
  followed: Followed,
  { endpoint }: Attempt,
  outgoing: Outgoing,
  target: string,
  headers: string[],
): void {
  const { backend, incoming, upload } = outgoing
  const path = target.slice(0, target.length - incoming.search.length)
  const body = Buffer.isBuffer(upload) ? upload : undefined
  followed.attempt({ backend: backend.state.name, endpoint: endpoint.url, path, model: backend.model, body }, headers)
}

/** The body with the backend's name for the model, other bytes as they are; the body itself where it names none. */
function withModel(
  upload: Buffer | Readable | null,
  { model }: BackendEntry,
  incoming: Incoming,
  headers: string[],
): Buffer | Readable | null {
  if (model === undefined || !Buffer.isBuffer(upload) || !mayHaveModel(incoming)) return upload
  const replaced = replaceModel(upload, model)
  if (replaced === undefined) return upload
  setHeader(headers, 'content-length', String(replaced.length))
  return replaced
}
