/** Services with EndpointSlices, kgateway's Backends, and the policies that are for them. */

import { gatewayGroup, kgatewayGroup } from '../resources/kinds.ts'
import { isLocal, runsOf } from './addresses.ts'
import type { Address } from './addresses.ts'
import { annotations, nameKey, poolKey } from './annotations.ts'
import type { BackendPlace } from './backend-places.ts'
import type { Export } from './context.ts'
import { placeOf } from './unsaid.ts'
import type { Manifest, Written } from './write.ts'

export function backendDocuments(parts: Export): readonly Written[] {
  const objects = new Map<string, BackendPlace[]>()
  for (const place of parts.backends.values()) {
    const key = `${place.kind}/${place.namespace}/${place.name}`
    objects.set(key, [...(objects.get(key) ?? []), place])
    tellBackend(parts, place)
  }
  return [...objects.values()].flatMap((places) => {
    const [first] = places
    if (first === undefined) return []
    const own = first.kind === 'Service' ? serviceDocuments(parts, places) : [{ manifest: backendObject(first) }]
    return [...own, ...policyDocuments(parts, places)]
  })
}

function metadataOf(place: BackendPlace, isOnly = true): Manifest['metadata'] {
  const { name, namespace, backend, isNatural } = place
  const kept = isOnly
    ? annotations({ [nameKey]: isNatural ? undefined : backend.name, [poolKey]: backend.pool })
    : undefined
  return { name, namespace, ...(kept && { annotations: kept }) }
}

/** One port for each backend; a backend for HTTP and one for gRPC may share one. */
function serviceDocuments(parts: Export, places: readonly BackendPlace[]): readonly Written[] {
  const byPort = new Map(places.map((place) => [place.port, place]))
  const ports = [...byPort.values()]
  const [first] = places
  if (first === undefined) return []
  const isEmpty = places.every(({ addresses }) => addresses.length === 0)
  const service: Manifest = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(first, places.length === 1),
    spec: {
      ports: ports.map(({ port, appProtocol }) => {
        return { name: portName(ports, port), port, ...(appProtocol !== undefined && { appProtocol }) }
      }),
    },
  }
  const comment = 'No endpoints are known: give it the selector of its pods, or leave it out where it is there already.'
  const slices = ports.flatMap((place) => slicesOf(parts, place, portName(ports, place.port)))
  return [{ manifest: service, ...(isEmpty && { comment }) }, ...slices]
}

function portName(ports: readonly unknown[], port: number): string {
  return ports.length === 1 ? 'http' : `http-${port}`
}

function slicesOf({ names, unsaid }: Export, place: BackendPlace, port: string): readonly Written[] {
  const { name: service, namespace, addresses, backend } = place
  const path = `${placeOf('backends', backend.name)}.endpoints`
  if (addresses.some(isLocal)) {
    const reason = 'an address of this machine is refused in an EndpointSlice'
    unsaid.add(path, reason, 'write addresses that the cluster can reach, or a selector of the Service')
  }
  if (addresses.some(({ type, ...rest }) => type === 'FQDN' && !isLocal({ type, ...rest }))) {
    const reason = 'endpoints of a Service are addresses; few implementations read host names'
    unsaid.add(path, reason, 'an EndpointSlice of the type FQDN is written; a selector of the Service is better')
  }
  return runsOf(addresses).map((run) => {
    const [first] = run
    return {
      manifest: {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          name: names.take(`EndpointSlice/${namespace}`, `${service}-${place.port}`),
          namespace,
          labels: { 'kubernetes.io/service-name': service },
        },
        addressType: first?.type,
        ports: [{ name: port, port: first?.port }],
        endpoints: run.map(({ host }) => ({ addresses: [host] })),
      },
    }
  })
}

function backendObject(place: BackendPlace): Manifest {
  const { addresses, appProtocol, groups } = place
  const hostsOf = (group: readonly Address[]): unknown => ({
    static: {
      hosts: group.map(({ host, port }) => ({ host, port })),
      ...(appProtocol !== undefined && { appProtocol }),
    },
  })
  return {
    apiVersion: `${kgatewayGroup}/v1alpha1`,
    kind: 'Backend',
    metadata: metadataOf(place),
    spec: groups.length === 0 ? hostsOf(addresses) : { priorityGroups: [addresses, ...groups].map(hostsOf) },
  }
}

/** All backends of one object have the same settings; TLS may differ by port. */
function policyDocuments({ names }: Export, places: readonly BackendPlace[]): readonly Written[] {
  const [first] = places
  if (first === undefined) return []
  const { namespace, settings, budget, session } = first
  const target = { group: first.kind === 'Service' ? '' : kgatewayGroup, kind: first.kind, name: first.name }
  const policy = (apiVersion: string, kind: string, name: string, spec: object): Written => {
    return {
      manifest: { apiVersion, kind, metadata: { name: names.take(`${kind}/${namespace}`, name), namespace }, spec },
    }
  }
  const written: Written[] = []
  const ports = [...new Map(places.map((place) => [place.port, place])).values()]
  for (const { port, tls } of ports) {
    if (tls.validation === undefined) continue
    const section = ports.length === 1 ? {} : { sectionName: portName(ports, port) }
    const spec = { targetRefs: [{ ...target, ...section }], validation: tls.validation }
    written.push(
      policy(`${gatewayGroup}/v1`, 'BackendTLSPolicy', ports.length === 1 ? first.name : `${first.name}-${port}`, spec),
    )
  }
  if (Object.keys(settings).length > 0) {
    const spec = { targetRefs: [target], ...settings }
    written.push(policy(`${kgatewayGroup}/v1alpha1`, 'BackendConfigPolicy', first.name, spec))
  }
  if (budget !== undefined || session !== undefined) {
    const spec = {
      targetRefs: [target],
      ...(budget && { retryConstraint: budget }),
      ...(session && { sessionPersistence: session }),
    }
    written.push(policy('gateway.networking.x-k8s.io/v1alpha1', 'XBackendTrafficPolicy', first.name, spec))
  }
  return written
}

/** Fallbacks and credentials, which no dialect has a place for at a backend. */
function tellBackend({ dialect, unsaid }: Export, { backend, groups, kind, addresses }: BackendPlace): void {
  const place = placeOf('backends', backend.name)
  const { fallback, headers = [] } = backend
  const said = groups.length
  if (fallback !== undefined && fallback.backends.length > said) {
    const instead = dialect === 'kgateway' ? 'priorityGroups of a Backend shift when health checks fail' : undefined
    unsaid.add(`${place}.fallback`, 'no backend stands in for one whose attempt failed', instead)
  } else if (said > 0) {
    const reason = 'priority groups shift when health checks fail, not when an attempt does'
    unsaid.add(`${place}.fallback.on`, reason, 'priorityGroups of the Backend')
  }
  for (const [index, { name, value }] of headers.entries()) {
    if (typeof value === 'string') continue
    const instead =
      dialect === 'kgateway'
        ? `a Secret, and TrafficPolicy.spec.headerModifiers.request.set with a secretRef for ${name}`
        : undefined
    unsaid.add(
      `${place}.headers[${index}]`,
      'a value is never written, and no field of a backendRef takes a reference',
      instead,
    )
  }
  if (kind === 'Backend' && addresses.some(isLocal)) {
    const reason = 'an address of this machine means the pod of the proxy there'
    unsaid.add(`${place}.endpoints`, reason, 'write addresses that the cluster can reach')
  }
}
