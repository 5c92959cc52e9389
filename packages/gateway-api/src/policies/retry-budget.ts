/** Gateway API's XBackendTrafficPolicy (GEP-3388): how many retries a backend may get. */

import type { BackendDraft } from '../backends/backend-draft.ts'
import type { Context } from '../context.ts'
import type { Resource } from '../resources/resource.ts'

/** Upstream's defaults: 20% of 10 s, and 10 retries a second. */
export function applyRetryBudget(
  context: Context,
  policy: Resource<'XBackendTrafficPolicy'>,
  draft: BackendDraft,
): void {
  const { retryConstraint } = policy.body.spec
  if (retryConstraint === undefined) return
  const { percent = 20, interval: window = 10_000 } = retryConstraint.budget ?? {}
  const { count = 10, interval: each = 1000 } = retryConstraint.minRetryRate ?? {}
  if (window === 0 || each === 0) {
    const path = ['spec', 'retryConstraint', window === 0 ? 'budget' : 'minRetryRate', 'interval']
    context.error(policy, path, 'invalid-value', 'found 0; expected a duration of at least 1ms')
    return
  }
  // The minimum counts over the whole window.
  const minimum = Math.ceil((count * window) / each)
  draft.set('retryBudget', { percent, window, minimum }, context, policy, ['spec', 'retryConstraint'])
}
