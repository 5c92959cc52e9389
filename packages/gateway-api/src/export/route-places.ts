/** The namespace, name and listeners that each route and Gateway gets. It writes no objects. */

import type { GatewayConfig, ListenerConfig, RouteConfig } from '@headgate/config'

import { isLabel, isObjectName, slug } from './names.ts'
import type { NameSet } from './names.ts'

/** Where things go that name no namespace. */
export const defaultNamespace = 'default'

export interface ListenerPlace {
  /** As in the config; absent for one that the config does not have. */
  readonly listener?: ListenerConfig
  /** Within its Gateway. */
  readonly name: string
}

export interface GatewayPlace {
  readonly namespace: string
  readonly name: string
  readonly listeners: readonly ListenerPlace[]
}

export interface RoutePlace {
  readonly route: RouteConfig
  readonly kind: 'HTTPRoute' | 'GRPCRoute'
  readonly namespace: string
  readonly name: string
}

/** Listeners that share a socket in the config are those of one Gateway. A config without listeners gets one for every host. */
export function gatewayPlaces(config: GatewayConfig, names: NameSet): readonly GatewayPlace[] {
  if (config.listeners.length === 0) {
    const name = names.take(`Gateway/${defaultNamespace}`, slug(config.name, 'gateway'))
    return [{ namespace: defaultNamespace, name, listeners: [{ name: 'http' }] }]
  }
  const groups = new Map<string, ListenerConfig[]>()
  for (const listener of config.listeners) {
    const key = gatewayOf(listener.name)
    groups.set(key, [...(groups.get(key) ?? []), listener])
  }
  const natural = [...groups.keys()].filter((key) => isId(key))
  for (const id of natural) names.reserve(`Gateway/${id.slice(0, id.indexOf('/'))}`, id.slice(id.indexOf('/') + 1))
  return [...groups].map(([key, listeners]) => {
    const place = natural.includes(key)
      ? { namespace: key.slice(0, key.indexOf('/')), name: key.slice(key.indexOf('/') + 1) }
      : {
          namespace: defaultNamespace,
          name: names.take(`Gateway/${defaultNamespace}`, slug(key === '' ? config.name : key, 'gateway')),
        }
    return { ...place, listeners: listenerPlaces(place, listeners, names) }
  })
}

function listenerPlaces(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  listeners: readonly ListenerConfig[],
  names: NameSet,
): readonly ListenerPlace[] {
  const scope = `listener/${namespace}/${name}`
  const wanted = listeners.map((listener) => lastPart(listener.name))
  const isKept = wanted.map((text) => isObjectName(text) && names.reserve(scope, text))
  return listeners.map((listener, index) => {
    const text = wanted[index] ?? ''
    return { listener, name: isKept[index] === true ? text : names.take(scope, slug(text, 'listener')) }
  })
}

/** A listener of a ListenerSet, `namespace/gateway/listener@namespace/set`, belongs to the Gateway. */
function gatewayOf(name: string): string {
  const plain = withoutSet(name)
  return plain.slice(0, Math.max(0, plain.lastIndexOf('/')))
}

function lastPart(name: string): string {
  const plain = withoutSet(name)
  return plain.slice(plain.lastIndexOf('/') + 1)
}

function withoutSet(name: string): string {
  return name.replace(/^([^/@]+\/[^/@]+\/[^/@]+)@[^/@]+\/[^/@]+$/, '$1')
}

function isId(key: string): boolean {
  const [namespace = '', name = '', ...more] = key.split('/')
  return more.length === 0 && isLabel(namespace) && isObjectName(name)
}

/**
 * HTTPRoutes first, as they are read back. No two routes of a namespace get one name, of whichever kind they are: then each keeps
 * its own.
 */
export function routePlaces(config: GatewayConfig, names: NameSet): readonly RoutePlace[] {
  const routes = [...config.routes].toSorted((a, b) => Number(a.kind === 'GRPC') - Number(b.kind === 'GRPC'))
  const scope = (namespace: string): string => `route/${namespace}`
  const isKept = routes.map(({ namespace, name }) => {
    return namespace !== undefined && isLabel(namespace) && isObjectName(name) && names.reserve(scope(namespace), name)
  })
  return routes.map((route, index) => {
    const kind = route.kind === 'GRPC' ? 'GRPCRoute' : 'HTTPRoute'
    const { namespace: own } = route
    const namespace = own === undefined ? defaultNamespace : isLabel(own) ? own : slug(own, 'namespace')
    const name = isKept[index] === true ? route.name : names.take(scope(namespace), slug(route.name, 'route'))
    return { route, kind, namespace, name }
  })
}
