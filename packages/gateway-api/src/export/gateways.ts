/** Gateways with their listeners, and the parents of routes. It opens nothing and reads no Secret. */

import type { CertificateConfig } from '@headgate/config'

import { gatewayGroup } from '../resources/kinds.ts'
import { annotations, listenersKey, mapText, nameKey } from './annotations.ts'
import type { Export } from './context.ts'
import { slug } from './names.ts'
import type { GatewayPlace, ListenerPlace, RoutePlace } from './route-places.ts'
import { placeOf } from './unsaid.ts'
import type { Manifest } from './write.ts'

type Fields = Readonly<Record<string, unknown>>

/** The name of the gateway in a config that names none. */
const usualName = 'headgate'

export function gatewayObject(parts: Export, gateway: GatewayPlace, isFirst: boolean): Manifest {
  const { config, dialect } = parts
  const changed = gateway.listeners.filter(({ listener, name }) => {
    return listener !== undefined && listener.name !== `${gateway.namespace}/${gateway.name}/${name}`
  })
  const kept = annotations({
    [nameKey]: isFirst && config.name !== usualName ? config.name : undefined,
    [listenersKey]: mapText(Object.fromEntries(changed.map(({ listener, name }) => [name, listener?.name ?? '']))),
  })
  return {
    apiVersion: `${gatewayGroup}/v1`,
    kind: 'Gateway',
    metadata: { name: gateway.name, namespace: gateway.namespace, ...(kept && { annotations: kept }) },
    spec: {
      gatewayClassName: dialect === 'kgateway' ? 'kgateway' : usualName,
      listeners: gateway.listeners.map((place) => listenerBody(parts, gateway, place)),
    },
  }
}

function listenerBody(parts: Export, gateway: GatewayPlace, place: ListenerPlace): Fields {
  const { listener, name } = place
  const { hostname, port = 80, protocol = 'HTTP', certificates = [] } = listener ?? {}
  const allowed = allowedRoutes(parts, gateway, place)
  return {
    name,
    ...(hostname !== undefined && { hostname }),
    port,
    protocol,
    ...(protocol === 'HTTPS' && {
      tls: {
        mode: 'Terminate',
        certificateRefs: certificates.map((pair, index) => certificateRef(parts, gateway, place, pair, index)),
      },
    }),
    ...(allowed && { allowedRoutes: allowed }),
  }
}

/** Only the namespaces whose routes are there; without a word it is the Gateway's own. */
function allowedRoutes({ routes }: Export, gateway: GatewayPlace, place: ListenerPlace): Fields | undefined {
  const attached = routes.filter(({ route }) => isAttached(route.listeners, place))
  const namespaces = [...new Set(attached.map(({ namespace }) => namespace))].toSorted()
  if (namespaces.every((namespace) => namespace === gateway.namespace)) return undefined
  const expression = { key: 'kubernetes.io/metadata.name', operator: 'In', values: namespaces }
  return { namespaces: { from: 'Selector', selector: { matchExpressions: [expression] } } }
}

/** A Secret of the type kubernetes.io/tls, by name: its texts are never written. */
function certificateRef(
  { unsaid, grants }: Export,
  { namespace }: GatewayPlace,
  { listener, name }: ListenerPlace,
  { certificate, key }: CertificateConfig,
  index: number,
): Fields {
  const id = 'secret' in certificate ? /^(.+)\/tls\.crt$/.exec(certificate.secret)?.[1] : undefined
  if (id !== undefined && 'secret' in key && key.secret === `${id}/tls.key`) {
    const [place = '', secret = ''] = id.split('/')
    grants.add({ kind: 'Gateway', namespace }, { group: '', kind: 'Secret', namespace: place, name: secret })
    return { name: secret, ...(place !== namespace && { namespace: place }) }
  }
  const made = `${slug(name, 'listener')}-tls${index === 0 ? '' : `-${index + 1}`}`
  const path = `${placeOf('listeners', listener?.name ?? name)}.certificates[${index}]`
  const instead = `kubectl create secret tls ${made} -n ${namespace} --cert=FILE --key=FILE`
  unsaid.add(path, 'a certificate is read from tls.crt and tls.key of a Secret', instead)
  return { name: made }
}

function isAttached(listeners: readonly string[] | undefined, { listener }: ListenerPlace): boolean {
  return listeners === undefined || (listener !== undefined && listeners.includes(listener.name))
}

/** One for each Gateway, or one for each listener where the route is not attached to all of them. */
export function parentRefs(gateways: readonly GatewayPlace[], { route, namespace }: RoutePlace): readonly Fields[] {
  return gateways.flatMap((gateway) => {
    const ref = { name: gateway.name, ...(gateway.namespace !== namespace && { namespace: gateway.namespace }) }
    const attached = gateway.listeners.filter((place) => isAttached(route.listeners, place))
    if (attached.length === gateway.listeners.length) return [ref]
    return attached.map((place) => ({ ...ref, sectionName: place.name }))
  })
}
