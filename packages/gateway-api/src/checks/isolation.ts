/** Routes whose hosts all belong to a more specific listener of the same socket (Gateway API listener isolation). */

import type { Context } from '../context.ts'
import { covers, effectiveHostnames } from '../hostnames.ts'
import type { Listener } from '../listeners.ts'
import type { RouteDraft } from '../routes/routes.ts'

export function checkIsolation(context: Context, { route, listeners }: RouteDraft, all: readonly Listener[]): void {
  if (listeners.length === 0) return
  const { hostnames = [] } = route.body.spec
  const nearer: string[] = []
  for (const listener of listeners) {
    const hosts = effectiveHostnames(hostnames, listener.body.hostname) ?? []
    const found = hosts.map((host) => all.find((other) => takesAway(other, listener, host)))
    if (found.length === 0 || found.includes(undefined)) return
    for (const other of found) if (other !== undefined) nearer.push(other.body.name)
  }
  const message = `every host of the route belongs to the listener ${[...new Set(nearer)].join(', ')}, to which it is not attached, so it gets no request`
  context.warn(route, ['spec', 'hostnames'], 'unreachable-route', message)
}

/** Does `other` get all requests for this host that `listener` would get without it? */
function takesAway(other: Listener, listener: Listener, host: string): boolean {
  if (other === listener || other.gateway !== listener.gateway || other.body.port !== listener.body.port) return false
  const { hostname } = other.body
  if (hostname === undefined || hostname === listener.body.hostname || !covers(hostname, host)) return false
  return listener.body.hostname === undefined || covers(listener.body.hostname, hostname)
}
