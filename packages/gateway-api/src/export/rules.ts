/** Rules of the config as rules of HTTPRoute and GRPCRoute. A rule that cannot be said is left out, never widened. */

import { formatDuration } from '@headgate/config'
import type { BackendRefConfig, FilterConfig, RuleConfig } from '@headgate/config'

import { kgatewayGroup } from '../resources/kinds.ts'
import { refTo } from './backend-refs.ts'
import type { Export } from './context.ts'
import { filtersOf, unresolvedRef } from './filters.ts'
import { grpcMatchOf, httpMatchOf } from './matches.ts'
import { isPortable, portableRetry } from './retries.ts'
import type { RoutePlace } from './route-places.ts'
import { sessionBody } from './sessions.ts'

type Fields = Readonly<Record<string, unknown>>

export interface RuleParts {
  readonly parts: Export
  readonly route: RoutePlace
  readonly rule: RuleConfig
  /** Place in the config. */
  readonly place: string
  /** Its name in the route. */
  readonly name: string | undefined
  /** TrafficPolicies that it refers to. */
  readonly policies: readonly string[]
}

/** `undefined` where no match of the rule can be said. */
export function ruleBody({ parts, route, rule, place, name, policies }: RuleParts): Fields | undefined {
  const matches = matchesOf(parts, route, rule, place)
  if (matches === undefined) return undefined
  tellRule(parts, rule, place)
  const filters = [
    ...filtersOf(parts, route, rule.filters, place),
    ...policies.map((policy) => {
      return { type: 'ExtensionRef', extensionRef: { group: kgatewayGroup, kind: 'TrafficPolicy', name: policy } }
    }),
  ]
  const backendRefs = rule.backends.map((ref, index) => {
    return backendRef(parts, route, ref, rule.backends.length, `${place}.backends[${index}]`)
  })
  return {
    ...(name !== undefined && { name }),
    ...(matches.length > 0 && { matches }),
    ...(filters.length > 0 && { filters }),
    ...(backendRefs.length > 0 && { backendRefs }),
    ...clocks(parts, route, rule, place),
    ...(rule.session && { sessionPersistence: sessionBody(rule.session, `${place}.session`, parts.unsaid) }),
  }
}

function matchesOf(parts: Export, route: RoutePlace, rule: RuleConfig, place: string): readonly Fields[] | undefined {
  const matches: Fields[] = []
  for (const [index, match] of rule.matches.entries()) {
    const said = route.kind === 'GRPCRoute' ? grpcMatchOf(match) : httpMatchOf(match)
    if ('match' in said) matches.push(said.match as Fields)
    else parts.unsaid.add(`${place}.matches[${index}]`, said.unsaid, 'the match is left out')
  }
  if (rule.matches.length === 0 || matches.length > 0) return matches
  parts.unsaid.add(place, 'none of its matches can be said', 'the rule is left out')
  return undefined
}

function backendRef(parts: Export, route: RoutePlace, ref: BackendRefConfig, count: number, place: string): Fields {
  const weight = count > 1 || ref.weight !== 1 ? { weight: ref.weight } : {}
  if (ref.backend === undefined) {
    const reason = `the reference leads nowhere: ${ref.unresolved ?? ''}`
    parts.unsaid.add(place, reason, 'a reference to nothing, whose share is answered with 500 too')
    return { ...unresolvedRef, ...weight }
  }
  const own = [...(ref.filters ?? []), ...fixedHeaders(parts, ref.backend)]
  const filters = filtersOf(parts, route, own, place)
  return { ...refTo(parts, route, ref.backend), ...weight, ...(filters.length > 0 && { filters }) }
}

/** Fields that the backend itself sets come after the filters of the reference. Values of references are not written. */
function fixedHeaders({ backends }: Export, name: string): readonly FilterConfig[] {
  const headers = backends.get(name)?.backend.headers ?? []
  const set = headers.flatMap(({ name: field, value }) => (typeof value === 'string' ? [{ name: field, value }] : []))
  return set.length === 0 ? [] : [{ type: 'RequestHeaderModifier', set }]
}

/** The clocks and retries that an HTTPRoute has fields for. Those of a GRPCRoute are for a policy. */
function clocks({ dialect, unsaid }: Export, { kind }: RoutePlace, rule: RuleConfig, place: string): Fields {
  const { timeouts, retry } = rule
  if (kind === 'GRPCRoute') {
    if (timeouts.backend !== undefined)
      unsaid.add(`${place}.timeouts.backend`, 'a GRPCRoute has no clock for one attempt')
    if (dialect === 'kgateway') return {}
    if (timeouts.request !== undefined) unsaid.add(`${place}.timeouts.request`, 'a GRPCRoute has no timeouts')
    if (retry !== undefined) unsaid.add(`${place}.retry`, 'a GRPCRoute has no retries')
    return {}
  }
  const { request, backend } = timeouts
  const said = {
    ...(request !== undefined && { request: formatDuration(request) }),
    ...(backend !== undefined && { backendRequest: formatDuration(backend) }),
  }
  const isHere = retry !== undefined && (dialect === 'gateway-api' || isPortable(retry))
  const stanza = isHere ? portableRetry(retry, `${place}.retry`, unsaid) : undefined
  return { ...(Object.keys(said).length > 0 && { timeouts: said }), ...(stanza && { retry: stanza }) }
}

function tellRule({ dialect, unsaid }: Export, rule: RuleConfig, place: string): void {
  const { sticky, fallback, timeouts, earlyHead } = rule
  if (sticky !== undefined) {
    unsaid.add(`${place}.sticky`, 'a split is drawn for each request there, whatever its header says')
  }
  if (fallback !== undefined) {
    const instead = dialect === 'kgateway' ? 'priorityGroups of a Backend shift when health checks fail' : undefined
    unsaid.add(`${place}.fallback`, 'no backend stands in for one whose attempt failed', instead)
  }
  if (timeouts.headers !== undefined && timeouts.headers > 0) {
    unsaid.add(`${place}.timeouts.headers`, 'no clock ends where the head of a reply comes')
  }
  if (timeouts.firstEvent !== undefined && timeouts.firstEvent > 0) {
    unsaid.add(`${place}.timeouts.firstEvent`, 'no clock ends where a stream says its first word')
  }
  if (rule.dialect !== undefined) unsaid.add(`${place}.dialect`, 'streams are not read there')
  if (earlyHead !== undefined) unsaid.add(`${place}.earlyHead`, 'the head of a reply is the backend’s there')
  if (timeouts.idle !== usualIdleMs && dialect === 'gateway-api') {
    unsaid.add(
      `${place}.timeouts.idle`,
      'Gateway API has no clock for silence',
      'kgateway: TrafficPolicy.spec.timeouts.streamIdle',
    )
  }
}

/** Silence that ends an exchange, here as in Envoy. */
export const usualIdleMs = 300_000
