/** `loadBalancer` and `healthCheck` of kgateway's BackendConfigPolicy: how an endpoint is chosen, and whether it is well. */

import type { BalanceInput, HashKeyConfig } from '@headgate/config'

import type { BackendDraft } from '../backends/backend-draft.ts'
import type { Context } from '../context.ts'
import type { HashLoadBalancer, HashPolicy, HealthCheck, LoadBalancer } from '../resources/kgateway-endpoints.ts'
import type { Resource } from '../resources/resource.ts'

type Policy = Resource<'BackendConfigPolicy'>

export function applyLoadBalancer(context: Context, policy: Policy, draft: BackendDraft, balancer: LoadBalancer): void {
  const path = ['spec', 'loadBalancer']
  const threshold = balancer.healthyPanicThreshold
  draft.set('panicThreshold', threshold, context, policy, [...path, 'healthyPanicThreshold'])
  draft.set('balance', balanceOf(context, policy, balancer), context, policy, path)
}

function balanceOf(context: Context, policy: Policy, balancer: LoadBalancer): BalanceInput | undefined {
  const { leastRequest, random, ringHash, maglev } = balancer
  if (ringHash !== undefined) return hashOf(context, policy, 'ringHash', ringHash)
  if (maglev !== undefined) return hashOf(context, policy, 'maglev', maglev)
  if (random !== undefined) return 'random'
  if (leastRequest === undefined) return balancer.roundRobin === undefined ? undefined : 'round-robin'
  const { choiceCount = 2 } = leastRequest
  if (choiceCount !== 2) {
    const message = `the one of two with fewer requests is taken here, whatever choiceCount is (${choiceCount})`
    context.info(policy, ['spec', 'loadBalancer', 'leastRequest', 'choiceCount'], 'ignored-in-process', message)
  }
  return 'least-request'
}

function hashOf(
  context: Context,
  policy: Policy,
  field: 'ringHash' | 'maglev',
  { hashPolicies = [] }: HashLoadBalancer,
): BalanceInput {
  const path = ['spec', 'loadBalancer', field]
  const by = hashPolicies.flatMap((one) => keyOf(one) ?? [])
  if (by.length === 0) {
    const message = 'without hashPolicies no request has a key, so any endpoint is taken, as in Envoy'
    context.info(policy, path, 'no-hash-key', message, 'hashPolicies: [{sourceIP: {}}]')
    return 'random'
  }
  if (hashPolicies.slice(0, -1).some(({ terminal }) => terminal !== true)) {
    const message = 'the first key that a request has counts; Envoy joins it with the next where it is not terminal'
    context.info(policy, [...path, 'hashPolicies'], 'differs-from-envoy', message, 'terminal: true')
  }
  for (const [index, { cookie }] of hashPolicies.entries()) {
    if (cookie?.ttl === undefined) continue
    const message = `the cookie ${cookie.name} is read and never set: callers without it go to any endpoint`
    context.info(policy, [...path, 'hashPolicies', index, 'cookie', 'ttl'], 'ignored-in-process', message)
  }
  return { type: field === 'maglev' ? 'maglev' : 'ring-hash', by }
}

function keyOf({ header, cookie, sourceIP }: HashPolicy): HashKeyConfig | undefined {
  if (header !== undefined) return { header: header.name }
  if (cookie !== undefined) return { cookie: cookie.name }
  return sourceIP === undefined ? undefined : 'address'
}

export function applyHealthCheck(context: Context, policy: Policy, draft: BackendDraft, check: HealthCheck): void {
  const path = ['spec', 'healthCheck']
  const { http, timeout, interval, healthyThreshold, unhealthyThreshold } = check
  const method = http?.method ?? 'GET'
  if (http === undefined || method === 'TRACE') {
    const message =
      http === undefined
        ? 'only checks over HTTP are made here, so the endpoints are not checked'
        : 'no TRACE is ever sent, so the endpoints are not checked'
    context.warn(policy, path, 'unsupported', message, 'healthCheck.http with a path')
    return
  }
  const healthCheck = {
    path: http.path,
    method,
    host: http.host,
    interval: interval === undefined ? undefined : Math.max(1, interval),
    timeout: timeout === undefined ? undefined : Math.max(1, timeout),
    healthy: healthyThreshold === undefined ? undefined : Math.max(1, healthyThreshold),
    unhealthy: unhealthyThreshold === undefined ? undefined : Math.max(1, unhealthyThreshold),
    // Envoy's `expected_statuses`, which kgateway does not set.
    statuses: [200],
  }
  draft.set('healthCheck', healthCheck, context, policy, path)
}
