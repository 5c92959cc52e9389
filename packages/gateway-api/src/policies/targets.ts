/** What a policy is for (GEP-713): objects of its own namespace, by name or by labels. It knows no policy. */

import type { Context } from '../context.ts'
import type { FieldPath } from '../diagnostics.ts'
import { selects } from '../namespaces.ts'
import { kinds } from '../resources/kinds.ts'
import type { Kind } from '../resources/kinds.ts'
import type { TargetRef, TargetSelector, Targets } from '../resources/references.ts'
import type { Resource } from '../resources/resource.ts'

/** A target that is there. */
export interface Target {
  readonly kind: Kind
  /** `namespace/name`. */
  readonly id: string
  readonly sectionName: string | undefined
  readonly path: FieldPath
}

/** The kinds that a policy may be for, each with the ids of what is there. */
export type Candidates = { readonly [K in Kind]?: readonly string[] }

/** The targets of a policy. For one that is not there, or of a kind that the policy is not for, there is a diagnostic. */
export function targetsOf(
  context: Context,
  policy: Resource,
  spec: Targets,
  candidates: Candidates,
  isReferred = false,
): readonly Target[] {
  const { targetRef, targetRefs = [], targetSelectors = [] } = spec
  const targets: Target[] = []
  const refs: [TargetRef, FieldPath][] = targetRefs.map((ref, index) => [ref, ['spec', 'targetRefs', index]])
  if (targetRef !== undefined) refs.unshift([targetRef, ['spec', 'targetRef']])
  for (const [ref, path] of refs) {
    const target = targetOf(context, policy, ref, path, candidates)
    if (target !== undefined) targets.push(target)
  }
  for (const [index, selector] of targetSelectors.entries()) {
    targets.push(...selected(context, policy, selector, ['spec', 'targetSelectors', index], candidates))
  }
  if (refs.length === 0 && targetSelectors.length === 0 && !isReferred) {
    const message = 'the policy names no target and no rule refers to it, so it is without effect'
    context.warn(policy, ['spec'], 'policy-without-target', message)
  }
  return targets
}

function targetOf(
  context: Context,
  policy: Resource,
  ref: TargetRef,
  path: FieldPath,
  candidates: Candidates,
): Target | undefined {
  const { name, sectionName, namespace = policy.namespace } = ref
  const kind = kindOf(context, policy, ref, path, candidates)
  if (kind === undefined) return undefined
  const ids = candidates[kind] ?? []
  if (namespace !== policy.namespace && !context.trustNamespaces) {
    const message = `a policy is for objects of its own namespace, ${policy.namespace}, so this target has none`
    context.warn(policy, [...path, 'namespace'], 'policy-target-not-found', message)
    return undefined
  }
  const id = `${namespace}/${name}`
  if (ids.includes(id)) return { kind, id, sectionName, path }
  const elsewhere = ids.filter((known) => known.slice(known.indexOf('/') + 1) === name)
  const [only] = elsewhere
  if (context.trustNamespaces && !policy.hasNamespace && elsewhere.length === 1 && only !== undefined) {
    const message = `the policy names no namespace; it is taken to be for the ${kind} ${only}`
    context.info(policy, path, 'policy-namespace-taken', message, 'write metadata.namespace')
    return { kind, id: only, sectionName, path }
  }
  const isDefault = policy.hasNamespace ? '' : ' (the policy names no namespace)'
  const message = `there is no ${kind} ${id}${isDefault}, so the policy is without effect there`
  context.warn(policy, path, 'policy-target-not-found', message, context.didYouMean(id, ids))
  return undefined
}

function kindOf(
  context: Context,
  policy: Resource,
  { group, kind }: { readonly group?: string; readonly kind: string },
  path: FieldPath,
  candidates: Candidates,
): Kind | undefined {
  const known = kind === 'XListenerSet' ? 'ListenerSet' : (kind as Kind)
  // The specification leaves the group out, which upstream requires.
  const isKnown = Object.hasOwn(candidates, known) && (group === undefined || kinds[known].groups.includes(group))
  if (isKnown) return known
  const title = group === undefined || group === '' ? kind : `${kind} of ${group}`
  const message = `a ${policy.kind} cannot be for a ${title}, so it is without effect there`
  context.warn(
    policy,
    [...path, 'kind'],
    'policy-target-kind',
    message,
    `it may be for ${Object.keys(candidates).join(', ')}`,
  )
  return undefined
}

function selected(
  context: Context,
  policy: Resource,
  selector: TargetSelector,
  path: FieldPath,
  candidates: Candidates,
): readonly Target[] {
  const kind = kindOf(context, policy, selector, path, candidates)
  if (kind === undefined) return []
  const found = context.resources
    .list(kind)
    .filter(({ namespace, labels }) => namespace === policy.namespace && selects(selector, labels))
  if (found.length === 0) {
    const message = `no ${kind} of the namespace ${policy.namespace} has these labels, so the policy is without effect there`
    context.warn(policy, path, 'policy-target-not-found', message)
  }
  return found.map(({ id }) => ({ kind, id, sectionName: selector.sectionName, path }))
}

/** The older policy goes first, then by name: where two set the same, the first has it (GEP-713). */
export function inOrder<K extends Kind>(policies: readonly Resource<K>[]): readonly Resource<K>[] {
  const age = (policy: Resource<K>): number => policy.createdAt ?? Number.POSITIVE_INFINITY
  return policies.toSorted((a, b) => (age(a) === age(b) ? compare(a.id, b.id) : age(a) - age(b)))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
