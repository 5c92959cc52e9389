/** Config to an immutable table: everything that can be worked out before a request comes is worked out here. */

import type {
  BackendConfig,
  BackendRefConfig,
  FilterConfig,
  GatewayConfig,
  RetryConfig,
  RouteConfig,
  RuleConfig,
} from '@headgate/config'
import type { KeyedLimiter } from '@headgate/limiter'
import { compile } from '@headgate/matcher'
import type { MatchTable, Route } from '@headgate/matcher'
import { compileConditions } from '@headgate/proxy'
import type { AttemptClocks, ConditionSet, ForwardOptions } from '@headgate/proxy'
import type { BackoffOptions } from '@headgate/retry'
import { StickyAssignment, WeightedOrder } from '@headgate/selector'
import { GatewayError } from '../errors.ts'
import { resolveSecret } from './secrets.ts'
import { BackendState, LimitState } from './state.ts'
import type { EndpointState } from './state.ts'
import type { KeyFunction, Runtime } from '../runtime.ts'

/** Header fields to set, as a flat list. */
export type FlatHeaders = readonly string[]

export interface BackendEntry {
  readonly state: BackendState
  /** Fields of this backend alone, secrets resolved. */
  readonly headers: FlatHeaders
}

export interface SplitEntry {
  readonly backend: BackendEntry
  readonly weight: number
  readonly filters: readonly FilterConfig[]
}

export interface RetryPlan {
  readonly repeats: number
  readonly on: ConditionSet
  /** 0: off. */
  readonly perTryMs: number
  readonly backoff: BackoffOptions
}

export interface LimitEntry {
  readonly state: LimitState
  /** Lower case; undefined for a bucket that all share or one keyed by code. */
  readonly header: string | undefined
  readonly key: KeyFunction | undefined
}

/** One rule, ready for use. */
export interface RulePlan {
  readonly route: string
  readonly rule: string
  readonly config: RuleConfig
  readonly split: readonly SplitEntry[]
  readonly order: WeightedOrder
  readonly sticky: { readonly header: string; readonly assignment: StickyAssignment } | undefined
  readonly fallbacks: readonly BackendEntry[]
  readonly fallbackOn: ConditionSet
  readonly retry: RetryPlan | undefined
  readonly clocks: AttemptClocks
  /** 0: off. */
  readonly requestMs: number
  readonly limits: readonly LimitEntry[]
  /** Of `limits`, in the same order. */
  readonly limiters: readonly KeyedLimiter[]
  readonly forward: ForwardOptions
}

/** A request keeps the table that it began with. */
export interface Table {
  readonly config: GatewayConfig
  readonly matcher: MatchTable<RulePlan>
  readonly rules: readonly RulePlan[]
  readonly backends: ReadonlyMap<string, BackendEntry>
  readonly limits: ReadonlyMap<string, LimitState>
}

/** Builds a table; state that `former` holds under the same name and settings lives on. Throws GatewayError. */
export function buildTable(config: GatewayConfig, runtime: Runtime, former: Table | undefined): Table {
  const headers = resolveAllHeaders(config.backends, former)
  const backends = new Map<string, BackendEntry>()
  for (const backend of config.backends) {
    const state = new BackendState(backend, runtime, former?.backends.get(backend.name)?.state)
    backends.set(backend.name, { state, headers: headers.get(backend.name) ?? [] })
  }
  const limits = new Map(
    config.limits.map((limit) => [limit.name, new LimitState(limit, former?.limits.get(limit.name))]),
  )
  const formerRules = new Map(former?.rules.map((rule) => [`${rule.route}\n${rule.rule}`, rule]))
  const forward = { via: `1.1 ${config.name}`, trustedHops: config.forwarded.trustedHops }
  const parts: Parts = { backends, limits, runtime, formerRules, forward }
  const rules: RulePlan[] = []
  const routes = config.routes.map((route): Route<RulePlan> => {
    const planned = route.rules.map((rule, index) => {
      const name = rule.name ?? (route.rules.length === 1 ? route.name : String(index))
      const plan = planRule(routeName(route), name, rule, parts)
      rules.push(plan)
      return { name, matches: rule.matches, value: plan }
    })
    return {
      name: route.name,
      hostnames: route.hostnames,
      rules: planned,
      ...(route.namespace === undefined ? {} : { namespace: route.namespace }),
      ...(route.createdAt === undefined ? {} : { createdAt: route.createdAt }),
    }
  })
  return { config, matcher: compile(routes), rules, backends, limits }
}

/** Endpoints of `former` that `table` no longer uses. */
export function retiredEndpoints(former: Table, table: Table): EndpointState['endpoint'][] {
  const used = new Set<unknown>()
  for (const { state } of table.backends.values()) for (const { endpoint } of state.endpoints) used.add(endpoint)
  const retired: EndpointState['endpoint'][] = []
  for (const { state } of former.backends.values()) {
    for (const { endpoint } of state.endpoints) if (!used.has(endpoint)) retired.push(endpoint)
  }
  return retired
}

export function routeName(route: RouteConfig): string {
  return route.namespace === undefined ? route.name : `${route.namespace}/${route.name}`
}

/** What the rules of one table share while it is built. */
interface Parts {
  readonly backends: ReadonlyMap<string, BackendEntry>
  readonly limits: ReadonlyMap<string, LimitState>
  readonly runtime: Runtime
  readonly formerRules: ReadonlyMap<string, RulePlan>
  readonly forward: ForwardOptions
}

function planRule(route: string, name: string, config: RuleConfig, parts: Parts): RulePlan {
  const { backends, limits, runtime, formerRules, forward } = parts
  const split = config.backends.map((ref) => splitEntry(ref, config, backends))
  const weights = split.map((entry) => entry.weight)
  const before = formerRules.get(`${route}\n${name}`)
  const sameSplit = before !== undefined && sameShares(before.split, split)
  const ids = split.map((entry) => ({ id: entry.backend.state.name, weight: entry.weight }))
  const { timeouts } = config
  return {
    route,
    rule: name,
    config,
    split,
    order: sameSplit ? before.order : new WeightedOrder(weights),
    sticky:
      config.sticky === undefined
        ? undefined
        : { header: config.sticky.header.toLowerCase(), assignment: new StickyAssignment(ids) },
    fallbacks: (config.fallback?.backends ?? []).map((backend) => need(backends, backend)),
    fallbackOn: compileConditions(config.fallback?.on ?? []),
    retry: config.retry === undefined ? undefined : planRetry(config.retry),
    clocks: { headersMs: timeouts.headers ?? 0, idleMs: timeouts.idle, backendMs: timeouts.backend ?? 0 },
    requestMs: timeouts.request ?? 0,
    limits: config.limits.map((limit) => limitEntry(need(limits, limit), runtime)),
    limiters: config.limits.map((limit) => need(limits, limit).limiter),
    forward,
  }
}

function splitEntry(ref: BackendRefConfig, rule: RuleConfig, backends: ReadonlyMap<string, BackendEntry>): SplitEntry {
  // The rule's filters come first, then the backendRef's (Gateway API; design, life of a request).
  const filters = ref.filters === undefined ? rule.filters : [...rule.filters, ...ref.filters]
  return { backend: need(backends, ref.backend), weight: ref.weight, filters }
}

function planRetry(retry: RetryConfig): RetryPlan {
  return {
    repeats: retry.retries,
    on: compileConditions(retry.on),
    perTryMs: retry.perTry ?? 0,
    backoff: { type: retry.backoff.type, baseMs: retry.backoff.base, maxMs: retry.backoff.max },
  }
}

function limitEntry(state: LimitState, runtime: Runtime): LimitEntry {
  const { per } = state.config
  if (per === 'all') return { state, header: undefined, key: undefined }
  if ('header' in per) return { state, header: per.header.toLowerCase(), key: undefined }
  const key = runtime.keys.get(per.key)
  if (key === undefined) {
    throw new GatewayError(
      'HEADGATE_UNKNOWN_KEY',
      `limit "${state.config.name}" is keyed by the function "${per.key}", which is not registered; register it with .key('${per.key}', request => …)`,
    )
  }
  return { state, header: undefined, key }
}

/** Secrets are read again where the backend was written anew, and kept where it is the same object, as after `setWeights`. */
function resolveAllHeaders(backends: readonly BackendConfig[], former: Table | undefined): Map<string, FlatHeaders> {
  const problems: string[] = []
  const resolved = new Map<string, FlatHeaders>()
  for (const backend of backends) {
    const kept = former?.backends.get(backend.name)
    if (kept?.state.config === backend) {
      resolved.set(backend.name, kept.headers)
      continue
    }
    const flat: string[] = []
    for (const { name, value } of backend.headers ?? []) {
      const text = typeof value === 'string' ? value : resolveSecret(value)
      if (typeof text === 'string') flat.push(name, text)
      else problems.push(`backend "${backend.name}", header ${name}: ${text.problem}`)
    }
    resolved.set(backend.name, flat)
  }
  if (problems.length > 0) throw new GatewayError('HEADGATE_SECRET', problems.join('\n'))
  return resolved
}

function sameShares(before: readonly SplitEntry[], now: readonly SplitEntry[]): boolean {
  return (
    before.length === now.length &&
    before.every((entry, index) => {
      const other = now[index]
      return (
        other !== undefined && other.weight === entry.weight && other.backend.state.name === entry.backend.state.name
      )
    })
  )
}

function need<T>(map: ReadonlyMap<string, T>, name: string): T {
  const found = map.get(name)
  if (found === undefined) throw new GatewayError('HEADGATE_UNKNOWN_NAME', `"${name}" is not declared`)
  return found
}
