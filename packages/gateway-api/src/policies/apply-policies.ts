/** What the policies in force make of a rule: retry, timeouts, filters and limits. */

import type { FilterInput, RetryInput, TimeoutsInput } from '@headgate/config'

import type { Build } from '../build.ts'
import type { FieldPath } from '../diagnostics.ts'
import { guardFields } from '../resources/kgateway-traffic.ts'
import type { PolicyHeaderFilter, TrafficPolicySpec } from '../resources/kgateway-traffic.ts'
import type { Resource } from '../resources/resource.ts'
import { corsFilter } from '../routes/cors.ts'
import { retryOfPolicy, retryOfTraffic } from './retries.ts'
import { levels } from './rule-policies.ts'
import type { Applied } from './rule-policies.ts'

/** What a rule has of its own; it goes before every policy. */
export interface Own {
  readonly retry: RetryInput | undefined
  readonly timeouts: TimeoutsInput | undefined
  readonly hasCors: boolean
}

/** What is added to a rule. */
export interface Effect {
  retry: RetryInput | undefined
  timeouts: TimeoutsInput
  readonly filters: FilterInput[]
  readonly limits: string[]
  /** Where each part was written. */
  readonly origins: Record<string, string>
}

/** `applied` goes from the nearest policy to the widest. */
export function effectOf(build: Build, applied: readonly Applied[], own: Own): Effect {
  const effect: Effect = { retry: own.retry, timeouts: own.timeouts ?? {}, filters: [], limits: [], origins: {} }
  const merge = new Merge(build, effect, own)
  for (const entry of applied) merge.add(entry)
  return effect
}

/** One rule's policies, laid over one another. */
class Merge {
  readonly #build: Build
  readonly #effect: Effect
  /** Which parts have been set, and by whom: a policy of the same level that sets it again is told. */
  readonly #set = new Map<string, { readonly level: number; readonly title: string }>()

  constructor(build: Build, effect: Effect, own: Own) {
    this.#build = build
    this.#effect = effect
    const rule = { level: -1, title: 'rule itself' }
    if (own.retry !== undefined) this.#set.set('retry', rule)
    if (own.timeouts?.request !== undefined) this.#set.set('timeouts.request', rule)
    if (own.hasCors) this.#set.set('cors', rule)
  }

  add(applied: Applied): void {
    const { policy, scope } = applied
    if (policy.kind === 'RateLimitPolicy') {
      for (const name of this.#build.limits.ofRateLimitPolicy(policy, scope)) this.#limit(name, policy, ['spec'])
    } else if (policy.kind === 'RetryPolicy') {
      if (!this.#take('retry', applied, ['spec'])) return
      this.#effect.retry = this.#mark(retryOfPolicy(this.#build.context, policy), policy, ['spec'])
      this.#effect.origins['retry'] = policy.origin(['spec'])
    } else {
      this.#traffic(applied, policy, policy.body.spec)
    }
  }

  #traffic(applied: Applied, policy: Resource<'TrafficPolicy'>, spec: TrafficPolicySpec): void {
    const { retry, timeouts, rateLimit, cors, headerModifiers } = spec
    const { context } = this.#build
    if (retry !== undefined && this.#take('retry', applied, ['spec', 'retry'])) {
      const path = ['spec', 'retry']
      this.#effect.retry = this.#mark(retryOfTraffic(context, policy, retry, path), policy, path)
      this.#effect.origins['retry'] = policy.origin(path)
    }
    if (timeouts?.request !== undefined && this.#take('timeouts.request', applied, ['spec', 'timeouts', 'request'])) {
      this.#clock({ request: timeouts.request }, policy, 'request')
    }
    if (
      timeouts?.streamIdle !== undefined &&
      this.#take('timeouts.idle', applied, ['spec', 'timeouts', 'streamIdle'])
    ) {
      this.#clock({ idle: timeouts.streamIdle }, policy, 'streamIdle')
    }
    if (cors !== undefined && this.#take('cors', applied, ['spec', 'cors']) && cors.disable === undefined) {
      this.#effect.filters.push(this.#mark(corsFilter(cors), policy, ['spec', 'cors']))
    }
    if (rateLimit?.local !== undefined && this.#take('limit', applied, ['spec', 'rateLimit', 'local'])) {
      this.#local(applied, policy, rateLimit.local)
    }
    for (const field of guardFields) this.#guard(applied, policy, field, spec[field])
    this.#headers('RequestHeaderModifier', 'request', headerModifiers?.request, applied, policy)
    this.#headers('ResponseHeaderModifier', 'response', headerModifiers?.response, applied, policy)
  }

  /** A check that cannot be made lets nobody through. */
  #guard(applied: Applied, policy: Resource, field: string, value: unknown): void {
    const path = ['spec', field]
    if (value === undefined || !this.#take(field, applied, path)) return
    if (typeof value === 'object' && value !== null && 'disable' in value) return
    const reason = `the check ${field} of the ${policy.title} cannot be made here`
    const message = `${reason}, so the rules that it is for answer 500`
    this.#build.context.warn(policy, path, 'unsupported-filter', message)
    this.#effect.filters.push(this.#mark({ type: 'Unresolved', reason }, policy, path))
  }

  #clock(clock: TimeoutsInput, policy: Resource, field: string): void {
    const path = ['spec', 'timeouts', field]
    this.#effect.timeouts = this.#mark({ ...this.#effect.timeouts, ...clock }, policy, ['spec', 'timeouts'])
    this.#effect.origins['timeouts'] ??= policy.origin(path)
  }

  /** An empty `local` turns off what a wider policy says (kgateway). */
  #local(
    applied: Applied,
    policy: Resource,
    local: NonNullable<NonNullable<TrafficPolicySpec['rateLimit']>['local']>,
  ): void {
    const { tokenBucket, percentEnabled = 100, percentEnforced = 100 } = local
    const path = ['spec', 'rateLimit', 'local']
    if (tokenBucket === undefined) return
    if (percentEnabled === 0 || percentEnforced === 0) {
      this.#build.context.info(policy, path, 'limit-off', 'at 0 percent nothing is limited')
      return
    }
    if (percentEnabled < 100 || percentEnforced < 100) {
      const message = 'the limit is for all requests, not for a percentage of them'
      this.#build.context.warn(policy, path, 'unsupported', message)
    }
    this.#limit(this.#build.limits.ofBucket(policy, applied.scope, tokenBucket, [...path, 'tokenBucket']), policy, path)
  }

  #headers(
    type: 'RequestHeaderModifier' | 'ResponseHeaderModifier',
    side: 'request' | 'response',
    filter: PolicyHeaderFilter | undefined,
    applied: Applied,
    policy: Resource,
  ): void {
    const path = ['spec', 'headerModifiers', side]
    if (filter === undefined || !this.#take(type, applied, path)) return
    const fields = (action: 'set' | 'add'): { name: string; value: string }[] | undefined =>
      filter[action]?.flatMap(({ name, value }, index) => {
        if (name !== undefined && value !== undefined) return [{ name, value }]
        const message = 'only a plain value can be set here, not one from a Secret; the field is left as it is'
        this.#build.context.warn(policy, [...path, action, index], 'unsupported', message)
        return []
      })
    const set = fields('set')
    const add = fields('add')
    const { remove } = filter
    const parts = { ...(set && { set }), ...(add && { add }), ...(remove && { remove }) }
    this.#effect.filters.push(this.#mark({ type, ...parts }, policy, path))
  }

  #limit(name: string, policy: Resource, path: FieldPath): void {
    if (!this.#effect.limits.includes(name)) this.#effect.limits.push(name)
    this.#effect.origins['limits'] ??= policy.origin(path)
  }

  #mark<Part extends object>(part: Part, policy: Resource, path: FieldPath): Part {
    return this.#build.provenance.mark(part, policy, path)
  }

  /** True for the nearest policy that sets a part. */
  #take(part: string, { policy, level }: Applied, path: FieldPath): boolean {
    const taken = this.#set.get(part)
    if (taken === undefined) {
      this.#set.set(part, { level, title: policy.title })
      return true
    }
    if (taken.level === level || (taken.level === -1 && level === levels.filter)) {
      const message = `the ${taken.title} has set the same, so this is without effect there`
      this.#build.context.warn(policy, path, 'policy-conflict', message)
    }
    return false
  }
}
