/** Which of the listeners that share a socket takes a request (Gateway API Listener.hostname)? It knows no routes and no sockets. */

import { normaliseHost } from '@headgate/matcher'

/** What is read of a listener: exact or `*.` wildcard, lower case; absent: every host. */
export interface ListenerName {
  readonly hostname?: string
}

/** A listener of an index: one object for each. */
export interface ListenerChoice<L extends ListenerName> {
  readonly listener: L
}

export interface ListenerIndex<L extends ListenerName> {
  readonly exact: ReadonlyMap<string, ListenerChoice<L>>
  /** By what follows the `*`: `.example.com`. */
  readonly wildcards: ReadonlyMap<string, ListenerChoice<L>>
  /** Of the keys of `wildcards`, the longest first. */
  readonly suffixLengths: readonly number[]
  readonly any: ListenerChoice<L> | undefined
}

const dot = 0x2e

/** Indexes the listeners of one socket. Of two with the same hostname the first counts (Gateway API: the other is conflicted). */
export function indexListeners<L extends ListenerName>(listeners: readonly L[]): ListenerIndex<L> {
  const exact = new Map<string, ListenerChoice<L>>()
  const wildcards = new Map<string, ListenerChoice<L>>()
  const lengths = new Set<number>()
  let any: ListenerChoice<L> | undefined
  for (const listener of listeners) {
    const { hostname } = listener
    if (hostname === undefined) {
      any ??= { listener }
    } else if (hostname.startsWith('*.')) {
      const suffix = hostname.slice(1)
      if (!wildcards.has(suffix)) wildcards.set(suffix, { listener })
      lengths.add(suffix.length)
    } else if (!exact.has(hostname)) {
      exact.set(hostname, { listener })
    }
  }
  const suffixLengths = [...lengths].sort((first, second) => second - first)
  return { exact, wildcards, suffixLengths, any }
}

/**
 * The listener with the most specific hostname that meets a host: exact, then the longest wildcard, then none. Undefined: 404.
 * The request sees this listener's routes only, also where they do not match and another listener's would (listener isolation).
 *
 * `host` is what `normaliseHost` gives; empty for a request without one.
 */
export function findListener<L extends ListenerName>(
  index: ListenerIndex<L>,
  host: string,
): ListenerChoice<L> | undefined {
  const exact = index.exact.get(host)
  if (exact !== undefined) return exact
  for (const length of index.suffixLengths) {
    const start = host.length - length
    // At least one character stands for the `*`.
    if (start < 1 || host.charCodeAt(start) !== dot) continue
    const wildcard = index.wildcards.get(host.slice(start))
    if (wildcard !== undefined) return wildcard
  }
  return index.any
}

/**
 * The listener that a TLS connection belongs to, by its SNI name as received: whose certificates are shown. A connection
 * without a name (also `false` or `null`, as `tls.TLSSocket.servername` may be), or with one that no listener has, goes to the
 * listener without hostname. Undefined where there is none.
 */
export function findConnectionListener<L extends ListenerName>(
  index: ListenerIndex<L>,
  serverName: string | false | null | undefined,
): ListenerChoice<L> | undefined {
  return typeof serverName === 'string' ? findListener(index, normaliseHost(serverName)) : index.any
}

/**
 * The listener of a request on a TLS connection. Host and SNI name may differ, but must lead to the same listener, or a caller
 * could reach one listener behind the certificate of another: `misdirected` is 421 (RFC 9110 section 15.5.20). Undefined: no
 * listener has this host, 404.
 *
 * Both names are looked up for each request, so that a connection outlives a reload.
 */
export function chooseSecureListener<L extends ListenerName>(
  index: ListenerIndex<L>,
  host: string,
  serverName: string | false | null | undefined,
): ListenerChoice<L> | 'misdirected' | undefined {
  const choice = findListener(index, host)
  if (choice === undefined || host === serverName) return choice
  return findConnectionListener(index, serverName) === choice ? choice : 'misdirected'
}
