/** kgateway's TrafficPolicies: retries, clocks and CORS of rules, and local rate limits. It knows no backends. */

import { formatDuration } from '@headgate/config'
import type { RuleConfig } from '@headgate/config'

import { gatewayGroup, kgatewayGroup } from '../resources/kinds.ts'
import { annotations, limitKey } from './annotations.ts'
import type { Export } from './context.ts'
import { corsBody } from './filters.ts'
import { limitUses, tokenBucket } from './limits.ts'
import type { LimitUse } from './limits.ts'
import { slug } from './names.ts'
import { isPortable, kgatewayRetry } from './retries.ts'
import type { GatewayPlace, RoutePlace } from './route-places.ts'
import { usualIdleMs } from './rules.ts'
import { placeOf } from './unsaid.ts'
import type { Manifest } from './write.ts'

type Fields = Readonly<Record<string, unknown>>

export interface TrafficPolicies {
  /** By namespace and name. */
  readonly objects: readonly Manifest[]
  /** Names of the policies that a rule refers to, by `ruleKey`. */
  readonly refs: ReadonlyMap<string, readonly string[]>
}

export function ruleKey({ kind, namespace, name }: RoutePlace, index: number): string {
  return `${kind}/${namespace}/${name}/${index}`
}

export function trafficPolicies(parts: Export, gateways: readonly GatewayPlace[]): TrafficPolicies {
  const policies = new PolicySet(parts)
  for (const use of limitUses(parts, gateways)) policies.addLimit(use)
  if (parts.dialect === 'kgateway') for (const route of parts.routes) policies.addRoute(route)
  return policies.all()
}

interface Draft {
  readonly namespace: string
  readonly name: string
  readonly content: Fields
  /** Name of the limit, where those of the objects do not say it. */
  keptName: string | undefined
  readonly targets: Fields[]
}

class PolicySet {
  readonly #parts: Export
  readonly #drafts: Draft[] = []
  readonly #refs = new Map<string, string[]>()

  constructor(parts: Export) {
    this.#parts = parts
  }

  addLimit({ limit, namespace, name, isNatural, isOnly, target, route, rules }: LimitUse): void {
    const content = { rateLimit: { local: { tokenBucket: tokenBucket(limit) } } }
    const draft = this.#shared(namespace, name, content, isNatural) ?? this.#draft(namespace, name, content)
    const isSaid = isNatural && draft.name === name
    if (!isSaid && isOnly) draft.keptName = limit.name
    if (target !== undefined) draft.targets.push({ group: gatewayGroup, ...target })
    if (route !== undefined) for (const index of rules) this.#refer(route, index, draft)
  }

  /** One policy for the route where all of its rules say the same, else one for each rule that says something. */
  addRoute(route: RoutePlace): void {
    const place = placeOf('routes', route.route.name, route.route.namespace)
    const contents = route.route.rules.map((rule, index) => {
      return trafficOf(this.#parts, route, rule, `${place}.rules[${index}]`)
    })
    const texts = contents.map((content) => JSON.stringify(content))
    const [first] = contents
    if (first === undefined) return
    if (texts.every((text) => text === texts[0])) {
      if (Object.keys(first).length === 0) return
      const draft = this.#draft(route.namespace, route.name, first)
      draft.targets.push({ group: gatewayGroup, kind: route.kind, name: route.name })
      return
    }
    const known = new Map<string, Draft>()
    for (const [index, content] of contents.entries()) {
      const text = texts[index] ?? ''
      if (Object.keys(content).length === 0) continue
      const { name: ruleName = String(index + 1) } = route.route.rules[index] ?? {}
      const draft = known.get(text) ?? this.#draft(route.namespace, slug(`${route.name}-${ruleName}`, 'route'), content)
      known.set(text, draft)
      this.#refer(route, index, draft)
    }
  }

  all(): TrafficPolicies {
    const objects = this.#drafts.map(({ namespace, name, content, keptName, targets }): Manifest => {
      const kept = annotations({ [limitKey]: keptName })
      return {
        apiVersion: `${kgatewayGroup}/v1alpha1`,
        kind: 'TrafficPolicy',
        metadata: { name, namespace, ...(kept && { annotations: kept }) },
        spec: { ...(targets.length > 0 && { targetRefs: targets }), ...content },
      }
    })
    return { objects, refs: this.#refs }
  }

  /** Targets that had one policy, with one bucket of its own for each, have one again. */
  #shared(namespace: string, name: string, content: Fields, isNatural: boolean): Draft | undefined {
    if (!isNatural) return undefined
    const text = JSON.stringify(content)
    return this.#drafts.find((known) => {
      const isSame = known.namespace === namespace && known.name === name && known.keptName === undefined
      return isSame && JSON.stringify(known.content) === text
    })
  }

  #draft(namespace: string, name: string, content: Fields): Draft {
    const free = this.#parts.names.take(`TrafficPolicy/${namespace}`, name)
    const draft: Draft = { namespace, name: free, content, keptName: undefined, targets: [] }
    this.#drafts.push(draft)
    return draft
  }

  #refer(route: RoutePlace, index: number, draft: Draft): void {
    const key = ruleKey(route, index)
    this.#refs.set(key, [...(this.#refs.get(key) ?? []), draft.name])
  }
}

/** What of a rule needs a policy. */
function trafficOf({ unsaid }: Export, { kind }: RoutePlace, rule: RuleConfig, place: string): Fields {
  const { retry, timeouts, filters } = rule
  const isGrpc = kind === 'GRPCRoute'
  const clocks = {
    ...(isGrpc && timeouts.request !== undefined && { request: formatDuration(timeouts.request) }),
    ...(timeouts.idle !== usualIdleMs && { streamIdle: formatDuration(timeouts.idle) }),
  }
  const needsRetry = retry !== undefined && (isGrpc || !isPortable(retry))
  const request = isGrpc ? (timeouts.request ?? 0) : 0
  const index = filters.findIndex(({ type }) => type === 'CORS')
  const cors = filters[index]
  return {
    ...(Object.keys(clocks).length > 0 && { timeouts: clocks }),
    ...(needsRetry && { retry: kgatewayRetry(retry, request, `${place}.retry`, unsaid) }),
    ...(isGrpc && cors?.type === 'CORS' && { cors: corsBody({ unsaid }, cors, `${place}.filters[${index}]`) }),
  }
}
