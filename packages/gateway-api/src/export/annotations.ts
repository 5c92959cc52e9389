/** Annotations that keep what a name was before it became one of Kubernetes. It reads and writes no objects. */

/** Name of the backend, the route or the gateway that an object was made from. */
export const nameKey = 'headgate.dev/name'
/** Namespace of the route, where it had one. */
export const namespaceKey = 'headgate.dev/namespace'
/** Pool of the backend. */
export const poolKey = 'headgate.dev/pool'
/** Name of the limit that a TrafficPolicy was made from. */
export const limitKey = 'headgate.dev/limit'
/** JSON: names of listeners of a Gateway to what they were. */
export const listenersKey = 'headgate.dev/listeners'
/** JSON: names of rules of a route to what they were. */
export const rulesKey = 'headgate.dev/rules'

export type Annotations = Readonly<Record<string, string>>

/** Those that have a value; `undefined` where none has. */
export function annotations(values: Readonly<Record<string, string | undefined>>): Annotations | undefined {
  const kept = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

/** A map as one text; `undefined` where it is empty. */
export function mapText(map: Readonly<Record<string, string>>): string | undefined {
  return Object.keys(map).length === 0 ? undefined : JSON.stringify(map)
}
