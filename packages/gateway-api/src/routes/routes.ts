/** Routes as routes of the config: one for each group of listeners on which the same policies are in force. */

import type { RouteInput } from '@headgate/config'

import type { RouteResource } from '../attach.ts'
import type { Build } from '../build.ts'
import type { Listener } from '../listeners.ts'
import type { Applied, RulePolicies } from '../policies/rule-policies.ts'
import { buildRule } from './rules.ts'
import type { RuleDraft } from './rules.ts'

export interface RouteDraft {
  readonly route: RouteResource
  readonly listeners: readonly Listener[]
  readonly rules: readonly RuleDraft[]
}

interface Group {
  readonly listeners: Listener[]
  readonly applied: readonly Applied[]
}

/** `taken` holds the names of the routes so far, as `namespace/name`. */
export function buildRoutes(
  build: Build,
  { route, listeners, rules }: RouteDraft,
  policies: RulePolicies,
  taken: Set<string>,
): readonly RouteInput[] {
  return groupsOf(listeners, policies).map((group) => {
    const [first] = group.listeners
    const name = freeName(route, first?.name, taken)
    const { hostnames } = route.body.spec
    const input: RouteInput = {
      kind: route.kind === 'GRPCRoute' ? 'GRPC' : 'HTTP',
      name,
      namespace: route.namespace,
      hostnames,
      createdAt: route.createdAt,
      listeners: group.listeners.map((listener) => listener.name),
      rules: rules.map((rule) => buildRule(build, route, rule, policies, group.applied)),
      origin: route.origin(),
    }
    return build.provenance.mark(input, route, ['spec'])
  })
}

function groupsOf(listeners: readonly Listener[], policies: RulePolicies): readonly Group[] {
  const groups = new Map<string, Group>()
  for (const listener of listeners) {
    const applied = policies.ofListener(listener)
    const key = JSON.stringify(applied.map(({ policy, scope }) => [policy.title, scope]))
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { listeners: [listener], applied })
    else group.listeners.push(listener)
  }
  return groups.size === 0 ? [{ listeners: [], applied: [] }] : [...groups.values()]
}

/** A name is used once in a namespace: an HTTPRoute and a GRPCRoute may share theirs, and so do the groups of one route. */
function freeName(route: RouteResource, listener: string | undefined, taken: Set<string>): string {
  const { kind, name: own } = route
  const further = listener === undefined ? [] : [`${own}@${listener}`, `${own}@${kind}@${listener}`]
  const names = [own, ...further, `${own}@${kind}`]
  const free = names.find((name) => !taken.has(`${route.namespace}/${name}`)) ?? route.name
  taken.add(`${route.namespace}/${free}`)
  return free
}
