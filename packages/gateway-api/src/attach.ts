/** Which listeners a route is attached to (Gateway API v1: parentRefs, allowedRoutes, host names). */

import type { Context } from './context.ts'
import type { FieldPath } from './diagnostics.ts'
import { effectiveHostnames } from './hostnames.ts'
import type { Listener } from './listeners.ts'
import { refusalOf } from './namespaces.ts'
import { gatewayGroup } from './resources/kinds.ts'
import type { ParentRef } from './resources/references.ts'
import type { Resource } from './resources/resource.ts'

export type RouteResource = Resource<'HTTPRoute'> | Resource<'GRPCRoute'>

/** The listeners of a route, each once. For a parentRef that leads to none there is a diagnostic, and only it is lost. */
export function attach(context: Context, route: RouteResource, listeners: readonly Listener[]): readonly Listener[] {
  const { parentRefs = [], useDefaultGateways } = route.body.spec
  if (useDefaultGateways !== undefined) {
    const message = 'default Gateways are not known here; name the Gateway in parentRefs'
    context.warn(route, ['spec', 'useDefaultGateways'], 'unsupported', message)
  }
  if (parentRefs.length === 0) {
    const message = 'the route names no parent, so it is attached to no listener and serves nothing'
    context.warn(route, ['spec'], 'no-parent', message)
  }
  const found = new Set<Listener>()
  for (const [index, ref] of parentRefs.entries()) {
    for (const listener of attachTo(context, route, ref, ['spec', 'parentRefs', index], listeners)) found.add(listener)
  }
  return listeners.filter((listener) => found.has(listener))
}

function attachTo(
  context: Context,
  route: RouteResource,
  ref: ParentRef,
  path: FieldPath,
  listeners: readonly Listener[],
): readonly Listener[] {
  const owner = ownerOf(context, route, ref, path)
  if (owner === undefined) return []
  const own = listeners.filter((listener) => listener.owner === owner)
  const named = own.filter(({ body }) => ref.sectionName === undefined || body.name === ref.sectionName)
  const fitting = named.filter(({ body }) => ref.port === undefined || body.port === ref.port)
  if (fitting.length === 0) {
    tellNoListener(context, route, ref, path, owner, named)
    return []
  }
  const refusals: string[] = []
  const attached = fitting.filter((listener) => {
    const refusal = refusalOfRoute(context, route, listener)
    if (refusal !== undefined) refusals.push(`${listener.body.name}: ${refusal}`)
    return refusal === undefined
  })
  if (attached.length === 0) {
    const message = `the route is attached to no listener of the ${owner.title}, so it serves nothing there: ${refusals.join('; ')}`
    context.warn(route, path, 'not-allowed-by-listeners', message)
    return []
  }
  const { hostnames = [] } = route.body.spec
  const hosted = attached.filter(({ body }) => effectiveHostnames(hostnames, body.hostname) !== undefined)
  if (hosted.length === 0) {
    const hosts = [...new Set(attached.map(({ body }) => body.hostname))].join(', ')
    const message = `the route has no host name in common with ${hosts}, so it serves nothing there`
    context.warn(route, path, 'no-matching-hostname', message)
  }
  return hosted
}

function ownerOf(
  context: Context,
  route: RouteResource,
  ref: ParentRef,
  path: FieldPath,
): Listener['owner'] | undefined {
  const { group = gatewayGroup, kind = 'Gateway', namespace = route.namespace, name } = ref
  const id = `${namespace}/${name}`
  if (kind === 'Service' && group === '') {
    const message = 'routes of a Service are those of a mesh; without one this parent has no effect'
    context.info(route, path, 'ignored-in-process', message)
    return undefined
  }
  const isSet = kind === 'ListenerSet' || kind === 'XListenerSet'
  if (kind !== 'Gateway' && !isSet) {
    context.warn(route, [...path, 'kind'], 'unknown-kind', `a parent is a Gateway or a ListenerSet, not a ${kind}`)
    return undefined
  }
  const known = isSet ? 'ListenerSet' : 'Gateway'
  const owner = isSet ? context.resources.get('ListenerSet', id) : context.resources.get('Gateway', id)
  if (owner === undefined) {
    const hint = context.didYouMean(id, context.resources.ids(known))
    const message = `the ${known} ${id} is not in the files, so the route serves nothing there`
    context.warn(route, path, 'parent-not-found', message, hint)
  }
  return owner
}

function tellNoListener(
  context: Context,
  route: RouteResource,
  ref: ParentRef,
  path: FieldPath,
  owner: Listener['owner'],
  named: readonly Listener[],
): void {
  const declared = owner.body.spec.listeners ?? []
  const written = declared.filter(({ name }) => ref.sectionName === undefined || name === ref.sectionName)
  if (named.length === 0 && written.length > 0) {
    const message = `the ${owner.title} opens none of the listeners that this parent means; see there`
    return context.warn(route, path, 'no-matching-parent', message)
  }
  if (declared.length === 0) {
    const message = `the ${owner.title} has no listeners, so the route serves nothing there`
    return context.warn(route, path, 'no-matching-parent', message)
  }
  const isPort = named.length > 0
  const wanted = isPort ? `port ${ref.port}` : `name ${ref.sectionName}`
  const message = `no listener of the ${owner.title} has the ${wanted}, so the route serves nothing there`
  const names = declared.map(({ name, port }) => (isPort ? String(port) : name))
  const hint = `it has ${[...new Set(names)].join(', ')}`
  context.warn(route, [...path, isPort ? 'port' : 'sectionName'], 'no-matching-parent', message, hint)
}

/** Why a listener does not take a route, or `undefined` where it does. */
function refusalOfRoute(context: Context, route: RouteResource, { body, owner }: Listener): string | undefined {
  const { kinds = [], namespaces } = body.allowedRoutes ?? {}
  const isKind = kinds.some(({ group = gatewayGroup, kind }) => group === route.group && kind === route.kind)
  if (kinds.length > 0 && !isKind)
    return `only routes of the kind ${kinds.map(({ kind }) => kind).join(', ')} are allowed`
  return refusalOf(context, namespaces, 'Same', owner.namespace, route.namespace)
}
