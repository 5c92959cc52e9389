/** ReferenceGrants for the references that leave their namespace, one for each pair of namespaces and kind of referrer. */

import { gatewayGroup } from '../resources/kinds.ts'
import type { Written } from './write.ts'

export interface Target {
  readonly group: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

export class GrantSet {
  readonly #grants = new Map<string, { readonly from: Referrer; readonly to: Map<string, Target> }>()

  /** Within a namespace no grant is needed. */
  add(from: Referrer, target: Target): void {
    if (from.namespace === target.namespace) return
    const key = `${target.namespace} ${from.kind} ${from.namespace}`
    const grant = this.#grants.get(key) ?? { from, to: new Map<string, Target>() }
    grant.to.set(`${target.group} ${target.kind} ${target.name}`, target)
    this.#grants.set(key, grant)
  }

  written(): readonly Written[] {
    const entries = [...this.#grants].toSorted(([a], [b]) => (a < b ? -1 : 1))
    return entries.flatMap(([, { from, to }]) => {
      const targets = [...to].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, target]) => target)
      const [first] = targets
      if (first === undefined) return []
      const name = `${from.kind.toLowerCase()}-from-${from.namespace}`
      return {
        manifest: {
          apiVersion: `${gatewayGroup}/v1beta1`,
          kind: 'ReferenceGrant',
          metadata: { name, namespace: first.namespace },
          spec: {
            from: [{ group: gatewayGroup, kind: from.kind, namespace: from.namespace }],
            to: targets.map(({ group, kind, name: wanted }) => ({ group, kind, name: wanted })),
          },
        },
      }
    })
  }
}

/** A Gateway or a route: all of Gateway API's own group. */
export interface Referrer {
  readonly kind: 'Gateway' | 'HTTPRoute' | 'GRPCRoute'
  readonly namespace: string
}
