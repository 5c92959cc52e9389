/** What upstream calls the kinds and fields that are written under another name (kgateway 2.4, Gateway API v1.6). */

import type { Context } from './context.ts'
import { dialectGroup, kgatewayGroup, kinds } from './resources/kinds.ts'
import type { Kind } from './resources/kinds.ts'
import type { Resource } from './resources/resource.ts'
import type { SessionPersistence } from './resources/session.ts'

interface RealName {
  readonly name: string
  readonly fields: string
}

const api = `${kgatewayGroup}/v1alpha1`

const realNames: { readonly [K in Kind]?: RealName } = {
  GatewayClassConfig: {
    name: `GatewayParameters (${api}) for pods and proxy, and BackendConfigPolicy for connections`,
    fields: 'connectionSettings.connectTimeout is BackendConfigPolicy.spec.connectTimeout',
  },
  RetryPolicy: {
    name: `TrafficPolicy.spec.retry (${api}), or HTTPRoute rules[].retry`,
    fields:
      'numRetries is attempts, retryBackOff.baseInterval is backoffBaseInterval, and the longest wait is always 10 times that',
  },
  CircuitBreakerPolicy: {
    name: `BackendConfigPolicy.spec.circuitBreakers and .outlierDetection (${api})`,
    fields:
      'consecutiveErrors is outlierDetection.consecutive5xx, the block is baseEjectionTime; the bounds keep their names',
  },
  ConnectionPoolSettings: {
    name: `BackendConfigPolicy (${api}), and the field names are those of Istio's DestinationRule`,
    fields:
      'tcp.connectTimeout is connectTimeout, http.maxRequestsPerConnection is commonHttpProtocolOptions.maxRequestsPerConnection, ' +
      'tcp.maxConnections and http.maxRetries are in circuitBreakers',
  },
  RateLimitPolicy: {
    name: `TrafficPolicy.spec.rateLimit (${api})`,
    fields: 'local keeps its name; descriptors are rateLimit.global with the numbers in a rate limit service',
  },
  BackendLBPolicy: {
    name: 'XBackendTrafficPolicy (gateway.networking.x-k8s.io/v1alpha1), since Gateway API v1.3',
    fields: 'sessionPersistence keeps its name',
  },
}

export function tellRenamed(context: Context): void {
  for (const [kind, real] of Object.entries(realNames) as [Kind, RealName][]) {
    for (const resource of context.resources.list(kind)) {
      context.info(
        resource,
        [],
        'renamed-upstream',
        `upstream has no ${kind} today; there it is ${real.name}`,
        real.fields,
      )
    }
  }
  for (const kind of ['TrafficPolicy', 'BackendConfigPolicy', 'Backend', 'GatewayParameters'] as const) {
    for (const resource of context.resources.list(kind)) tellGroup(context, resource)
  }
  for (const gatewayClass of context.resources.list('GatewayClass')) tellController(context, gatewayClass)
  for (const policy of context.resources.list('BackendLBPolicy')) tellFallback(context, policy)
  tellSessions(context)
}

function tellGroup(context: Context, resource: Resource): void {
  if (resource.group !== dialectGroup) return
  const message = `the group of ${resource.kind} is ${kinds[resource.kind].groups[0]}`
  context.info(resource, ['apiVersion'], 'renamed-upstream', message)
}

/** Gateways of every class are served: a process has one controller, itself. */
function tellController(context: Context, gatewayClass: Resource<'GatewayClass'>): void {
  const path = ['spec', 'controllerName']
  if (gatewayClass.body.spec.controllerName === 'kgateway.dev/kgateway-controller') {
    context.info(gatewayClass, path, 'renamed-upstream', 'the controller of kgateway is kgateway.dev/kgateway')
  }
}

function tellFallback(context: Context, policy: Resource<'BackendLBPolicy'>): void {
  if (policy.body.spec.default === undefined) return
  const message = 'this field was never a part of Gateway API; here it is the fallback of the target'
  const hint = 'the nearest upstream are priorityGroups of a kgateway Backend'
  context.warn(policy, ['spec', 'default'], 'not-upstream', message, hint)
}

function tellSessions(context: Context): void {
  for (const kind of ['HTTPRoute', 'GRPCRoute'] as const) {
    for (const route of context.resources.list(kind)) {
      for (const [index, { sessionPersistence }] of (route.body.spec.rules ?? []).entries()) {
        tellSession(context, route, ['spec', 'rules', index, 'sessionPersistence'], sessionPersistence)
      }
    }
  }
  for (const kind of ['BackendLBPolicy', 'XBackendTrafficPolicy'] as const) {
    for (const policy of context.resources.list(kind)) {
      tellSession(context, policy, ['spec', 'sessionPersistence'], policy.body.spec.sessionPersistence)
    }
  }
}

function tellSession(
  context: Context,
  resource: Resource,
  path: readonly (string | number)[],
  session: SessionPersistence | undefined,
): void {
  const say = (field: string, message: string): void => {
    context.info(resource, [...path, field], 'renamed-upstream', message)
  }
  if (session?.sessionName !== undefined) say('sessionName', 'sessionName is cookie.name or header.name after v1.6')
  if (session?.cookieConfig !== undefined) say('cookieConfig', 'cookieConfig is cookie after v1.6')
  if (session?.idleTimeout !== undefined) say('idleTimeout', 'idleTimeout was removed in v1.6')
}
