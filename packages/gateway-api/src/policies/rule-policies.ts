/** Which policies are in force for a rule, from the nearest to the widest. What they do is for `apply-policies.ts`. */

import type { Build } from '../build.ts'
import type { Listener } from '../listeners.ts'
import type { RouteResource } from '../attach.ts'
import type { Resource } from '../resources/resource.ts'
import type { Scope } from './limit-set.ts'
import { inOrder, targetsOf } from './targets.ts'
import type { Candidates } from './targets.ts'

export type RulePolicy = Resource<'TrafficPolicy'> | Resource<'RetryPolicy'> | Resource<'RateLimitPolicy'>

/** A policy in force, and who shares its buckets. */
export interface Applied {
  readonly policy: RulePolicy
  readonly scope: Scope
  /** Smaller is nearer: what a nearer policy sets counts. */
  readonly level: number
}

interface Bound {
  readonly policy: RulePolicy
  readonly sectionName: string | undefined
}

/** Levels in the order of Gateway API's policy attachment. */
export const levels = { filter: 0, rule: 1, route: 2, listenerSet: 3, listener: 4, gateway: 5 } as const

/** The policies by what they are for. */
export class RulePolicies {
  readonly #bound = new Map<string, Bound[]>()

  constructor({ context, referred }: Build) {
    const { resources } = context
    const routes: Candidates = { HTTPRoute: resources.ids('HTTPRoute'), GRPCRoute: resources.ids('GRPCRoute') }
    const all: Candidates = { ...routes, Gateway: resources.ids('Gateway'), ListenerSet: resources.ids('ListenerSet') }
    const policies: readonly RulePolicy[] = [
      ...inOrder(resources.list('TrafficPolicy')),
      ...inOrder(resources.list('RetryPolicy')),
      ...inOrder(resources.list('RateLimitPolicy')),
    ]
    for (const policy of policies) {
      const candidates = policy.kind === 'RetryPolicy' ? routes : all
      for (const target of targetsOf(context, policy, policy.body.spec, candidates, referred.has(policy))) {
        const key = `${target.kind} ${target.id}`
        this.#bound.set(key, [...(this.#bound.get(key) ?? []), { policy, sectionName: target.sectionName }])
      }
    }
  }

  /** Those for the whole of what a listener takes. */
  ofListener({ gateway, owner, body }: Listener): readonly Applied[] {
    const isSet = owner.kind === 'ListenerSet'
    const set = isSet
      ? this.#of(`ListenerSet ${owner.id}`, body.name, `ListenerSet/${owner.name}`, levels.listenerSet)
      : []
    const gatewayKey = `Gateway ${gateway.id}`
    // The listeners of a ListenerSet are no sections of the Gateway.
    const section = isSet ? [] : this.#of(gatewayKey, body.name, `Gateway/${gateway.name}`, levels.listener, true)
    return [...set, ...section, ...this.#of(gatewayKey, undefined, `Gateway/${gateway.name}`, levels.gateway)]
  }

  /** Those for a route and for its rule of this name. */
  ofRule(route: RouteResource, ruleName: string | undefined): readonly Applied[] {
    const key = `${route.kind} ${route.id}`
    const scope = `${route.kind}/${route.name}`
    const rule = ruleName === undefined ? [] : this.#of(key, ruleName, scope, levels.rule, true)
    return [...rule, ...this.#of(key, undefined, scope, levels.route)]
  }

  #of(key: string, section: string | undefined, scope: Scope, level: number, onlySection = false): readonly Applied[] {
    return (this.#bound.get(key) ?? []).flatMap(({ policy, sectionName }) => {
      if (sectionName === undefined) return onlySection ? [] : [{ policy, scope, level }]
      return sectionName === section ? [{ policy, scope: `${scope}/${sectionName}`, level }] : []
    })
  }
}
