/** References from routes to the objects of backends, with the grants that they need. */

import { kgatewayGroup } from '../resources/kinds.ts'
import type { Export } from './context.ts'
import type { RoutePlace } from './route-places.ts'

type Fields = Readonly<Record<string, unknown>>

/** BackendObjectReference of a backend of the config. */
export function refTo({ backends, grants }: Export, route: RoutePlace, name: string): Fields {
  const place = backends.get(name)
  if (place === undefined)
    throw new RangeError(`no backend is named ${JSON.stringify(name)}: the config was not checked`)
  const group = place.kind === 'Service' ? '' : kgatewayGroup
  const { kind, namespace, port } = place
  grants.add({ kind: route.kind, namespace: route.namespace }, { group, kind, namespace, name: place.name })
  return {
    ...(kind === 'Backend' && { group, kind }),
    name: place.name,
    ...(namespace !== route.namespace && { namespace }),
    ...(kind === 'Service' && { port }),
  }
}
