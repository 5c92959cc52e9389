/** Every kind that is understood: its groups, whether it has a namespace, and what it may hold. It reads nothing. */

import type { z } from 'zod'

import {
  backendLbPolicyBody,
  backendTlsPolicyBody,
  backendTrafficPolicyBody,
  type BackendLbPolicyBody,
  type BackendTlsPolicyBody,
  type BackendTrafficPolicyBody,
} from './backend-policies.ts'
import {
  configMapBody,
  endpointSliceBody,
  inferencePoolBody,
  namespaceBody,
  referenceGrantBody,
  secretBody,
  serviceBody,
  type ConfigMapBody,
  type EndpointSliceBody,
  type InferencePoolBody,
  type NamespaceBody,
  type ReferenceGrantBody,
  type SecretBody,
  type ServiceBody,
} from './core.ts'
import {
  circuitBreakerPolicyBody,
  connectionPoolSettingsBody,
  gatewayClassConfigBody,
  rateLimitPolicyBody,
  retryPolicyBody,
  type CircuitBreakerPolicyBody,
  type ConnectionPoolSettingsBody,
  type GatewayClassConfigBody,
  type RateLimitPolicyBody,
  type RetryPolicyBody,
} from './dialect.ts'
import {
  gatewayBody,
  gatewayClassBody,
  listenerSetBody,
  type GatewayBody,
  type GatewayClassBody,
  type ListenerSetBody,
} from './gateway.ts'
import {
  backendBody,
  backendConfigPolicyBody,
  gatewayParametersBody,
  type BackendBody,
  type BackendConfigPolicyBody,
  type GatewayParametersBody,
} from './kgateway-backends.ts'
import { trafficPolicyBody, type TrafficPolicyBody } from './kgateway-traffic.ts'
import { grpcRouteBody, httpRouteBody, type GrpcRouteBody, type HttpRouteBody } from './routes.ts'

/** What an object of each kind holds besides `metadata`. */
export interface Bodies {
  readonly Namespace: NamespaceBody
  readonly Service: ServiceBody
  readonly EndpointSlice: EndpointSliceBody
  readonly Secret: SecretBody
  readonly ConfigMap: ConfigMapBody
  readonly GatewayClass: GatewayClassBody
  readonly Gateway: GatewayBody
  readonly ListenerSet: ListenerSetBody
  readonly HTTPRoute: HttpRouteBody
  readonly GRPCRoute: GrpcRouteBody
  readonly ReferenceGrant: ReferenceGrantBody
  readonly InferencePool: InferencePoolBody
  readonly BackendTLSPolicy: BackendTlsPolicyBody
  readonly BackendLBPolicy: BackendLbPolicyBody
  readonly XBackendTrafficPolicy: BackendTrafficPolicyBody
  readonly TrafficPolicy: TrafficPolicyBody
  readonly BackendConfigPolicy: BackendConfigPolicyBody
  readonly Backend: BackendBody
  readonly GatewayParameters: GatewayParametersBody
  readonly GatewayClassConfig: GatewayClassConfigBody
  readonly RetryPolicy: RetryPolicyBody
  readonly CircuitBreakerPolicy: CircuitBreakerPolicyBody
  readonly ConnectionPoolSettings: ConnectionPoolSettingsBody
  readonly RateLimitPolicy: RateLimitPolicyBody
}

export type Kind = keyof Bodies

interface KindInfo<Body> {
  /** API groups; the first is today's. */
  readonly groups: readonly string[]
  /** False: the kind has no namespace. */
  readonly namespaced: boolean
  readonly body: z.ZodType<Body>
}

export const gatewayGroup = 'gateway.networking.k8s.io'
export const kgatewayGroup = 'gateway.kgateway.dev'
/** The group as the specification writes it. */
export const dialectGroup = 'kgateway.dev'
const experimentalGroup = 'gateway.networking.x-k8s.io'

function kind<Body>(groups: readonly string[], body: z.ZodType<Body>, namespaced = true): KindInfo<Body> {
  return { groups, body, namespaced }
}

const gatewayGroups = [gatewayGroup]
const bothGroups = [kgatewayGroup, dialectGroup]
const dialectGroups = [dialectGroup, kgatewayGroup]

export const kinds: { readonly [K in Kind]: KindInfo<Bodies[K]> } = {
  Namespace: kind([''], namespaceBody, false),
  Service: kind([''], serviceBody),
  EndpointSlice: kind(['discovery.k8s.io'], endpointSliceBody),
  Secret: kind([''], secretBody),
  ConfigMap: kind([''], configMapBody),
  GatewayClass: kind(gatewayGroups, gatewayClassBody, false),
  Gateway: kind(gatewayGroups, gatewayBody),
  ListenerSet: kind([gatewayGroup, experimentalGroup], listenerSetBody),
  HTTPRoute: kind(gatewayGroups, httpRouteBody),
  GRPCRoute: kind(gatewayGroups, grpcRouteBody),
  ReferenceGrant: kind(gatewayGroups, referenceGrantBody),
  InferencePool: kind(['inference.networking.k8s.io', 'inference.networking.x-k8s.io'], inferencePoolBody),
  BackendTLSPolicy: kind(gatewayGroups, backendTlsPolicyBody),
  BackendLBPolicy: kind(gatewayGroups, backendLbPolicyBody),
  XBackendTrafficPolicy: kind([experimentalGroup, gatewayGroup], backendTrafficPolicyBody),
  TrafficPolicy: kind(bothGroups, trafficPolicyBody),
  BackendConfigPolicy: kind(bothGroups, backendConfigPolicyBody),
  Backend: kind(bothGroups, backendBody),
  GatewayParameters: kind(bothGroups, gatewayParametersBody),
  GatewayClassConfig: kind(dialectGroups, gatewayClassConfigBody, false),
  RetryPolicy: kind(dialectGroups, retryPolicyBody),
  CircuitBreakerPolicy: kind(dialectGroups, circuitBreakerPolicyBody),
  ConnectionPoolSettings: kind(dialectGroups, connectionPoolSettingsBody),
  RateLimitPolicy: kind(dialectGroups, rateLimitPolicyBody),
}

/** Former names of kinds. */
const formerNames: Readonly<Record<string, Kind>> = { XListenerSet: 'ListenerSet' }

/** The kind that a document names, or `undefined` where it is not one of these. */
export function kindOf(group: string, written: string): Kind | undefined {
  const known = formerNames[written] ?? (Object.hasOwn(kinds, written) ? (written as Kind) : undefined)
  return known !== undefined && kinds[known].groups.includes(group) ? known : undefined
}
