/** Where the endpoints of a Service, an InferencePool or a Backend are: given by the caller, by EndpointSlices, by hosts. */

import type { Context } from '../context.ts'
import type { ServicePort } from '../resources/core.ts'
import type { Resource } from '../resources/resource.ts'

const serviceLabel = 'kubernetes.io/service-name'

/** What `resolve` has for one port, or `undefined`. */
export function resolvedAt(
  context: Context,
  namespace: string,
  name: string,
  port: number,
): readonly string[] | undefined {
  return context.resolve.get(`${name}.${namespace}:${port}`)
}

/** What `resolve` has for any of these ports; for all where none is given. */
export function resolvedAtAny(
  context: Context,
  namespace: string,
  name: string,
  ports?: readonly number[],
): readonly string[] | undefined {
  const start = `${name}.${namespace}:`
  const found = [...context.resolve].filter(([key]) => {
    return key.startsWith(start) && (ports === undefined || ports.includes(Number(key.slice(start.length))))
  })
  return found.length === 0 ? undefined : [...new Set(found.flatMap(([, urls]) => urls))]
}

/** Addresses of the ready endpoints of one port of a Service, as URLs. Both address families of one pod are two endpoints. */
export function endpointsOf(context: Context, service: Resource<'Service'>, port: ServicePort): readonly string[] {
  const { type, externalName } = service.body.spec
  if (type === 'ExternalName') return externalName === undefined ? [] : [urlOf(externalName, port.port)]
  const urls = new Set<string>()
  for (const slice of context.resources.list('EndpointSlice')) {
    if (slice.namespace !== service.namespace || slice.labels[serviceLabel] !== service.name) continue
    const number = portOf(slice, port)
    if (number === undefined) continue
    for (const { addresses = [], conditions } of slice.body.endpoints ?? []) {
      if (conditions?.ready === false) continue
      for (const address of addresses) urls.add(urlOf(address, number))
    }
  }
  return [...urls]
}

/** A port of a slice belongs to the port of the Service that has its name; where neither has one there is one only. */
function portOf(slice: Resource<'EndpointSlice'>, { name = '' }: ServicePort): number | undefined {
  return slice.body.ports?.find((port) => (port.name ?? '') === name)?.port
}

export function urlOf(host: string, port: number): string {
  return host.includes(':') && !host.startsWith('[') ? `http://[${host}]:${port}` : `http://${host}:${port}`
}

/** The same URL with another scheme. A port that was left out stays left out. */
export function withScheme(url: string, scheme: 'http' | 'https'): string {
  return url.replace(/^https?:/i, `${scheme}:`)
}
