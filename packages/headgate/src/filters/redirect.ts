/** Gateway API HTTPRequestRedirectFilter: status and Location, worked out of the request's head. It sends nothing. */

import type { RedirectFilterConfig } from '@headgate/config'
import { rewritePath } from './rewrite.ts'

export interface RedirectRequest {
  /** How the request came in: what the listener speaks. */
  readonly scheme: 'http' | 'https'
  /** As in Host, with its port; empty where an HTTP/1.0 caller sent none. */
  readonly host: string
  /** The declared port. Undefined behind a mount without listeners: the port that Host names is kept. */
  readonly listenerPort: number | undefined
  readonly path: string
  /** With its `?`, or empty. */
  readonly search: string
  /** See `rewritePath`. */
  readonly matchedPrefix: string | undefined
}

export interface Redirect {
  /** 301, 302, 303, 307 or 308. */
  readonly status: number
  /** An absolute URL. */
  readonly location: string
}

const wellKnownPorts = { http: 80, https: 443 } as const

/**
 * Where a request is sent instead. Scheme, host and path are the filter's, else the request's; the query is always kept.
 * The port is the filter's; else the well-known one of the filter's scheme; else the listener's. 80 is left out of an http
 * URL and 443 out of an https one.
 *
 * Undefined when neither the filter nor the request names a host: no URL can be made, and the answer is 400. (A relative
 * reference would do where only the path changes, but a path can be read as the name of a host there.)
 */
export function redirectAnswer(filter: RedirectFilterConfig, request: RedirectRequest): Redirect | undefined {
  const scheme = filter.scheme ?? request.scheme
  const portStart = findPort(request.host)
  const hostname = filter.hostname ?? request.host.slice(0, portStart)
  if (hostname === '') return undefined
  const port = filter.port ?? (filter.scheme === undefined ? ownPort(request, portStart) : wellKnownPorts[scheme])
  const authority = port === wellKnownPorts[scheme] ? hostname : `${hostname}:${port}`
  const path = rewritePath(filter.path, request.path, request.matchedPrefix)
  return { status: filter.statusCode, location: `${scheme}://${authority}${path}${request.search}` }
}

/** Where the colon before the port is, or the end; the colons within the brackets of an IPv6 address are none. */
function findPort(host: string): number {
  const colon = host.lastIndexOf(':')
  return colon === -1 || host.endsWith(']') ? host.length : colon
}

function ownPort({ listenerPort, host, scheme }: RedirectRequest, portStart: number): number {
  if (listenerPort !== undefined) return listenerPort
  const named = host.slice(portStart + 1)
  return named === '' ? wellKnownPorts[scheme] : Number(named)
}
