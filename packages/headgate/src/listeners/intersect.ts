/** The hostnames under which a route is served by a listener (Gateway API HTTPRouteSpec.hostnames). It knows no requests. */

import { coversHostname } from './covers.ts'

/**
 * The hostnames of a route that a listener's hostname leaves: of each pair that meets, the more specific one, in the route's
 * order and each once. Undefined where none meets: the route is not attached to this listener.
 *
 * `listenerHostname` undefined and an empty `routeHostnames` each stand for every host, and so does an empty result. Names are
 * lower case.
 */
export function intersectHostnames(
  listenerHostname: string | undefined,
  routeHostnames: readonly string[],
): readonly string[] | undefined {
  if (listenerHostname === undefined) return routeHostnames
  if (routeHostnames.length === 0) return [listenerHostname]
  const shared = new Set<string>()
  for (const hostname of routeHostnames) {
    if (coversHostname(listenerHostname, hostname)) shared.add(hostname)
    else if (coversHostname(hostname, listenerHostname)) shared.add(listenerHostname)
  }
  return shared.size === 0 ? undefined : [...shared]
}
