/** Names of listeners to addresses. It opens no sockets. */

import { nearest } from '@headgate/config'
import type { ListenerConfig } from '@headgate/config'
import { addressText } from './option-values.ts'
import type { Address, ListenOption } from './option-values.ts'

/** A listener as manifests name it. */
export interface NamedListener {
  /** Unique: the name in the config. */
  readonly name: string
  /** `namespace/gateway`, or the name of the gateway alone. */
  readonly gateway: string
  /** Its name within the gateway. */
  readonly listener: string
  readonly port: number
  readonly protocol: string
}

/** Addresses by the listener's name in the config. */
export type Bind = ReadonlyMap<string, Address>

export type BindResult =
  | { readonly bind: Bind; readonly absent: readonly string[] }
  | { readonly problems: readonly string[] }

/** Where a listener is reached when nothing is said: not from other machines. */
const defaultHost = '127.0.0.1'

/**
 * One address for each listener that `wanted` names; without any, its declared port for each. Listeners on one address
 * share its socket, so they must agree on port and protocol and differ in their host name. A name that no listener has is a
 * problem, but `mayBeAbsent` when the files were read again: the listener has gone, and may come back.
 */
export function bindListeners(
  named: readonly NamedListener[],
  listeners: readonly ListenerConfig[],
  wanted: readonly ListenOption[],
  mayBeAbsent = false,
): BindResult {
  const problems: string[] = []
  const absent: string[] = []
  const bind = new Map<string, Address>()
  const all = wanted.length > 0 ? [] : named
  for (const { name, port } of all) bind.set(name, { host: defaultHost, port })
  for (const { name, address } of wanted) {
    const found = findListener(named, name)
    if (found === undefined && mayBeAbsent) absent.push(name)
    else if (found === undefined) problems.push(noListener(named, name))
    else if (typeof found === 'string') problems.push(found)
    else if (bind.has(found.name)) problems.push(`--listen ${name}: the listener ${found.name} has an address already`)
    else bind.set(found.name, address)
  }
  if (bind.size === 0 && problems.length === 0) problems.push('the files declare no listener that can be opened')
  problems.push(...conflicts(bind, listeners, wanted.length > 0))
  return problems.length > 0 ? { problems } : { bind, absent }
}

/** How a listener may be called, the longest form first. */
const forms: readonly ((one: NamedListener) => string)[] = [
  (one) => one.name,
  (one) => `${one.gateway}/${one.listener}`,
  (one) => `${one.gateway.slice(one.gateway.lastIndexOf('/') + 1)}/${one.listener}`,
  (one) => one.listener,
]

/** The listener of that name, why it is not clear which, or `undefined`. */
function findListener(named: readonly NamedListener[], wanted: string): NamedListener | string | undefined {
  for (const form of forms) {
    const [first, ...others] = named.filter((one) => form(one) === wanted)
    if (first === undefined) continue
    if (others.length === 0) return first
    const names = [first, ...others].map((one) => one.name).join(', ')
    return `--listen ${wanted}: several listeners are called that; write one of ${names}`
  }
  return undefined
}

function noListener(named: readonly NamedListener[], wanted: string): string {
  if (named.length === 0) return `--listen ${wanted}: the files declare no listener`
  const known = [...new Set(named.flatMap((one) => forms.map((form) => form(one))))]
  const meant = nearest(wanted, known)
  const hint = meant === undefined ? '' : ` (did you mean ${meant}?)`
  return `--listen ${wanted}: there is no such listener${hint}; the files declare ${named.map((one) => one.name).join(', ')}`
}

function conflicts(bind: Bind, listeners: readonly ListenerConfig[], asked: boolean): readonly string[] {
  const problems: string[] = []
  const taken = new Map<string, ListenerConfig[]>()
  for (const listener of listeners) {
    const address = bind.get(listener.name)
    if (address === undefined) continue
    // Port 0 is a free port for each declared one.
    const key = address.port === 0 ? `${address.host} ${listener.port}` : addressText(address)
    const others = taken.get(key) ?? []
    for (const other of others) {
      const why = conflict(listener, other)
      if (why === undefined) continue
      const remedy = asked ? 'give one of them another address' : 'give them addresses with --listen'
      problems.push(`${addressText(address)}: ${other.name} and ${listener.name} cannot share it, ${why}; ${remedy}`)
    }
    taken.set(key, [...others, listener])
  }
  return problems
}

function conflict(one: ListenerConfig, other: ListenerConfig): string | undefined {
  if (one.protocol !== other.protocol) return 'they speak different protocols'
  if (one.port !== other.port) return `their declared ports differ (${other.port}, ${one.port})`
  if (one.hostname?.toLowerCase() === other.hostname?.toLowerCase()) {
    return `both are for ${one.hostname === undefined ? 'every host' : `the host ${one.hostname}`}`
  }
  return undefined
}
