/** The specification's fallback: BackendLBPolicy with `default.backendRef`. Gateway API never had this field. */

import type { BackendDraft } from '../backends/backend-draft.ts'
import type { BackendSet } from '../backends/backend-set.ts'
import type { Context } from '../context.ts'
import type { Resource } from '../resources/resource.ts'

export function applyFallback(
  context: Context,
  policy: Resource<'BackendLBPolicy'>,
  draft: BackendDraft,
  backends: BackendSet,
): void {
  const ref = policy.body.spec.default?.backendRef
  if (ref === undefined) return
  const path = ['spec', 'default', 'backendRef']
  const found = backends.resolve(ref, { from: policy, path, isGrpc: draft.isGrpc })
  if ('unresolved' in found) return
  if (found.draft === draft.base) {
    context.warn(
      policy,
      path,
      'fallback-to-itself',
      `the fallback of the ${draft.kind} ${draft.id} is itself, so there is none`,
    )
    return
  }
  draft.set('fallback', found.draft.name, context, policy, path)
}
