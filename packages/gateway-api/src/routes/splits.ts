/** The backendRefs of a rule as a split. References that lead nowhere keep their share: it is answered with 500. */

import type { BackendRefInput, FilterInput } from '@headgate/config'

import type { RouteResource } from '../attach.ts'
import type { BackendDraft } from '../backends/backend-draft.ts'
import type { Build } from '../build.ts'
import type { FieldPath } from '../diagnostics.ts'
import type { BackendRefBody } from '../resources/routes.ts'
import { translateFilters } from './filters.ts'

export interface SplitEntry {
  readonly ref: BackendRefInput
  readonly draft: BackendDraft | undefined
  readonly path: FieldPath
}

export interface Split {
  readonly entries: readonly SplitEntry[]
  /** An answer that stood on the only backendRef: it is the rule's then. */
  readonly answer: FilterInput | undefined
}

export function splitOf(
  build: Build,
  route: RouteResource,
  refs: readonly BackendRefBody[],
  rulePath: FieldPath,
): Split {
  const entries: SplitEntry[] = []
  for (const [index, ref] of refs.entries()) {
    const path = [...rulePath, 'backendRefs', index]
    const { weight = 1 } = ref
    const { filters, policies } = translateFilters(build, route, ref.filters ?? [], [...path, 'filters'])
    const answer = filters.find(({ type }) => type === 'RequestRedirect' || type === 'CORS')
    const isOnly = refs.length === 1 && weight > 0
    if (answer?.type === 'RequestRedirect' && isOnly) return { entries: [], answer }
    const reference = { from: route, path, isGrpc: route.kind === 'GRPCRoute' }
    const found = build.backends.resolve(ref, reference)
    const reason = refusalOf(build, route, filters, policies.length > 0, [...path, 'filters'])
    const draft = reason === undefined && 'draft' in found ? found.draft : undefined
    const unresolved = reason ?? ('unresolved' in found ? found.unresolved : undefined)
    entries.push({
      ref: draft === undefined ? { unresolved: unresolved ?? '', weight } : withFilters(draft.name, weight, filters),
      draft,
      path,
    })
  }
  for (const { ref, path } of entries) build.provenance.mark(ref, route, path)
  return { entries: merged(build, route, entries), answer: undefined }
}

function withFilters(backend: string, weight: number, filters: readonly FilterInput[]): BackendRefInput {
  return { backend, weight, ...(filters.length > 0 && { filters }) }
}

/** Why the filters of a backendRef cannot be done: an answer for a part of the requests, or a policy for one of several. */
function refusalOf(
  build: Build,
  route: RouteResource,
  filters: readonly FilterInput[],
  hasPolicies: boolean,
  path: FieldPath,
): string | undefined {
  const unresolved = filters.find((filter) => filter.type === 'Unresolved')
  if (unresolved !== undefined) return unresolved.reason
  const answer = filters.find(({ type }) => type === 'RequestRedirect' || type === 'CORS')
  if (answer === undefined && !hasPolicies) return undefined
  const what = answer === undefined ? 'a policy' : `a ${answer.type} filter`
  const reason = `${what} stands on one of several backendRefs; it can stand on a rule only`
  build.context.warn(
    route,
    path,
    'unsupported-filter',
    `${reason}, so the share of this backendRef is answered with 500`,
  )
  return reason
}

/**
 * Two references to one backend are one with the sum of their weights, as long as they do the same with a request. With other
 * filters the later one is a backend of its own with the same endpoints.
 */
function merged(build: Build, route: RouteResource, entries: readonly SplitEntry[]): readonly SplitEntry[] {
  const kept: SplitEntry[] = []
  for (const entry of entries) {
    const { draft } = entry
    const filters = JSON.stringify(entry.ref.filters)
    const twins = draft === undefined ? [] : kept.filter((other) => other.draft?.base === draft.base)
    const same = twins.find(({ ref }) => JSON.stringify(ref.filters) === filters)
    if (same !== undefined) {
      const weight = (same.ref.weight ?? 1) + (entry.ref.weight ?? 1)
      const ref = build.provenance.mark({ ...same.ref, weight }, route, same.path)
      kept[kept.indexOf(same)] = { ...same, ref }
    } else if (draft === undefined || twins.length === 0) {
      kept.push(entry)
    } else {
      const message =
        'an earlier backendRef leads to the same backend with other filters, so this one is a backend of its own: breakers and bounds are counted apart'
      build.context.info(route, entry.path, 'duplicate-backend', message)
      const variant = build.backends.variant(draft, twins.length + 1)
      const ref = build.provenance.mark({ ...entry.ref, backend: variant.name }, route, entry.path)
      kept.push({ ...entry, ref, draft: variant })
    }
  }
  return kept
}
