/** HTTPRoutes and GRPCRoutes. What stands in their rules is for `rules.ts`. */

import { gatewayGroup } from '../resources/kinds.ts'
import { annotations, mapText, nameKey, namespaceKey, rulesKey } from './annotations.ts'
import type { Export } from './context.ts'
import { parentRefs } from './gateways.ts'
import { isObjectName, NameSet, slug } from './names.ts'
import type { GatewayPlace, RoutePlace } from './route-places.ts'
import { ruleBody } from './rules.ts'
import { ruleKey } from './traffic-policies.ts'
import { placeOf } from './unsaid.ts'
import type { Manifest } from './write.ts'

/** `undefined` for a route that has no rule to say. */
export function routeObject(
  parts: Export,
  gateways: readonly GatewayPlace[],
  place: RoutePlace,
  policies: ReadonlyMap<string, readonly string[]>,
): Manifest | undefined {
  const { route, kind, namespace, name } = place
  const path = placeOf('routes', route.name, route.namespace)
  const names = ruleNames(place)
  const rules = route.rules.flatMap((rule, index) => {
    const key = ruleKey(place, index)
    const body = ruleBody({
      parts,
      route: place,
      rule,
      place: `${path}.rules[${index}]`,
      name: names[index],
      policies: policies.get(key) ?? [],
    })
    return body === undefined ? [] : [body]
  })
  if (rules.length === 0) {
    parts.unsaid.add(path, 'a route without rules takes every path there', 'the route is left out')
    return undefined
  }
  const changed = route.rules.flatMap((rule, index): [string, string][] => {
    const now = names[index]
    return now === undefined || rule.name === undefined || now === rule.name ? [] : [[now, rule.name]]
  })
  const isSame = route.name === name && route.namespace === namespace
  const kept = annotations({
    [nameKey]: isSame ? undefined : route.name,
    [namespaceKey]: isSame ? undefined : route.namespace,
    [rulesKey]: mapText(Object.fromEntries(changed)),
  })
  const parents = parentRefs(gateways, place)
  const creationTimestamp = timestampOf(route.createdAt)
  return {
    apiVersion: `${gatewayGroup}/v1`,
    kind,
    metadata: { name, namespace, ...(creationTimestamp && { creationTimestamp }), ...(kept && { annotations: kept }) },
    spec: {
      ...(parents.length > 0 && { parentRefs: parents }),
      ...(route.hostnames.length > 0 && { hostnames: route.hostnames }),
      rules,
    },
  }
}

function ruleNames({ route }: RoutePlace): readonly (string | undefined)[] {
  const names = new NameSet()
  const isKept = route.rules.map(({ name }) => name !== undefined && isObjectName(name) && names.reserve('', name))
  return route.rules.map(({ name }, index) => {
    if (name === undefined || isKept[index] === true) return name
    return names.take('', slug(name, 'rule'))
  })
}

function timestampOf(createdAt: number | undefined): string | undefined {
  if (createdAt === undefined || Number.isNaN(new Date(createdAt).getTime())) return undefined
  return new Date(createdAt).toISOString().replace('.000Z', 'Z')
}
