/** Endpoints for tests: what a gateway knows of them, and upstreams that answer checks apart from requests. */

import type { EndpointSnapshot, Gateway } from 'headgate'
import { json, startUpstream } from '@headgate/testing'
import type { Script, Upstream } from '@headgate/testing'

/** The first backend's endpoint of this URL. */
export function endpointOf(gate: Gateway, url: string): EndpointSnapshot {
  const found = gate.backends()[0]?.endpoints.find((endpoint) => endpoint.url === url)
  if (found === undefined) throw new Error(`no endpoint ${url}`)
  return found
}

/** Resolves when `condition` holds; looks at each turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => setImmediate(resolve))
}

export interface CheckedUpstream {
  readonly upstream: Upstream
  readonly url: string
  /** What checks get from now on. */
  health: Script
  /** How many requests came that are no checks. */
  readonly served: number
  /** Heads of the checks so far. */
  readonly checks: Upstream['requests']
  [Symbol.asyncDispose](): Promise<void>
}

/** Answers `GET /health` by a script of its own, everything else by `script`. */
export async function startChecked(health: Script = json({}), script: Script = json({})): Promise<CheckedUpstream> {
  const isCheck = ({ target }: { readonly target: string }): boolean => target === '/health'
  const upstream = await startUpstream((request, connection) => {
    return isCheck(request) ? checked.health(request, connection) : script(request, connection)
  })
  const checked: CheckedUpstream = {
    upstream,
    url: upstream.url,
    health,
    get served() {
      return upstream.requests.filter((request) => !isCheck(request)).length
    },
    get checks() {
      return upstream.requests.filter(isCheck)
    },
    [Symbol.asyncDispose]: () => upstream.close(),
  }
  return checked
}
