/** One rule of the config, worked out so that a request only looks things up. */

import { errorClassNames } from '@headgate/config'
import type {
  BackendRefConfig,
  ConditionName,
  EarlyHeadConfig,
  FallbackConditionName,
  FallbackConfig,
  FilterConfig,
  ReportingConfig,
  RetryConfig,
  RuleConfig,
} from '@headgate/config'
import type { KeyedLimiter } from '@headgate/limiter'
import { compileConditions } from '@headgate/proxy'
import type { AttemptClocks, ConditionSet, ForwardOptions } from '@headgate/proxy'
import type { BackoffOptions } from '@headgate/retry'
import { StickyAssignment, WeightedOrder } from '@headgate/selector'
import type { KeyedDigest } from '@headgate/selector'
import type { BackendState } from '../backends/backend-state.ts'
import type { LimitState } from '../backends/limit-state.ts'
import type { RuleMeter } from '../meters/rule-meter.ts'
import { GatewayError } from '../errors.ts'
import type { KeyFunction, Runtime } from '../runtime.ts'
import type { FlatHeaders } from './backend-headers.ts'
import type { SharedParts } from './shared-parts.ts'
import { planSessions } from './plan-session.ts'
import type { RuleSessions } from './plan-session.ts'
import { ruleDialect } from './rule-dialect.ts'
import type { RuleDialect } from './rule-dialect.ts'
import { answeringFilters, passingFilters } from './rule-filters.ts'
import type { AnsweringFilters, PassingFilters } from './rule-filters.ts'

export interface BackendEntry {
  readonly state: BackendState
  /** Fields of this backend alone, secrets resolved. */
  readonly headers: FlatHeaders
  /** One of `headers` is a credential. */
  readonly ownCredential: boolean
  /** What it calls its model; undefined: what the caller wrote. */
  readonly model: string | undefined
}

/** One share of a rule's requests. */
export interface SplitEntry {
  /** Undefined where the reference could not be resolved: 500 for its share. */
  readonly backend: BackendEntry | undefined
  readonly weight: number
  /** The rule's, then the reference's (Gateway API; docs/architecture.md, life of a request). */
  readonly filters: PassingFilters
  /** The rule's, else the backend's own. */
  readonly fallbacks: readonly BackendEntry[]
  readonly fallbackOn: ConditionSet
  /** Errors that fail over for what they say. */
  readonly fallbackClasses: ReadonlySet<string>
}

export interface RetryPlan {
  readonly repeats: number
  readonly on: ConditionSet
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
  /** Undefined where nothing is measured; set once the table is whole. */
  meter: RuleMeter | undefined
  readonly answering: AnsweringFilters
  /** Of the rule alone: what a fallback gets. */
  readonly filters: PassingFilters
  readonly split: readonly SplitEntry[]
  readonly order: WeightedOrder
  readonly sticky: { readonly header: string; readonly assignment: StickyAssignment } | undefined
  readonly sessions: RuleSessions | undefined
  /** The split without fallbacks: a strict session has no other place to go. */
  readonly strictSplit: readonly SplitEntry[]
  readonly retry: RetryPlan | undefined
  readonly clocks: AttemptClocks
  /** 0: off. */
  readonly requestMs: number
  /** The clock that ends a try before its commit: `perTry` or `firstEvent`, whichever is shorter. */
  readonly tryClock: { readonly ms: number; readonly name: 'perTry' | 'firstEvent' }
  /** 0: off. */
  readonly firstEventMs: number
  readonly earlyHead: EarlyHeadConfig | undefined
  /** Undefined: the path says it. */
  readonly dialect: RuleDialect | undefined
  /** A backend that it may go to replaces the `model` of bodies. */
  readonly writesModel: boolean
  readonly limits: readonly LimitEntry[]
  /** Of `limits`, in the same order. */
  readonly limiters: readonly KeyedLimiter[]
  readonly forward: ForwardOptions
  readonly reporting: ReportingConfig | undefined
  /** Every backend of the table, for mirrors. */
  readonly backends: ReadonlyMap<string, BackendEntry>
}

/** What the rules of one table share while it is built. */
export interface Parts {
  readonly backends: ReadonlyMap<string, BackendEntry>
  readonly limits: ReadonlyMap<string, LimitState>
  readonly runtime: Runtime
  readonly formerRules: ReadonlyMap<string, RulePlan>
  readonly forward: ForwardOptions
  readonly reporting: ReportingConfig | undefined
  readonly gateway: string
  readonly shared: SharedParts
  /** Undefined where nothing keeps sessions. */
  readonly sessionDigest: KeyedDigest | undefined
}

export function planRule(route: string, name: string, config: RuleConfig, parts: Parts): RulePlan {
  const { backends, limits, runtime, formerRules, forward, shared } = parts
  const before = formerRules.get(`${route}\n${name}`)
  const split = config.backends.map((ref, index) => splitEntry(ref, config, parts, before?.split[index]))
  const ids = split.map((entry, index) => ({ id: entry.backend?.state.name ?? `${index}`, weight: entry.weight }))
  const sessions = planSessions({
    session: config.session,
    matches: config.matches,
    shares: split.map(({ backend }) => backend?.state),
    scope: [parts.gateway, route, name],
    digest: parts.sessionDigest,
  })
  const { timeouts } = config
  return {
    route,
    rule: name,
    config,
    meter: undefined,
    answering: config.filters.length === 0 ? answersNothing : answeringFilters(config.filters),
    filters: sharedFilters(config.filters, before?.filters, shared),
    split,
    order:
      before !== undefined && sameShares(before.split, split)
        ? before.order
        : new WeightedOrder(split.map((entry) => entry.weight)),
    sticky:
      config.sticky === undefined
        ? undefined
        : { header: config.sticky.header.toLowerCase(), assignment: new StickyAssignment(ids) },
    sessions,
    strictSplit: sessions?.all.some(({ strict }) => strict) ? split.map((entry) => ({ ...entry, fallbacks: [] })) : [],
    retry: shared.of('retry', config.retry, () => (config.retry === undefined ? undefined : planRetry(config.retry))),
    clocks: shared.of('clocks', timeouts, () => ({
      headersMs: timeouts.headers ?? 0,
      idleMs: timeouts.idle,
      backendMs: timeouts.backend ?? 0,
    })),
    requestMs: timeouts.request ?? 0,
    tryClock: shared.of('try', [config.retry?.perTry, timeouts.firstEvent], () =>
      tryClock(config.retry?.perTry ?? 0, timeouts.firstEvent ?? 0),
    ),
    firstEventMs: timeouts.firstEvent ?? 0,
    earlyHead: config.earlyHead,
    dialect: config.dialect === undefined ? undefined : ruleDialect(config.dialect, runtime.dialects, route),
    writesModel: split.some(({ backend, fallbacks }) =>
      [backend, ...fallbacks].some((entry) => entry?.model !== undefined),
    ),
    limits: shared.of('limits', config.limits, () =>
      config.limits.map((limit) => limitEntry(need(limits, limit), runtime)),
    ),
    limiters: shared.of('limiters', config.limits, () => config.limits.map((limit) => need(limits, limit).limiter)),
    forward,
    reporting: parts.reporting,
    backends,
  }
}

function splitEntry(
  ref: BackendRefConfig,
  rule: RuleConfig,
  { backends, shared }: Parts,
  former: SplitEntry | undefined,
): SplitEntry {
  const backend = ref.backend === undefined ? undefined : need(backends, ref.backend)
  const fallback: FallbackConfig | undefined = rule.fallback ?? backend?.state.config.fallback
  const on = fallback?.on ?? []
  return {
    backend,
    weight: ref.weight,
    filters: sharedFilters([...rule.filters, ...(ref.filters ?? [])], former?.filters, shared),
    fallbacks: (fallback?.backends ?? []).map((name) => need(backends, name)),
    fallbackOn: shared.of('fallback on', on, () => compileConditions(on.filter(isCondition))),
    fallbackClasses: shared.of(
      'fallback classes',
      on,
      () => new Set(on.filter((condition) => !isCondition(condition)).map(String)),
    ),
  }
}

const answersNothing: AnsweringFilters = answeringFilters([])

/** Mirrors count their share, so each rule has its own. */
function sharedFilters(
  filters: readonly FilterConfig[],
  former: PassingFilters | undefined,
  shared: SharedParts,
): PassingFilters {
  if (filters.some(({ type }) => type === 'RequestMirror')) return passingFilters(filters, former)
  return shared.of('filters', filters, () => passingFilters(filters, undefined))
}

const classNames = new Set<FallbackConditionName>(errorClassNames)

function isCondition(name: FallbackConditionName): name is ConditionName {
  return !classNames.has(name)
}

function tryClock(perTry: number, firstEvent: number): RulePlan['tryClock'] {
  const isFirst = firstEvent > 0 && (perTry === 0 || firstEvent < perTry)
  return isFirst ? { ms: firstEvent, name: 'firstEvent' } : { ms: perTry, name: 'perTry' }
}

function planRetry(retry: RetryConfig): RetryPlan {
  return {
    repeats: retry.retries,
    on: compileConditions(retry.on),
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

function sameShares(before: readonly SplitEntry[], now: readonly SplitEntry[]): boolean {
  return (
    before.length === now.length &&
    before.every((entry, index) => {
      const other = now[index]
      return other?.weight === entry.weight && other.backend?.state.name === entry.backend?.state.name
    })
  )
}

function need<T>(map: ReadonlyMap<string, T>, name: string): T {
  const found = map.get(name)
  if (found === undefined) throw new GatewayError('HEADGATE_UNKNOWN_NAME', `"${name}" is not declared`)
  return found
}
