/** Retries as HTTPRoute and kgateway's TrafficPolicy say them. It attaches nothing. */

import { formatDuration } from '@headgate/config'
import type { ConditionName, RetryConfig } from '@headgate/config'

import type { UnsaidList } from './unsaid.ts'

type Fields = Readonly<Record<string, unknown>>

/** What every retry stanza of Gateway API implies. */
const connectionErrors = ['connect-failure', 'refused-stream', 'reset'] as const

const usualBaseMs = 25
const usualMaxFactor = 10
const longestMs = 2 ** 31 - 1

/** HTTPRoute has the same words for all of it. */
export function isPortable({ retries, on, perTry = 0, backoff }: RetryConfig): boolean {
  const named = new Set(on.filter((condition) => typeof condition === 'string'))
  const isConnectionErrors = named.size === connectionErrors.length && connectionErrors.every((name) => named.has(name))
  return retries > 0 && isConnectionErrors && perTry === 0 && backoff.type === 'minimum' && hasUsualMax(backoff)
}

/** `HTTPRoute.spec.rules[].retry`; `undefined` for no retries at all. What it cannot say is told. */
export function portableRetry(retry: RetryConfig, place: string, unsaid: UnsaidList): Fields | undefined {
  const { retries, on, perTry = 0, backoff } = retry
  if (retries === 0) {
    unsaid.add(`${place}.retries`, 'attempts is at least 1 there', 'no retry stanza is written')
    return undefined
  }
  if (!isPortable(retry)) tellConditions(on, place, unsaid)
  if (perTry > 0) {
    const instead = 'timeouts.backendRequest bounds one attempt, and ends a stream too'
    unsaid.add(`${place}.perTry`, 'a route has no clock that ends where the reply begins', instead)
  }
  if (backoff.type === 'full-jitter') {
    unsaid.add(`${place}.backoff.type`, 'waits are between 0 and a bound here; there `backoff` is the least wait')
  }
  if (!hasUsualMax(backoff)) {
    unsaid.add(`${place}.backoff.max`, 'the longest wait is up to the implementation there')
  }
  const codes = [...new Set(on.flatMap((condition) => codesOf(condition)))]
  return {
    ...(codes.length > 0 && { codes }),
    attempts: retries,
    ...(backoff.base !== usualBaseMs && { backoff: formatDuration(backoff.base) }),
  }
}

function tellConditions(on: readonly ConditionName[], place: string, unsaid: UnsaidList): void {
  const implied = on.includes('5xx') ? [] : connectionErrors.filter((name) => !on.includes(name))
  if (implied.length > 0) {
    const reason = `under any retry stanza a request without a reply is tried again, so ${implied.join(', ')} too`
    unsaid.add(`${place}.on`, reason)
  }
  if (on.includes('5xx')) {
    unsaid.add(`${place}.on`, 'codes are listed one by one there', '500, 502, 503 and 504 stand for 5xx')
  }
}

/** Statuses that a condition stands for. */
function codesOf(condition: ConditionName): readonly number[] {
  if (typeof condition === 'number') return [condition]
  switch (condition) {
    case '5xx':
      return [500, 502, 503, 504]
    case 'gateway-error':
      return [502, 503, 504]
    case 'retriable-4xx':
      return [409]
    case 'rate-limited':
      return [429]
    default:
      return []
  }
}

/** `TrafficPolicy.spec.retry`. `request` is the clock of the whole exchange where the same policy has it. */
export function kgatewayRetry(retry: RetryConfig, request: number, place: string, unsaid: UnsaidList): Fields {
  const { retries, on, perTry = 0, backoff } = retry
  const names = new Set<string>()
  const codes = new Set<number>()
  for (const condition of on) {
    // `envoy-ratelimited` is another thing: replies of Envoy's own limiter.
    if (condition === 'rate-limited') codes.add(429)
    else if (typeof condition === 'number') codes.add(condition)
    else names.add(condition)
  }
  if (backoff.type === 'minimum') {
    unsaid.add(`${place}.backoff.type`, 'a wait is between 0 and a bound there, whatever the least is')
  }
  if (!hasUsualMax(backoff)) {
    unsaid.add(`${place}.backoff.max`, 'the longest wait is ten times the base there')
  }
  if (backoff.base === 0) unsaid.add(`${place}.backoff.base`, 'the base is at least 1ms there', '1ms')
  const isCut = request > 0 && perTry >= request
  if (isCut) unsaid.add(`${place}.perTry`, 'it must be shorter than the request there', 'timeouts.request alone')
  return {
    attempts: retries,
    ...(names.size > 0 && { retryOn: [...names] }),
    ...(codes.size > 0 && { statusCodes: [...codes] }),
    ...(perTry > 0 && !isCut && { perTryTimeout: formatDuration(perTry) }),
    ...(backoff.base !== usualBaseMs && { backoffBaseInterval: formatDuration(Math.max(1, backoff.base)) }),
  }
}

function hasUsualMax({ base, max }: RetryConfig['backoff']): boolean {
  return max === Math.min(base * usualMaxFactor, longestMs)
}
