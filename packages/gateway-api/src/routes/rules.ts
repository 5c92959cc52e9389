/** Rules of HTTPRoute and GRPCRoute as rules of the config, with every policy that is in force for them. */

import type { FilterInput, RetryInput, RuleInput, SessionInput, TimeoutsInput } from '@headgate/config'

import type { RouteResource } from '../attach.ts'
import type { Build } from '../build.ts'
import type { FieldPath } from '../diagnostics.ts'
import { effectOf } from '../policies/apply-policies.ts'
import { retryOfRule } from '../policies/retries.ts'
import { levels } from '../policies/rule-policies.ts'
import type { Applied, RulePolicies, RulePolicy } from '../policies/rule-policies.ts'
import { sessionOf } from '../policies/sessions.ts'
import type { GrpcRuleBody, HttpRuleBody } from '../resources/routes.ts'
import { translateFilters } from './filters.ts'
import { grpcMatch, httpMatch } from './matches.ts'
import { splitOf } from './splits.ts'
import type { SplitEntry } from './splits.ts'

/** A rule, translated once; the policies of listeners come on top for each group of them. */
export interface RuleDraft {
  readonly body: HttpRuleBody | GrpcRuleBody
  readonly path: FieldPath
  readonly matches: RuleInput['matches']
  readonly filters: readonly FilterInput[]
  readonly entries: readonly SplitEntry[]
  readonly applied: readonly Applied[]
  readonly session: SessionInput | undefined
}

/** The filters of a rule refer to policies, so that this comes before `RulePolicies` is made. */
export function draftRules(build: Build, route: RouteResource): readonly RuleDraft[] {
  const rules: readonly (HttpRuleBody | GrpcRuleBody)[] = route.body.spec.rules ?? []
  if (rules.length === 0) {
    // Gateway API's default: one rule that takes every path and, without backendRefs, answers 500.
    build.context.warn(route, ['spec'], 'no-rules', 'the route has no rules, so it serves nothing')
  }
  return rules.map((body, index) => draftRule(build, route, body, ['spec', 'rules', index]))
}

function draftRule(build: Build, route: RouteResource, body: HttpRuleBody | GrpcRuleBody, path: FieldPath): RuleDraft {
  const { filters, policies } = translateFilters(build, route, body.filters ?? [], [...path, 'filters'])
  const { entries, answer } = splitOf(build, route, body.backendRefs ?? [], path)
  const matches = matchesOf(build, route, body, path)
  const all = answer === undefined ? filters : [...filters, answer]
  const applied: Applied[] = []
  const backends = entries.flatMap(({ draft }) => draft?.name ?? [])
  for (const { policy, path: place } of policies) {
    if (isRulePolicy(policy)) applied.push({ policy, scope: `${route.kind}/${route.name}`, level: levels.filter })
    else build.extensions.push({ policy, path: place, backends })
  }
  const isRedirect = all.some(({ type }) => type === 'RequestRedirect')
  if (isRedirect && entries.length > 0) {
    const message = 'a rule that redirects sends no request to a backend, so its backendRefs are without effect'
    build.context.warn(route, [...path, 'backendRefs'], 'without-effect', message)
  }
  if (entries.length === 0 && !all.some(({ type }) => type === 'RequestRedirect' || type === 'Unresolved')) {
    const message = 'the rule has no backendRefs, so every request that meets it gets 500'
    build.context.warn(route, path, 'no-backends', message)
  }
  const session = sessionOf(build, route, [...path, 'sessionPersistence'], body.sessionPersistence)
  return { body, path, matches, filters: all, entries: isRedirect ? [] : entries, applied, session }
}

function isRulePolicy(policy: { readonly kind: string }): policy is RulePolicy {
  return policy.kind === 'TrafficPolicy' || policy.kind === 'RetryPolicy' || policy.kind === 'RateLimitPolicy'
}

function matchesOf(
  { provenance }: Build,
  route: RouteResource,
  body: HttpRuleBody | GrpcRuleBody,
  path: FieldPath,
): RuleInput['matches'] {
  const place = (index: number): FieldPath => [...path, 'matches', index]
  const matches =
    route.kind === 'GRPCRoute'
      ? ((body as GrpcRuleBody).matches ?? []).map(grpcMatch)
      : ((body as HttpRuleBody).matches ?? []).map(httpMatch)
  return matches.map((match, index) => {
    if (match.path !== undefined) {
      provenance.mark(match.path, route, [...place(index), route.kind === 'GRPCRoute' ? 'method' : 'path'])
    }
    return provenance.mark(match, route, place(index))
  })
}

/** The rule as it is on the listeners for which these policies are in force. */
export function buildRule(
  build: Build,
  route: RouteResource,
  draft: RuleDraft,
  policies: RulePolicies,
  ofListeners: readonly Applied[],
): RuleInput {
  const { body, path, entries, session } = draft
  const own = {
    retry: retryOf(build, route, body, path),
    timeouts: timeoutsOf(build, route, body, path),
    hasCors: draft.filters.some(({ type }) => type === 'CORS'),
  }
  const applied = [...draft.applied, ...policies.ofRule(route, body.name), ...ofListeners]
  const effect = effectOf(build, applied, own)
  const origins: Record<string, string> = { rule: route.origin(path), ...effect.origins }
  if (own.retry !== undefined) origins['retry'] = route.origin([...path, 'retry'])
  if (own.timeouts !== undefined) origins['timeouts'] = route.origin([...path, 'timeouts'])
  if (session !== undefined) origins['session'] = route.origin([...path, 'sessionPersistence'])
  const backends = entries.map(({ ref, draft: backend, path: place }) => {
    if (backend?.refusal === undefined) return ref
    return build.provenance.mark({ unresolved: backend.refusal, weight: ref.weight }, route, place)
  })
  const rule: RuleInput = {
    name: body.name,
    matches: draft.matches,
    filters: [...draft.filters, ...effect.filters],
    backends,
    session,
    retry: effect.retry,
    timeouts: Object.keys(effect.timeouts).length === 0 ? undefined : effect.timeouts,
    limits: effect.limits,
    origins,
  }
  return build.provenance.mark(rule, route, path)
}

function retryOf(
  build: Build,
  route: RouteResource,
  body: HttpRuleBody | GrpcRuleBody,
  path: FieldPath,
): RetryInput | undefined {
  if (!('retry' in body) || body.retry === undefined) return undefined
  return build.provenance.mark(retryOfRule(body.retry), route, [...path, 'retry'])
}

function timeoutsOf(
  build: Build,
  route: RouteResource,
  body: HttpRuleBody | GrpcRuleBody,
  path: FieldPath,
): TimeoutsInput | undefined {
  if (!('timeouts' in body) || body.timeouts === undefined) return undefined
  const { request, backendRequest } = body.timeouts
  const timeouts = { request, backend: backendRequest }
  return build.provenance.mark(timeouts, route, [...path, 'timeouts'])
}
