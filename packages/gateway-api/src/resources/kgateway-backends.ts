/** kgateway's Backend, BackendConfigPolicy and GatewayParameters as they may be written. */

import type { z } from 'zod'

import { anything, duration, flag, integer, list, name, object, optional, port, text, word } from './fields.ts'
import { healthCheckSchema, loadBalancerSchema } from './kgateway-endpoints.ts'
import type { HealthCheck, LoadBalancer } from './kgateway-endpoints.ts'
import { unread } from './kgateway-traffic.ts'
import { backendObjectRef, targetFields } from './references.ts'
import type { BackendObjectRef, Targets } from './references.ts'

export interface BackendConfigPolicySpec extends Targets {
  readonly connectTimeout?: number
  readonly commonHttpProtocolOptions?: {
    readonly maxRequestsPerConnection?: number
    readonly [other: string]: unknown
  }
  readonly http2ProtocolOptions?: unknown
  readonly circuitBreakers?: {
    readonly maxConnections?: number
    readonly maxPendingRequests?: number
    readonly maxRequests?: number
    readonly maxRetries?: number
    readonly trackRemaining?: boolean
  }
  readonly outlierDetection?: {
    readonly consecutive5xx?: number
    readonly interval?: number
    readonly baseEjectionTime?: number
    readonly maxEjectionPercent?: number
    readonly enforcingConsecutive5xx?: number
    readonly [other: string]: unknown
  }
  readonly loadBalancer?: LoadBalancer
  readonly healthCheck?: HealthCheck
  readonly tls?: {
    readonly secretRef?: { readonly name?: string }
    readonly files?: { readonly tlsCertificate?: string; readonly tlsKey?: string; readonly rootCA?: string }
    readonly wellKnownCACertificates?: 'System'
    readonly insecureSkipVerify?: boolean
    readonly sni?: string
    readonly [other: string]: unknown
  }
  readonly [other: string]: unknown
}

export interface BackendConfigPolicyBody {
  readonly spec: BackendConfigPolicySpec
}

export interface StaticHost {
  readonly host: string
  readonly port: number
}

export interface StaticBackend {
  readonly hosts: readonly StaticHost[]
  readonly appProtocol?: string
}

/** One of several groups of hosts; the first one that can answer is used. */
export interface PriorityGroup {
  readonly name?: string
  readonly hosts?: readonly StaticHost[]
  readonly static?: StaticBackend
  readonly backendRefs?: readonly BackendObjectRef[]
}

export interface BackendBody {
  readonly spec: {
    readonly type?: string
    readonly static?: StaticBackend
    readonly priorityGroups?: readonly PriorityGroup[]
    readonly [other: string]: unknown
  }
}

export interface GatewayParametersBody {
  readonly spec?: unknown
}

/** Fields of kgateway's BackendConfigPolicy that are accepted and told to be without effect. */
export const foreignBackendFields = [
  'dns',
  'perConnectionBufferLimitBytes',
  'tcpKeepalive',
  'http1ProtocolOptions',
  'upstreamProxyProtocol',
] as const

const bounds = object({
  maxConnections: optional(integer(1)),
  maxPendingRequests: optional(integer(1)),
  maxRequests: optional(integer(1)),
  maxRetries: optional(integer(0)),
  trackRemaining: optional(flag),
})

const outlier = object({
  consecutive5xx: optional(integer(0)),
  interval: optional(duration),
  baseEjectionTime: optional(duration),
  maxEjectionPercent: optional(integer(0, 100)),
  enforcingConsecutive5xx: optional(integer(0, 100)),
  splitExternalLocalOriginErrors: optional(anything),
  consecutiveLocalOriginFailure: optional(anything),
  enforcingConsecutiveLocalOriginFailure: optional(anything),
})

const common = object({
  maxRequestsPerConnection: optional(integer(0)),
  idleTimeout: optional(anything),
  maxConnectionDuration: optional(anything),
  maxHeadersCount: optional(anything),
  maxStreamDuration: optional(anything),
})

const tls = object({
  secretRef: optional(object({ name: optional(text) })),
  files: optional(object({ tlsCertificate: optional(text), tlsKey: optional(text), rootCA: optional(text) })),
  wellKnownCACertificates: optional(word('System')),
  insecureSkipVerify: optional(flag),
  sni: optional(name),
  verifySubjectAltNames: optional(anything),
  parameters: optional(anything),
  alpnProtocols: optional(anything),
  allowRenegotiation: optional(anything),
  simpleTLS: optional(anything),
})

export const backendConfigPolicyBody: z.ZodType<BackendConfigPolicyBody> = object({
  spec: object({
    ...targetFields,
    ...unread(foreignBackendFields),
    connectTimeout: optional(duration),
    commonHttpProtocolOptions: optional(common),
    http2ProtocolOptions: optional(anything),
    circuitBreakers: optional(bounds),
    outlierDetection: optional(outlier),
    loadBalancer: optional(loadBalancerSchema),
    healthCheck: optional(healthCheckSchema),
    tls: optional(tls),
  }),
})

const hosts: z.ZodType<StaticHost[]> = list(object({ host: name, port }))

const staticBackend: z.ZodType<StaticBackend> = object({ hosts, appProtocol: optional(text) })

const priorityGroup: z.ZodType<PriorityGroup> = object({
  name: optional(text),
  hosts: optional(hosts),
  static: optional(staticBackend),
  backendRefs: optional(list(backendObjectRef)),
})

export const backendBody: z.ZodType<BackendBody> = object({
  spec: object({
    type: optional(text),
    static: optional(staticBackend),
    priorityGroups: optional(list(priorityGroup)),
    aws: optional(anything),
    gcp: optional(anything),
    ai: optional(anything),
    mcp: optional(anything),
    dynamicForwardProxy: optional(anything),
  }),
})

export const gatewayParametersBody: z.ZodType<GatewayParametersBody> = object({ spec: optional(anything) })
