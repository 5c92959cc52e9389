/** The specification's CircuitBreakerPolicy: bounds of a backend and a breaker for each of its endpoints. */

import type { BackendDraft } from '../backends/backend-draft.ts'
import type { Context } from '../context.ts'
import type { Resource } from '../resources/resource.ts'

export function applyCircuitBreaker(
  context: Context,
  policy: Resource<'CircuitBreakerPolicy'>,
  draft: BackendDraft,
): void {
  const { maxConnections, maxPendingRequests, maxRequests, maxRetries } = policy.body.spec
  const { consecutiveErrors, interval, maxEjectionPercent } = policy.body.spec
  // No connection and no place to wait for one: nothing gets through, as with no request at all.
  const isClosed = maxRequests === 0 || (maxConnections === 0 && maxPendingRequests === 0)
  draft.set('maxRequests', isClosed ? 0 : maxRequests, context, policy, ['spec', 'maxRequests'])
  if (maxConnections !== 0) draft.set('maxConnections', maxConnections, context, policy, ['spec', 'maxConnections'])
  draft.set('maxPending', maxPendingRequests, context, policy, ['spec', 'maxPendingRequests'])
  draft.set('maxRetries', maxRetries, context, policy, ['spec', 'maxRetries'])
  if (isClosed) {
    context.warn(
      policy,
      ['spec'],
      'nothing-admitted',
      `the bounds let no request through to the ${draft.kind} ${draft.id}: each gets 503`,
    )
  }
  if (consecutiveErrors === undefined && interval === undefined && maxEjectionPercent === undefined) return
  const breaker = { failures: consecutiveErrors, openFor: interval, maxOpenPercent: maxEjectionPercent }
  draft.set('breaker', breaker, context, policy, ['spec', 'consecutiveErrors'])
  tellDifferences(context, policy, draft)
}

/** Where a reader of Envoy's documents would expect something else. */
function tellDifferences(context: Context, policy: Resource<'CircuitBreakerPolicy'>, draft: BackendDraft): void {
  const { interval, maxEjectionPercent } = policy.body.spec
  if (interval !== undefined) {
    const message =
      'interval is how long an endpoint is blocked, as the specification reads; in Envoy it is the time between sweeps, ' +
      'and baseEjectionTime is the block'
    context.info(policy, ['spec', 'interval'], 'differs-from-envoy', message)
  }
  if (maxEjectionPercent === undefined) return
  const path = ['spec', 'maxEjectionPercent']
  const count = Math.max(1, draft.urls.length)
  if (Math.floor((count * maxEjectionPercent) / 100) === 0) {
    const endpoints = count === 1 ? 'a lone endpoint' : `one of ${count} endpoints`
    const message = `Envoy would never eject ${endpoints} at ${maxEjectionPercent}%; here it is blocked all the same`
    // Without endpoints in the files it is a guess that there is one.
    const severity = draft.urls.length === 0 ? 'info' : 'warning'
    context.say(severity, policy, path, 'never-ejects', message, `${Math.ceil(100 / count)}% and more ejects one`)
  } else {
    const message = 'maxEjectionPercent bounds how many endpoints are blocked at once; it is no number of test requests'
    context.info(policy, path, 'differs-from-envoy', message)
  }
}
