/** What is allowed and yet probably not meant. It reads a config that passed every check. */

import { formatDuration } from './duration.ts'
import { ProblemList, shown } from './problems.ts'
import type { Problem } from './problems.ts'
import type { BackendConfig, GatewayConfig, MatchConfig, RetryConfig, RuleConfig } from './types.ts'

type Path = readonly (string | number)[]

export function warningsOf(config: GatewayConfig): readonly Problem[] {
  const list = new ProblemList()
  const usedBackends = new Set<string>()
  const usedLimits = new Set<string>()
  for (const [routeIndex, route] of config.routes.entries()) {
    for (const [ruleIndex, rule] of route.rules.entries()) {
      for (const entry of rule.backends) usedBackends.add(entry.backend)
      for (const used of rule.fallback?.backends ?? []) usedBackends.add(used)
      for (const used of rule.limits) usedLimits.add(used)
      warnOfRule(rule, ['routes', routeIndex, 'rules', ruleIndex], list)
    }
  }
  warnOfUnused(config.backends, 'backends', usedBackends, 'no rule sends requests to it', list)
  warnOfUnused(config.limits, 'limits', usedLimits, 'no rule takes tokens from it', list)
  for (const [index, backend] of config.backends.entries()) warnOfHost(backend, ['backends', index, 'headers'], list)
  for (const [index, { breaker }] of config.backends.entries()) {
    if (breaker === undefined || breaker.failures > 0 || breaker.ratio !== undefined) continue
    const message = 'neither failures in a row nor a ratio can open this breaker'
    list.add({
      path: ['backends', index, 'breaker'],
      value: shown(breaker),
      message,
      expected: 'failures above 0, or a ratio',
    })
  }
  for (const [index, limit] of config.limits.entries()) {
    if (limit.fill !== 'stepped' || limit.burst >= limit.tokens) continue
    const message = `the bucket holds ${limit.burst}, so the rest of each step is lost`
    list.add({
      path: ['limits', index, 'burst'],
      value: limit.burst,
      message,
      expected: `at least tokens, ${limit.tokens}`,
    })
  }
  if (config.bodies.keepPerRequest > config.bodies.keepTotal) {
    const message = 'one request may keep more than the whole process'
    const expected = `at most bodies.keepTotal, ${config.bodies.keepTotal}`
    list.add({ path: ['bodies', 'keepPerRequest'], value: config.bodies.keepPerRequest, message, expected })
  }
  return list.all(config)
}

/** Hosted APIs serve many names behind one address and refuse the caller's Host, which is forwarded as it is. */
function warnOfHost(backend: BackendConfig, path: Path, list: ProblemList): void {
  const hosted = backend.endpoints.find(({ url }) => url.startsWith('https:'))
  if (hosted === undefined || backend.headers?.some(({ name }) => name.toLowerCase() === 'host') === true) return
  const { host } = new URL(hosted.url)
  const message = "the caller's Host is forwarded; most servers behind https expect their own"
  list.add({ path, value: shown(backend.headers), message, expected: `a field host with the value ${host}` })
}

function warnOfUnused(
  declared: readonly { readonly name: string }[],
  key: string,
  used: ReadonlySet<string>,
  message: string,
  list: ProblemList,
): void {
  for (const [index, item] of declared.entries()) {
    if (used.has(item.name)) continue
    list.add({
      path: [key, index, 'name'],
      value: shown(item.name),
      message,
      expected: 'a rule that names it, or its removal',
    })
  }
}

function warnOfRule(rule: RuleConfig, path: Path, list: ProblemList): void {
  if (rule.backends.length === 0) {
    const message = 'the rule has no backend, so every request that meets it gets 500'
    list.add({ path: [...path, 'backends'], value: shown(rule.backends), message, expected: 'at least one backend' })
  } else if (rule.backends.every((entry) => entry.weight === 0)) {
    const message = 'all weights are 0, so every request that meets this rule gets 503'
    list.add({ path: [...path, 'backends'], value: shown(rule.backends), message, expected: 'a weight above 0' })
  }
  if (rule.retry !== undefined) warnOfTries(rule.retry, rule.timeouts.request ?? 0, [...path, 'retry', 'perTry'], list)
  for (const [index, match] of rule.matches.entries()) warnOfMatch(match, [...path, 'matches', index], list)
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
