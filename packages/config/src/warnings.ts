/** What is allowed and yet probably not meant. It reads a config that passed every check. */

import { ProblemList, shown } from './problems.ts'
import type { Problem } from './problems.ts'
import type { Path } from './raw-input.ts'
import { warnOfRule } from './rule-warnings.ts'
import { warnOfSessions } from './session-warnings.ts'
import type { BackendConfig } from './types-backends.ts'
import type { FilterConfig } from './types-filters.ts'
import type { RuleConfig } from './types-routes.ts'
import type { GatewayConfig, LimitConfig } from './types.ts'

export function warningsOf(config: GatewayConfig): readonly Problem[] {
  const list = new ProblemList()
  const usedLimits = new Set<string>()
  for (const [routeIndex, route] of config.routes.entries()) {
    if (route.listeners?.length === 0) {
      const message = 'the route is attached to no listener, so it serves nothing'
      const expected = 'a listener, or no listeners at all: then it is attached to every one'
      list.add({ path: ['routes', routeIndex, 'listeners'], value: shown(route.listeners), message, expected })
    }
    for (const [ruleIndex, rule] of route.rules.entries()) {
      for (const used of rule.limits) usedLimits.add(used)
      warnOfRule(rule, ['routes', routeIndex, 'rules', ruleIndex], list)
    }
  }
  warnOfUnused(config.backends, 'backends', usedBackends(config), 'no rule sends requests to it', list)
  warnOfUnused(config.limits, 'limits', usedLimits, 'no rule takes tokens from it', list)
  for (const [index, backend] of config.backends.entries()) {
    warnOfBackend(backend, index, list)
    warnOfHost(backend, ['backends', index, 'headers'], list)
  }
  for (const [index, limit] of config.limits.entries()) warnOfLimit(limit, index, list)
  warnOfSessions(config, list)
  if (config.bodies.keepPerRequest > config.bodies.keepTotal) {
    const message = 'one request may keep more than the whole process'
    const expected = `at most bodies.keepTotal, ${config.bodies.keepTotal}`
    list.add({ path: ['bodies', 'keepPerRequest'], value: config.bodies.keepPerRequest, message, expected })
  }
  return list.all(config)
}

/** Those that a rule names, and the fallbacks of the backends in a rule that has no fallback of its own. */
function usedBackends(config: GatewayConfig): ReadonlySet<string> {
  const fallbacks = new Map(config.backends.map(({ name, fallback }) => [name, fallback?.backends ?? []]))
  const used = new Set<string>()
  const mirrors = (filters: readonly FilterConfig[]): void => {
    for (const filter of filters) if (filter.type === 'RequestMirror') used.add(filter.backend)
  }
  const look = (rule: RuleConfig): void => {
    mirrors(rule.filters)
    for (const name of rule.fallback?.backends ?? []) used.add(name)
    for (const { backend, filters = [] } of rule.backends) {
      mirrors(filters)
      if (backend === undefined) continue
      used.add(backend)
      if (rule.fallback === undefined) for (const name of fallbacks.get(backend) ?? []) used.add(name)
    }
  }
  for (const { rules } of config.routes) for (const rule of rules) look(rule)
  return used
}

/** Hosted APIs serve many names behind one address and refuse the caller's Host, which is forwarded as it is. */
function warnOfHost(backend: BackendConfig, path: Path, list: ProblemList): void {
  const hosted = backend.endpoints.find(({ url }) => url.startsWith('https:'))
  if (
    hosted === undefined ||
    backend.tls !== undefined ||
    backend.headers?.some(({ name }) => name.toLowerCase() === 'host') === true
  )
    return
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

function warnOfBackend(backend: BackendConfig, index: number, list: ProblemList): void {
  const { breaker, outlierDetection, tls, endpoints } = backend
  const path = ['backends', index]
  if (breaker !== undefined && breaker.failures === 0 && breaker.ratio === undefined) {
    const message = 'neither failures in a row nor a ratio can open this breaker'
    const expected = 'failures above 0, or a ratio'
    list.add({ path: [...path, 'breaker'], value: shown(breaker), message, expected })
  }
  if (outlierDetection !== undefined) warnOfEjection(backend, [...path, 'outlierDetection'], list)
  if (tls !== undefined && endpoints.length > 0 && endpoints.every(({ url }) => url.startsWith('http:'))) {
    const message = 'no endpoint of this backend is called over TLS'
    list.add({ path: [...path, 'tls'], value: shown(tls), message, expected: 'an endpoint of the scheme https://' })
  }
}

/** Envoy's arithmetic: one more may be ejected while (ejected + 1) / endpoints is at most the percentage. */
function warnOfEjection({ outlierDetection, endpoints }: BackendConfig, path: Path, list: ProblemList): void {
  if (outlierDetection === undefined) return
  const { consecutive5xx, maxEjectionPercent } = outlierDetection
  if (consecutive5xx === 0) {
    const message = 'nothing can eject an endpoint of this backend'
    list.add({ path: [...path, 'consecutive5xx'], value: 0, message, expected: 'a number above 0' })
  } else if (endpoints.length > 0 && maxEjectionPercent * endpoints.length < 100) {
    const count = endpoints.length === 1 ? 'the only endpoint' : `any of ${endpoints.length} endpoints`
    const message = `${maxEjectionPercent} % is too little to eject ${count}`
    const expected = `at least ${Math.ceil(100 / endpoints.length)}, or a breaker`
    list.add({ path: [...path, 'maxEjectionPercent'], value: maxEjectionPercent, message, expected })
  }
}

function warnOfLimit(limit: LimitConfig, index: number, list: ProblemList): void {
  if (limit.fill !== 'stepped' || limit.burst >= limit.tokens) return
  const message = `the bucket holds ${limit.burst}, so the rest of each step is lost`
  const expected = `at least tokens, ${limit.tokens}`
  list.add({ path: ['limits', index, 'burst'], value: limit.burst, message, expected })
}
