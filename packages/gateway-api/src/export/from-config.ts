/** The way back: a config as manifests for a cluster, and a list of what cannot be said there. It reads no files. */

import type { GatewayConfig } from '@headgate/config'

import { backendPlaces } from './backend-places.ts'
import { backendDocuments } from './backends.ts'
import type { Export } from './context.ts'
import type { ExportDialect } from './dialects.ts'
import { gatewayObject } from './gateways.ts'
import { GrantSet } from './grants.ts'
import { NameSet } from './names.ts'
import { swappedPairs } from './order.ts'
import { gatewayPlaces, routePlaces } from './route-places.ts'
import { routeObject } from './routes.ts'
import { trafficPolicies } from './traffic-policies.ts'
import { placeOf, UnsaidList } from './unsaid.ts'
import type { Unsaid } from './unsaid.ts'
import { writeDocuments } from './write.ts'
import type { Written } from './write.ts'

export type { ExportDialect, Unsaid }

export interface Exported {
  /** Several YAML documents in a fixed order: Gateways, routes with their policies, backends with theirs, grants. */
  readonly yaml: string
  /** Everything of the config that the manifests do not say, or say otherwise. */
  readonly unsaid: readonly Unsaid[]
}

/**
 * Writes a config as Gateway API v1 manifests, in the dialect `kgateway` also with TrafficPolicy, BackendConfigPolicy and
 * Backend of `gateway.kgateway.dev/v1alpha1`. Secrets are referred to by name, their values are never written. Names that
 * Kubernetes does not accept are changed, and kept in annotations of `headgate.dev`.
 *
 * @throws RangeError for a config with a reference to a backend that it does not declare, which `parseConfig` refuses.
 */
export function exportManifests(config: GatewayConfig, dialect: ExportDialect): Exported {
  const names = new NameSet()
  const unsaid = new UnsaidList()
  const gateways = gatewayPlaces(config, names)
  const routes = routePlaces(config, names)
  const backends = backendPlaces({ config, routes, dialect, names, unsaid })
  const parts: Export = { config, dialect, names, unsaid, grants: new GrantSet(), routes, backends }
  tellConfig(parts)
  const policies = trafficPolicies(parts, gateways)
  const objects = [
    ...gateways.map((gateway, index) => gatewayObject(parts, gateway, index === 0)),
    ...routes.flatMap((route) => routeObject(parts, gateways, route, policies.refs) ?? []),
    ...policies.objects,
  ]
  const written: Written[] = objects.map((manifest) => ({ manifest }))
  written.push(...backendDocuments(parts), ...parts.grants.written())
  return { yaml: writeDocuments(heads[dialect], written), unsaid: unsaid.all() }
}

const heads: Readonly<Record<ExportDialect, string>> = {
  'gateway-api':
    'Gateway API v1, written from a headgate config. Set gatewayClassName to a class of your cluster.\n' +
    'Retries, named rules and XBackendTrafficPolicy are in the experimental channel.',
  kgateway:
    'Gateway API v1 and kgateway, written from a headgate config.\n' +
    'Envoy ends a request after 15s where its rule has no timeouts.request: for long streams write 0s.',
}

function tellConfig({ config, unsaid, routes }: Export): void {
  const { listeners, forwarded, bodies, sessionKey } = config
  if (listeners.length === 0) {
    unsaid.add('listeners', 'the config has none, as it is mounted in an application', 'a listener for HTTP on port 80')
  }
  if (forwarded.trustedHops > 0) {
    const instead = 'kgateway: ListenerPolicy, httpSettings.xffNumTrustedHops'
    unsaid.add('forwarded.trustedHops', 'how many proxies are trusted is said to the proxy, not to its routes', instead)
  }
  if (bodies.keepPerRequest !== usualKeep.perRequest || bodies.keepTotal !== usualKeep.total) {
    unsaid.add('bodies', 'how much of a body is kept for another try is up to the implementation there')
  }
  if (sessionKey !== undefined) {
    unsaid.add('sessionKey', 'what a session is told by is up to the implementation there, and its key too')
  }
  const ordered = routes.map(({ route, namespace, name }) => ({ route, id: `${namespace}/${name}` }))
  for (const [first, second] of swappedPairs(ordered)) {
    const place = placeOf('routes', first.route.name, first.route.namespace)
    const reason = `requests that it and ${placeOf('routes', second.route.name, second.route.namespace)} match with equal rank go to the other there`
    unsaid.add(place, reason, 'in one cluster the older route goes first, then the first by name')
  }
}

const usualKeep = { perRequest: 1024 * 1024, total: 64 * 1024 * 1024 }
