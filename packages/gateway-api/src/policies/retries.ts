/** Retries as HTTPRoute, kgateway and the specification write them. It knows no attempts. */

import type { ConditionInput, RetryInput } from '@headgate/config'

import type { Context } from '../context.ts'
import type { FieldPath } from '../diagnostics.ts'
import type { RetryBody } from '../resources/kgateway-traffic.ts'
import type { Resource } from '../resources/resource.ts'
import type { HttpRetryBody } from '../resources/routes.ts'

/** What every retry stanza of Gateway API implies: no reply at all. */
const connectionErrors: readonly ConditionInput[] = ['connect-failure', 'refused-stream', 'reset']

/** Gateway API `retry`: `attempts` are further ones, and `backoff` is the least wait. */
export function retryOfRule({ codes = [], attempts = 1, backoff }: HttpRetryBody): RetryInput {
  const base = backoff === undefined ? {} : { base: backoff }
  return { retries: attempts, on: [...connectionErrors, ...new Set(codes)], backoff: { type: 'minimum', ...base } }
}

/** The specification's RetryPolicy: full jitter between 0 and a growing bound, as in Envoy. */
export function retryOfPolicy(context: Context, policy: Resource<'RetryPolicy'>): RetryInput {
  const { numRetries = 1, retryOn, perTryTimeout, retryBackOff = {} } = policy.body.spec
  const on = retryOn === undefined ? undefined : conditionsOf(context, policy, retryOn, ['spec', 'retryOn'], [])
  const { baseInterval, maxInterval } = retryBackOff
  const backoff = { base: baseInterval, max: maxInterval }
  const hasBackoff = baseInterval !== undefined || maxInterval !== undefined
  return {
    retries: on?.length === 0 ? 0 : numRetries,
    on: on?.length === 0 ? undefined : on,
    perTry: perTryTimeout,
    backoff: hasBackoff ? backoff : undefined,
  }
}

/** kgateway's `TrafficPolicy.spec.retry`; its longest wait is fixed at ten times the base, which is the default here. */
export function retryOfTraffic(context: Context, policy: Resource, retry: RetryBody, path: FieldPath): RetryInput {
  const {
    attempts = 1,
    retryOn = [],
    statusCodes = [],
    perTryTimeout,
    backoffBaseInterval,
    retryHostPredicates,
  } = retry
  if (retryHostPredicates?.includes('OmitCanaryHosts') === true) {
    const message = 'hosts have no canary mark here; a retry prefers an endpoint that was not tried yet'
    context.info(policy, [...path, 'retryHostPredicates'], 'ignored-in-process', message)
  }
  if (retryOn.length === 0 && statusCodes.length === 0) {
    context.warn(policy, path, 'missing-field', 'kgateway requires retryOn or statusCodes; no reply at all is retried')
  }
  const on = conditionsOf(context, policy, retryOn, [...path, 'retryOn'], statusCodes)
  const isNothing = on.length === 0 && (retryOn.length > 0 || statusCodes.length > 0)
  return {
    retries: isNothing ? 0 : attempts,
    on: on.length === 0 ? undefined : on,
    perTry: perTryTimeout,
    backoff: backoffBaseInterval === undefined ? undefined : { base: backoffBaseInterval },
  }
}

/** Names of Envoy that are called otherwise here. */
const renamed: Readonly<Record<string, ConditionInput>> = { 'envoy-ratelimited': 'rate-limited' }

/** Conditions on a gRPC status in the trailers, and of HTTP/3. */
const foreign = new Set([
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
  'http3-post-connect-failure',
])

function conditionsOf(
  context: Context,
  policy: Resource,
  retryOn: readonly string[],
  path: FieldPath,
  statusCodes: readonly number[],
): readonly ConditionInput[] {
  const conditions = new Set<ConditionInput>()
  for (const [index, name] of retryOn.entries()) {
    if (name === 'retriable-status-codes') {
      if (statusCodes.length > 0) continue
      const message = 'no statusCodes are listed, so retriable-status-codes stands for none'
      context.warn(policy, [...path, index], 'without-effect', message)
    } else if (foreign.has(name)) {
      const message = `the condition ${name} is not known here, so it is without effect`
      context.warn(policy, [...path, index], 'unsupported', message)
    } else {
      conditions.add(/^\d+$/.test(name) ? Number(name) : (renamed[name] ?? (name as ConditionInput)))
    }
  }
  for (const status of statusCodes) conditions.add(status)
  return [...conditions]
}
