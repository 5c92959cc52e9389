/** ExtensionRef filters: policies of the route's own namespace. One that leads nowhere fails closed. */

import type { FilterInput } from '@headgate/config'

import type { RouteResource } from '../attach.ts'
import type { Build } from '../build.ts'
import type { FieldPath } from '../diagnostics.ts'
import { kinds } from '../resources/kinds.ts'
import type { Kind } from '../resources/kinds.ts'
import type { ObjectRef } from '../resources/references.ts'
import type { Resource } from '../resources/resource.ts'

/** Kinds that a rule may refer to; the last three are for the rule's backends. */
const referable: readonly Kind[] = [
  'TrafficPolicy',
  'RetryPolicy',
  'RateLimitPolicy',
  'CircuitBreakerPolicy',
  'ConnectionPoolSettings',
  'BackendConfigPolicy',
]

export function extensionOf(
  build: Build,
  route: RouteResource,
  ref: ObjectRef,
  path: FieldPath,
): FilterInput | { readonly policy: Resource } {
  const { context } = build
  const { group = '', kind = '', name } = ref
  const known = referable.find((found) => found === kind && kinds[found].groups.includes(group))
  const failClosed = (field: string, code: string, reason: string, hint?: string): FilterInput => {
    context.warn(route, [...path, field], code, `${reason}, so this rule answers 500`, hint)
    return { type: 'Unresolved', reason }
  }
  if (known === undefined) {
    const title = group === '' ? kind : `${kind} of ${group}`
    return failClosed('kind', 'unknown-filter', `a ${title} is no filter here`, `known are ${referable.join(', ')}`)
  }
  const id = `${route.namespace}/${name}`
  const policy: Resource | undefined = context.resources.get(known, id)
  if (policy === undefined) {
    const hint = context.didYouMean(id, context.resources.ids(known))
    return failClosed('name', 'filter-not-found', `the ${known} ${id} is not in the files`, hint)
  }
  build.referred.add(policy)
  return { policy }
}
