/** Limits as local rate limits of kgateway's TrafficPolicy: which bucket goes to which Gateway, route or rule. */

import { formatDuration } from '@headgate/config'
import type { LimitConfig } from '@headgate/config'

import type { Export } from './context.ts'
import { slug } from './names.ts'
import type { GatewayPlace, RoutePlace } from './route-places.ts'
import { placeOf } from './unsaid.ts'

/** A bucket with what it is for. */
export interface LimitUse {
  readonly limit: LimitConfig
  readonly namespace: string
  /** Wanted name of the policy. */
  readonly name: string
  /** True where the name of the limit follows from those of the objects. */
  readonly isNatural: boolean
  /** Several uses of a limit have no one name to keep. */
  readonly isOnly: boolean
  readonly target:
    | { readonly kind: 'Gateway' | 'HTTPRoute' | 'GRPCRoute'; readonly name: string; readonly sectionName?: string }
    | undefined
  /** The route of the use, and its rules where they refer to the policy one by one. */
  readonly route?: RoutePlace
  readonly rules: readonly number[]
}

export function limitUses(parts: Export, gateways: readonly GatewayPlace[]): readonly LimitUse[] {
  const { config, dialect, unsaid, routes } = parts
  const chosen = chosenLimits(parts)
  const order = [...new Set([...chosen.values()].flat())]
  const limits = config.limits.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
  return limits.flatMap((limit) => {
    const place = placeOf('limits', limit.name)
    if (dialect === 'gateway-api') {
      unsaid.add(
        place,
        'Gateway API limits no rates',
        limit.per === 'all' ? 'kgateway: TrafficPolicy.spec.rateLimit' : undefined,
      )
      return []
    }
    if (limit.per !== 'all') {
      unsaid.add(`${place}.per`, ...keyedReason(limit))
      return []
    }
    if (limit.fill === 'stepped') unsaid.add(`${place}.fill`, 'tokens are added all the time there')
    const using = routes.filter((route) => rulesOf(chosen, route, limit).length > 0)
    if (using.length === 0) {
      unsaid.add(place, 'no rule takes from it, or each has another limit before it', 'the limit is left out')
      return []
    }
    const gateway = gatewayFor(parts, gateways, using, (route) => isWhole(chosen, route, limit), limit)
    if (gateway !== undefined) return gateway
    if (using.length > 1) {
      unsaid.add(
        place,
        'routes that share a bucket have one each there',
        'a policy with the same bucket for each route',
      )
    }
    return using.map((route) => routeUse(chosen, route, limit, using.length === 1))
  })
}

type Chosen = ReadonlyMap<RoutePlace, readonly (string | undefined)[]>

/** For each rule the first limit that a policy can hold; there is one for a rule there. */
function chosenLimits({ config, routes, dialect, unsaid }: Export): Chosen {
  const local = new Set(config.limits.flatMap(({ name, per }) => (per === 'all' ? [name] : [])))
  return new Map(
    routes.map((place): [RoutePlace, readonly (string | undefined)[]] => {
      const { route } = place
      const names = route.rules.map(({ limits }, index) => {
        const [first, ...more] = limits.filter((name) => local.has(name))
        for (const name of dialect === 'kgateway' ? more : []) {
          const path = `${placeOf('routes', route.name, route.namespace)}.rules[${index}].limits[${limits.indexOf(name)}]`
          unsaid.add(path, 'one local limit is in force for a rule there', `${JSON.stringify(first)} alone`)
        }
        return first
      })
      return [place, names]
    }),
  )
}

function rulesOf(chosen: Chosen, route: RoutePlace, { name }: LimitConfig): readonly number[] {
  return (chosen.get(route) ?? []).flatMap((limit, index) => (limit === name ? [index] : []))
}

function isWhole(chosen: Chosen, route: RoutePlace, limit: LimitConfig): boolean {
  return rulesOf(chosen, route, limit).length === route.route.rules.length
}

function keyedReason({ per, tokens, every }: LimitConfig): [reason: string, instead?: string] {
  if (typeof per === 'object' && 'key' in per) return ['a key function is code of the application']
  const header = typeof per === 'object' ? per.header : ''
  const rate = `${tokens} for each ${formatDuration(every)}`
  return [
    'buckets for each value of a header are kept by a rate limit service there',
    `TrafficPolicy.spec.rateLimit.global with an entry {type: Header, header: ${header}}, and ${rate} in that service`,
  ]
}

const usePattern = /^([^/]+)\/([^/]+)\/(Gateway|HTTPRoute|GRPCRoute)\/([^/]+)(?:\/([^/]+))?\/local$/

function routeUse(chosen: Chosen, route: RoutePlace, limit: LimitConfig, isOnly: boolean): LimitUse {
  const [, namespace, policy = '', kind, name, section] = usePattern.exec(limit.name) ?? []
  const { kind: ownKind, namespace: own, name: ownName } = route
  const isNatural = kind === ownKind && namespace === own && name === ownName && section === undefined
  const rules = rulesOf(chosen, route, limit)
  const whole = rules.length === route.route.rules.length
  const wanted = isNatural ? policy : slug(isOnly ? limit.name : `${limit.name}-${ownName}`, 'limit')
  return {
    limit,
    namespace: own,
    name: wanted,
    isNatural,
    isOnly,
    target: whole ? { kind: ownKind, name: ownName } : undefined,
    route,
    rules: whole ? [] : rules,
  }
}

/** One bucket for all that a Gateway or one of its listeners takes, where every route there takes from it. */
function gatewayFor(
  { routes }: Export,
  gateways: readonly GatewayPlace[],
  using: readonly RoutePlace[],
  isWholeRoute: (route: RoutePlace) => boolean,
  limit: LimitConfig,
): LimitUse | undefined {
  const [, namespace, policy = '', kind, name, section] = usePattern.exec(limit.name) ?? []
  if (using.length < 2 && kind !== 'Gateway') return undefined
  const serving = routes.filter(({ route }) => route.rules.length > 0)
  const everyListener = gateways.flatMap(({ listeners }) => listeners)
  const listenersOf = ({ route }: RoutePlace): typeof everyListener =>
    everyListener.filter(({ listener }) => route.listeners?.includes(listener?.name ?? '') ?? true)
  const [first] = using
  const wanted = first === undefined ? [] : listenersOf(first)
  const gateway = gateways.find(({ listeners }) => wanted.every((listener) => listeners.includes(listener)))
  if (gateway === undefined || wanted.length === 0) return undefined
  if (wanted.length > 1 && wanted.length < gateway.listeners.length) return undefined
  const isFitting = serving.every((route) => {
    const own = listenersOf(route)
    if (!using.includes(route)) return !own.some((listener) => wanted.includes(listener))
    return isWholeRoute(route) && own.length === wanted.length && own.every((listener) => wanted.includes(listener))
  })
  if (!isFitting) return undefined
  const [only] = wanted
  const isSection = wanted.length === 1 && (gateway.listeners.length > 1 || section === only?.name)
  const sectionName = isSection ? only?.name : undefined
  const isNatural =
    kind === 'Gateway' && namespace === gateway.namespace && name === gateway.name && section === sectionName
  const target = { kind: 'Gateway' as const, name: gateway.name, ...(sectionName !== undefined && { sectionName }) }
  const common = { limit, namespace: gateway.namespace, isNatural, isOnly: true, target, rules: [] }
  return { ...common, name: isNatural ? policy : slug(limit.name, 'limit') }
}

/** Envoy refuses intervals below this. */
const leastIntervalMs = 50

/** The same rate and the same burst; a short interval becomes several of them. */
export function tokenBucket({ tokens, every, burst }: LimitConfig): Readonly<Record<string, unknown>> {
  const times = Math.ceil(leastIntervalMs / every)
  return { maxTokens: burst, tokensPerFill: tokens * times, fillInterval: formatDuration(every * times) }
}
