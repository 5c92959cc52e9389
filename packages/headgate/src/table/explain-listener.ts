/** By which listener a request comes in, and why not by the others. For people; it knows no sockets and no routes. */

import type { ListenerConfig, Origin } from '@headgate/config'
import { findListener, indexListeners } from '../listeners/choose.ts'

export interface ExplainedListener {
  readonly name: string
  /** As declared. */
  readonly port: number
  readonly protocol: ListenerConfig['protocol']
  /** Undefined: every host. */
  readonly hostname: string | undefined
  readonly origin: Origin | undefined
}

export interface PassedListener {
  readonly listener: string
  /** One sentence. */
  readonly because: string
}

/** What is known of how a request comes in. */
export interface Arrival {
  /** Lower case, without port; empty without one. */
  readonly host: string
  readonly scheme: 'http' | 'https' | undefined
  /** The one of the URL, or its scheme's. */
  readonly port: number | undefined
}

export interface ListenerChoice {
  readonly chosen: ListenerConfig | undefined
  readonly passed: readonly PassedListener[]
}

/**
 * The listener that has the scheme, the port and the host. A port that no listener of the scheme declares is taken to be where
 * one of them is reached, and decides nothing. Of several addresses the first one that `takes` the request counts.
 */
export function explainListener(
  listeners: readonly ListenerConfig[],
  arrival: Arrival,
  takes: (listener: ListenerConfig) => boolean,
): ListenerChoice {
  const reasons = new Map<ListenerConfig, string>()
  const left = listeners.filter((listener) => {
    const because = byWire(listener, listeners, arrival)
    if (because !== undefined) reasons.set(listener, because)
    return because === undefined
  })
  const found: ListenerConfig[] = []
  for (const group of bySocket(left)) {
    const choice = findListener(indexListeners(group), arrival.host)?.listener
    if (choice !== undefined) found.push(choice)
    for (const listener of group) if (listener !== choice) reasons.set(listener, byHost(listener, choice, arrival.host))
  }
  const chosen = found.find(takes) ?? found[0]
  for (const other of found) {
    if (other === chosen || chosen === undefined) continue
    reasons.set(other, `it is another address than that of ${chosen.name}`)
  }
  const passed = listeners.flatMap((listener) => {
    const because = reasons.get(listener)
    return because === undefined ? [] : { listener: listener.name, because }
  })
  return { chosen, passed }
}

export function explained({ name, port, protocol, hostname, origin }: ListenerConfig): ExplainedListener {
  return { name, port, protocol, hostname, origin }
}

function byWire(
  { protocol, port }: ListenerConfig,
  listeners: readonly ListenerConfig[],
  arrival: Arrival,
): string | undefined {
  const { scheme } = arrival
  if (scheme === undefined) return undefined
  if (protocol !== scheme.toUpperCase()) return `it speaks ${protocol}, the request comes over ${scheme}`
  const isDeclared = listeners.some((each) => each.protocol === protocol && each.port === arrival.port)
  return !isDeclared || port === arrival.port ? undefined : `its port is ${port}, the request is for ${arrival.port}`
}

function byHost({ hostname = '' }: ListenerConfig, choice: ListenerConfig | undefined, host: string): string {
  const wanted = hostname === '' ? 'every host' : `"${hostname}"`
  if (choice === undefined) return `it is for ${wanted}, the request for "${host}"`
  return `it is for ${wanted}, and ${choice.name} is the nearest for "${host}"`
}

/** Listeners of one Gateway and port share a socket; what stands before the last `/` of a name is the Gateway. */
function bySocket(listeners: readonly ListenerConfig[]): readonly (readonly ListenerConfig[])[] {
  const groups = new Map<string, ListenerConfig[]>()
  for (const listener of listeners) {
    const gateway = listener.name.slice(0, Math.max(0, listener.name.lastIndexOf('/')))
    const key = `${gateway} ${listener.port}`
    groups.set(key, [...(groups.get(key) ?? []), listener])
  }
  return [...groups.values()]
}
