/** ReferenceGrant: who may refer to an object of another namespace (Gateway API v1). */

import type { Context } from './context.ts'

export interface Referrer {
  readonly group: string
  readonly kind: string
  readonly namespace: string
}

export interface Referent extends Referrer {
  readonly name: string
}

/** Within a namespace no grant is needed. */
export function isGranted(context: Context, from: Referrer, to: Referent): boolean {
  if (from.namespace === to.namespace || context.trustNamespaces) return true
  return context.resources.list('ReferenceGrant').some(({ namespace, body: { spec } }) => {
    if (namespace !== to.namespace) return false
    const isFrom = spec.from.some(
      ({ group, kind, namespace: wanted }) => group === from.group && kind === from.kind && wanted === from.namespace,
    )
    return (
      isFrom &&
      spec.to.some(({ group, kind, name = '' }) => {
        return group === to.group && kind === to.kind && (name === '' || name === to.name)
      })
    )
  })
}

/** What to write so that a reference is granted, in one line. */
export function grantHint(from: Referrer, to: Referent): string {
  const group = to.group === '' ? "''" : to.group
  return (
    `add a ReferenceGrant to the namespace ${to.namespace} with from {group: ${from.group}, kind: ${from.kind}, ` +
    `namespace: ${from.namespace}} and to {group: ${group}, kind: ${to.kind}, name: ${to.name}}`
  )
}
