/** The matches of all routes on one listener, for checks that compare them. It ranks as the matcher does, by what can be told apart. */

import type { MatchConfig, RouteInput, RuleInput } from '@headgate/config'

import { intersection } from '../hostnames.ts'
import type { Listener } from '../listeners.ts'

/** One match of one rule of one route on one listener. */
export interface Row {
  readonly route: RouteInput
  readonly rule: RuleInput
  readonly ruleIndex: number
  readonly match: MatchConfig
  /** What the route is met by on this listener; empty is every host. */
  readonly hosts: readonly string[]
}

/** A rule without matches takes every path. */
const everything: MatchConfig = { path: { type: 'PathPrefix', value: '/' } }

export function rowsOf(listener: Listener, routes: readonly RouteInput[]): readonly Row[] {
  return routes.flatMap((route) => {
    if (route.listeners?.includes(listener.name) !== true) return []
    const hosts = rankedHostnames(route.hostnames ?? [], listener.body.hostname)
    return (route.rules ?? []).flatMap((rule, ruleIndex) => {
      const { matches = [] } = rule
      const list = matches.length === 0 ? [everything] : matches
      return list.map((match) => ({ route, rule, ruleIndex, match, hosts }))
    })
  })
}

/** A route ranks by its own names as far as the listener meets them, and by the listener's where it has none. */
function rankedHostnames(route: readonly string[], listener: string | undefined): readonly string[] {
  if (listener === undefined) return route
  return route.length === 0 ? [listener] : route.filter((name) => intersection(name, listener) !== undefined)
}

/** The text that a prefix compares. */
export function prefixOf(path: MatchConfig['path']): string | undefined {
  const { type, value } = path ?? { type: 'PathPrefix', value: '/' }
  return type === 'PathPrefix' ? value.replace(/\/$/, '') : undefined
}

/** Equal for two matches that the same requests meet. */
export function conditionsOf({ path, method, headers = [], query = [] }: MatchConfig): string {
  const prefix = prefixOf(path)
  return JSON.stringify([
    prefix === undefined ? [path?.type, path?.value] : ['PathPrefix', prefix],
    method ?? '',
    valuesOf(headers, (name) => name.toLowerCase()),
    valuesOf(query, (name) => name),
  ])
}

/** Of several entries with one name the first counts. */
export function valuesOf(
  entries: NonNullable<MatchConfig['headers']>,
  keyOf: (name: string) => string,
): readonly string[] {
  const byName = new Map<string, string>()
  for (const { name, type = 'Exact', value } of entries) {
    const key = keyOf(name)
    if (!byName.has(key)) byName.set(key, JSON.stringify([key, type, value]))
  }
  return [...byName.values()].toSorted()
}
