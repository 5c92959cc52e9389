/** Clocks that contradict one another, or what a reader would expect of them. */

import { formatDuration } from '@headgate/config'
import type { RouteInput, RuleInput } from '@headgate/config'

import type { Build } from '../build.ts'

export function checkClocks(build: Build, routes: readonly RouteInput[]): void {
  for (const { rules = [] } of routes) {
    for (const rule of rules) {
      checkTries(build, rule)
      checkStreams(build, rule)
    }
  }
}

/** Waits between tries come on top; with jitter each may be 0. */
function checkTries({ context, provenance }: Build, { retry, timeouts }: RuleInput): void {
  const source = provenance.of(retry)
  if (retry === undefined || source === undefined) return
  const request = Number(timeouts?.request ?? 0)
  const perTry = Number(retry.perTry ?? timeouts?.backend ?? 0)
  const tries = retry.retries + 1
  if (request === 0 || perTry === 0 || perTry * tries <= request) return
  const message =
    perTry > request
      ? `one try may take ${formatDuration(perTry)}, longer than the whole request (${formatDuration(request)})`
      : `${tries} tries of ${formatDuration(perTry)} do not fit into the whole request (${formatDuration(request)}): the last ones are cut short`
  const hint = `at most ${Math.floor(request / tries)}ms for each try`
  context.warn(source.resource, source.path, 'retry-exceeds-timeout', message, hint)
}

/** Upstream's `backendRequest` is no connect timeout: it runs to the last byte of a reply. */
function checkStreams({ context, provenance }: Build, { timeouts }: RuleInput): void {
  const backend = Number(timeouts?.backend ?? 0)
  const source = provenance.of(timeouts)
  if (backend === 0 || source?.resource.kind !== 'HTTPRoute') return
  const message = `backendRequest runs to the last byte of each try: a streamed reply that is longer than ${formatDuration(backend)} is cut`
  const hint = 'the time to connect is connectTimeout of the backend'
  context.warn(source.resource, [...source.path, 'backendRequest'], 'cuts-streams', message, hint)
}
