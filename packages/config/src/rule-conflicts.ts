/** Which filters of a rule contradict one another or its matches (Gateway API HTTPRouteRule)? It knows no single filter's fields but the path. */

import type { FilterConfig } from './types-filters.ts'
import type { MatchConfig } from './types-routes.ts'

type Path = readonly (string | number)[]

/** `path` leads from the rule to the place. */
export interface Conflict {
  readonly path: Path
  readonly value: unknown
  readonly wrong: string
  readonly expected: string
}

/** What this file looks at. */
interface Rule {
  readonly matches: readonly MatchConfig[]
  readonly filters: readonly FilterConfig[]
  readonly backends: readonly { readonly filters?: readonly FilterConfig[] }[]
}

/** Of these a list of filters has at most one: two would say two different things. */
const single: ReadonlySet<FilterConfig['type']> = new Set(['RequestRedirect', 'URLRewrite', 'CORS'])

/** These answer in the place of a backend, so they come before one is chosen. */
const answering: ReadonlySet<FilterConfig['type']> = new Set(['RequestRedirect', 'CORS', 'Unresolved'])

export function ruleConflicts(rule: Rule, kind: 'HTTP' | 'GRPC'): readonly Conflict[] {
  const hasOnlyPrefixes = rule.matches.every(({ path }) => path === undefined || path.type === 'PathPrefix')
  const conflicts = listConflicts(rule.filters, ['filters'], hasOnlyPrefixes)
  for (const [index, filter] of rule.filters.entries()) {
    if (filter.type !== 'RequestRedirect') continue
    const path = ['filters', index, 'type']
    if (kind === 'GRPC') {
      const wrong = 'gRPC callers follow no redirect'
      conflicts.push({ path, value: filter.type, wrong, expected: 'another filter, or a route of the kind HTTP' })
    }
    if (rule.backends.length > 0) {
      const wrong = 'every request of this rule is redirected, so none can reach its backends'
      conflicts.push({ path, value: filter.type, wrong, expected: 'a redirect or backends, not both' })
    }
  }
  for (const [index, { filters = [] }] of rule.backends.entries()) {
    const path = ['backends', index, 'filters']
    conflicts.push(...listConflicts(filters, path, hasOnlyPrefixes))
    for (const [filterIndex, { type }] of filters.entries()) {
      if (!answering.has(type)) continue
      const wrong = 'it answers before a backend is chosen'
      const expected =
        type === 'Unresolved' ? '`unresolved` in the place of the backend' : 'this filter among those of the rule'
      conflicts.push({ path: [...path, filterIndex, 'type'], value: type, wrong, expected })
    }
  }
  return conflicts
}

function listConflicts(filters: readonly FilterConfig[], path: Path, hasOnlyPrefixes: boolean): Conflict[] {
  const conflicts: Conflict[] = []
  const seen = new Set<FilterConfig['type']>()
  for (const [index, filter] of filters.entries()) {
    const { type } = filter
    if (seen.has(type) && single.has(type)) {
      const wrong = 'this list has another filter of this type'
      conflicts.push({ path: [...path, index, 'type'], value: type, wrong, expected: `${type} once` })
    }
    seen.add(type)
    if (type !== 'RequestRedirect' && type !== 'URLRewrite') continue
    if (seen.has('RequestRedirect') && seen.has('URLRewrite')) {
      const wrong = 'what is redirected is not rewritten'
      const expected = 'either RequestRedirect or URLRewrite'
      conflicts.push({ path: [...path, index, 'type'], value: type, wrong, expected })
    }
    if (filter.path?.type === 'ReplacePrefixMatch' && !hasOnlyPrefixes) {
      const wrong = 'a match of this rule has no prefix that could be replaced'
      const expected = 'ReplaceFullPath, or a rule with matches of the type PathPrefix only'
      conflicts.push({ path: [...path, index, 'path', 'type'], value: filter.path.type, wrong, expected })
    }
  }
  return conflicts
}
