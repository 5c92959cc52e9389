/** What is allowed in a rule and yet probably not meant. It knows no other rule. */

import { formatDuration } from './duration.ts'
import { shown } from './problems.ts'
import type { ProblemList } from './problems.ts'
import type { Path } from './raw-input.ts'
import type { RetryConfig } from './types-attempts.ts'
import type { FilterConfig, RedirectFilterConfig } from './types-filters.ts'
import type { BackendRefConfig, MatchConfig, RuleConfig } from './types-routes.ts'

export function warnOfRule(rule: RuleConfig, path: Path, list: ProblemList): void {
  // A redirect needs no backend, and an unknown filter answers 500 whatever stands behind it.
  const isAnswered = rule.filters.some(({ type }) => type === 'RequestRedirect' || type === 'Unresolved')
  if (!isAnswered) warnOfSplit(rule.backends, [...path, 'backends'], list)
  for (const [index, filter] of rule.filters.entries()) warnOfFilter(filter, [...path, 'filters', index], list)
  if (rule.retry !== undefined) warnOfTries(rule.retry, rule.timeouts.request ?? 0, [...path, 'retry', 'perTry'], list)
  for (const [index, match] of rule.matches.entries()) warnOfMatch(match, [...path, 'matches', index], list)
}

function warnOfSplit(split: readonly BackendRefConfig[], path: Path, list: ProblemList): void {
  if (split.length === 0) {
    const message = 'the rule has no backend, so every request that meets it gets 500'
    list.add({ path, value: shown(split), message, expected: 'at least one backend' })
  } else if (split.every(({ weight }) => weight === 0)) {
    const message = 'all weights are 0, so every request that meets this rule gets 503'
    list.add({ path, value: shown(split), message, expected: 'a weight above 0' })
  }
}

function warnOfFilter(filter: FilterConfig, path: Path, list: ProblemList): void {
  if (filter.type === 'CORS' && filter.allowOrigins.length === 0) {
    const message = 'no origin is allowed, so browsers refuse every reply to another origin'
    const value = shown(filter.allowOrigins)
    list.add({ path: [...path, 'allowOrigins'], value, message, expected: 'at least one origin, or *' })
  }
  if (filter.type === 'RequestRedirect' && isSamePlace(filter)) {
    const message = 'each request is redirected to where it came'
    list.add({ path, value: shown(filter), message, expected: 'a scheme, hostname, port or path' })
  }
}

function isSamePlace({ scheme, hostname, port, path }: RedirectFilterConfig): boolean {
  return scheme === undefined && hostname === undefined && port === undefined && path === undefined
}

/** Waits between the tries come on top; they are left out, because with jitter each may be 0. */
function warnOfTries(retry: RetryConfig, request: number, path: Path, list: ProblemList): void {
  const { perTry = 0, retries } = retry
  if (perTry === 0 || request === 0) return
  const tries = retries + 1
  if (perTry * tries <= request) return
  const whole = formatDuration(request)
  const message =
    perTry > request
      ? `one try may take longer than the whole request (${whole})`
      : `${tries} tries of ${formatDuration(perTry)} do not fit into the whole request (${whole}): the last ones are cut short`
  list.add({ path, value: perTry, message, expected: `at most timeouts.request divided by ${tries} tries` })
}

function warnOfMatch(match: MatchConfig, path: Path, list: ProblemList): void {
  if (match.method === 'CONNECT' || match.method === 'TRACE') {
    const message = `${match.method} requests are refused before they are matched`
    list.add({ path: [...path, 'method'], value: match.method, message, expected: 'another method' })
  }
  warnOfRepeated(match.headers, [...path, 'headers'], (name) => name.toLowerCase(), list)
  warnOfRepeated(match.query, [...path, 'query'], (name) => name, list)
}

/** Gateway API: of several entries with an equivalent name the first counts, the others are ignored. */
function warnOfRepeated(
  entries: readonly { readonly name: string }[] | undefined,
  path: Path,
  keyOf: (name: string) => string,
  list: ProblemList,
): void {
  const seen = new Set<string>()
  for (const [index, { name }] of (entries ?? []).entries()) {
    const key = keyOf(name)
    if (seen.has(key)) {
      const message = 'an earlier entry has the same name, so this one is ignored'
      list.add({ path: [...path, index, 'name'], value: shown(name), message, expected: 'each name once' })
    }
    seen.add(key)
  }
}
