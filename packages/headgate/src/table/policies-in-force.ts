/** What a rule and its backends are held to, in words, each with the place where it was written. */

import { formatDuration } from '@headgate/config'
import type {
  BackendConfig,
  FilterConfig,
  GatewayConfig,
  LimitConfig,
  Origin,
  RuleConfig,
  SessionConfig,
} from '@headgate/config'

export interface PolicyInForce {
  /** `retry`, `timeouts`, `limit free`, `breaker of chat`, … */
  readonly policy: string
  readonly text: string
  readonly origin: Origin | undefined
}

/** In the order in which a request meets them. */
export function policiesInForce(rule: RuleConfig, config: GatewayConfig): readonly PolicyInForce[] {
  const found: PolicyInForce[] = []
  const add = (policy: string, text: string, origin: Origin | undefined): void => {
    found.push({ policy, text, origin })
  }
  const origin = (part: string): Origin | undefined => rule.origins?.[part] ?? rule.origins?.['rule']
  for (const filter of rule.filters) add('filter', filterText(filter), origin('filters'))
  for (const name of rule.limits) {
    const limit = config.limits.find((one) => one.name === name)
    if (limit !== undefined) add(`limit ${name}`, limitText(limit), limit.origin ?? origin('limits'))
  }
  if (rule.session !== undefined) add('session', sessionText(rule.session), origin('session'))
  if (rule.sticky !== undefined) {
    add('sticky', `the same value of ${rule.sticky.header} goes to the same backend`, origin('sticky'))
  }
  if (rule.retry !== undefined) add('retry', retryText(rule.retry), origin('retry'))
  if (rule.fallback !== undefined) add('fallback', fallbackText(rule.fallback), origin('fallback'))
  if (rule.earlyHead !== undefined) {
    const { after, every } = rule.earlyHead
    const text = `after ${formatDuration(after)} for streams, then a comment each ${formatDuration(every)}`
    add('early head', text, origin('earlyHead'))
  }
  add('timeouts', timeoutsText(rule.timeouts), origin('timeouts'))
  const names = new Set(rule.backends.flatMap(({ backend }) => (backend === undefined ? [] : [backend])))
  for (const backend of config.backends) if (names.has(backend.name)) addBackend(backend, rule, add)
  return found
}

function addBackend(
  backend: BackendConfig,
  rule: RuleConfig,
  add: (policy: string, text: string, origin: Origin | undefined) => void,
): void {
  const { name, origin, capacity, breaker, outlierDetection, fallback, retryBudget, session, balance, healthCheck } =
    backend
  if (balance.type !== 'round-robin') add(`balance of ${name}`, balanceText(balance), origin)
  if (healthCheck !== undefined) {
    const { method, path, interval, timeout } = healthCheck
    const text = `${method} ${path} at each endpoint every ${formatDuration(interval)}, up to ${formatDuration(timeout)}`
    add(`health check of ${name}`, text, origin)
  }
  if (capacity !== undefined) {
    const { maxRequests, maxConnections, maxPending, maxRetries } = capacity
    const parts = [`${maxRequests} requests`, `${maxPending} pending`]
    if (maxConnections !== undefined) parts.push(`${maxConnections} connections an endpoint`)
    if (maxRetries !== undefined) parts.push(`${maxRetries} retries at once`)
    add(`capacity of ${name}`, `at most ${parts.join(', ')}`, origin)
  }
  if (breaker !== undefined) {
    const { failures, ratio, openFor } = breaker
    const when = failures > 0 ? [`${failures} failures in a row`] : []
    if (ratio !== undefined)
      when.push(`${Math.round(ratio.threshold * 100)}% failures over ${formatDuration(ratio.window)}`)
    add(`breaker of ${name}`, `opens after ${when.join(' or ')}, for ${formatDuration(openFor)}`, origin)
  }
  if (outlierDetection !== undefined) {
    const { consecutive5xx, baseEjectionTime, maxEjectionPercent } = outlierDetection
    const text = `ejects after ${consecutive5xx} failures in a row, for ${formatDuration(baseEjectionTime)}, at most ${maxEjectionPercent}% of the endpoints`
    add(`outlier detection of ${name}`, text, origin)
  }
  // A session of the rule is in the place of it.
  if (session !== undefined && rule.session === undefined) add(`session of ${name}`, sessionText(session), origin)
  if (fallback !== undefined) add(`fallback of ${name}`, fallbackText(fallback), origin)
  if (rule.retry !== undefined && retryBudget !== false) {
    const { percent, window, minimum } = retryBudget
    const text = `repeats up to ${percent}% of the requests over ${formatDuration(window)}, ${minimum} in any case`
    add(`retry budget of ${name}`, text, origin)
  }
}

function sessionText({ type, name, lifetime, absoluteTimeout, idleTimeout, strict }: SessionConfig): string {
  const carrier =
    type === 'Header' ? `the header ${name}` : name === undefined ? 'a cookie of its own' : `the cookie ${name}`
  const parts = [`${carrier} brings callers back to their endpoint`]
  if (lifetime === 'Permanent') parts.push('kept by the client')
  if (absoluteTimeout !== undefined) parts.push(`for ${formatDuration(absoluteTimeout)}`)
  if (idleTimeout !== undefined) parts.push(`until ${formatDuration(idleTimeout)} without a request`)
  if (strict) parts.push('503 where that does not serve')
  return parts.join(', ')
}

function balanceText(balance: BackendConfig['balance']): string {
  if (!('by' in balance)) return `an endpoint by ${balance.type}`
  const keys = balance.by.map((key) => {
    if (key === 'address') return "the caller's address"
    return 'header' in key ? key.header : `the cookie ${key.cookie}`
  })
  return `an endpoint by ${balance.type} of ${keys.join(', else ')}`
}

function limitText({ per, tokens, every, burst }: LimitConfig): string {
  const whom = per === 'all' ? 'all callers' : 'header' in per ? `each ${per.header}` : `each ${per.key}`
  return `${tokens} tokens in ${formatDuration(every)} for ${whom}, a burst of ${burst}`
}

function retryText({ retries, on, perTry, backoff }: NonNullable<RuleConfig['retry']>): string {
  const each = perTry === undefined ? '' : `, each try up to ${formatDuration(perTry)}`
  const wait = `waiting ${formatDuration(backoff.base)} to ${formatDuration(backoff.max)}`
  return `${retries} more ${retries === 1 ? 'try' : 'tries'} on ${on.join(', ')}, ${wait}${each}`
}

function fallbackText({ backends, on }: NonNullable<RuleConfig['fallback']>): string {
  return `${backends.join(', then ')} on ${on.join(', ')} or without an endpoint`
}

const clockNames = {
  request: 'request',
  backend: 'backend',
  headers: 'headers',
  firstEvent: 'first event',
  idle: 'idle',
} as const

function timeoutsText(timeouts: RuleConfig['timeouts']): string {
  const parts = Object.keys(clockNames).flatMap((clock) => {
    const ms = timeouts[clock as keyof typeof clockNames]
    return ms === undefined || ms === 0 ? [] : [`${clock} ${formatDuration(ms)}`]
  })
  return parts.length === 0 ? 'none' : parts.join(', ')
}

function filterText(filter: FilterConfig): string {
  switch (filter.type) {
    case 'RequestHeaderModifier':
    case 'ResponseHeaderModifier': {
      // Names only: a value may be a credential.
      const names = (fields: readonly { readonly name: string }[] = []): string =>
        fields.map(({ name }) => name).join(', ')
      const parts = [
        ['sets', names(filter.set)],
        ['adds', names(filter.add)],
        ['removes', (filter.remove ?? []).join(', ')],
      ].filter(([, list]) => list !== '')
      return `${filter.type} ${parts.map(([verb, list]) => `${verb} ${list}`).join(', ')}`
    }
    case 'RequestRedirect':
      return `RequestRedirect with ${filter.statusCode}`
    case 'URLRewrite': {
      const parts = filter.hostname === undefined ? [] : [`host ${filter.hostname}`]
      if (filter.path !== undefined) parts.push(`${filter.path.type} ${filter.path.value}`)
      return `URLRewrite to ${parts.join(', ')}`
    }
    case 'RequestMirror':
      return `RequestMirror of ${filter.numerator} in ${filter.denominator} to ${filter.backend}`
    case 'CORS':
      return `CORS for ${filter.allowOrigins.join(', ') || 'no origin'}`
    case 'Unresolved':
      return `answers 500: ${filter.reason}`
  }
}
