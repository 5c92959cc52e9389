/**
 * The kinds of the group `kgateway.dev` as the inference gateway's specification writes them. kgateway itself has none of them:
 * `renamed.ts` says what they are called there.
 */

import type { z } from 'zod'

import { anything, duration, integer, list, name, object, optional, text, word } from './fields.ts'
import { targetFields } from './references.ts'
import type { Targets } from './references.ts'
import { retryOnNames, tokenBucket } from './kgateway-traffic.ts'
import type { TokenBucket } from './kgateway-traffic.ts'

export interface GatewayClassConfigBody {
  readonly spec?: {
    readonly proxy?: unknown
    readonly connectionSettings?: {
      readonly maxConnections?: number
      readonly connectTimeout?: number
      readonly idleTimeout?: number
    }
  }
}

export interface RetryPolicyBody {
  readonly spec: Targets & {
    readonly numRetries?: number
    readonly retryOn?: readonly string[]
    readonly perTryTimeout?: number
    readonly retryBackOff?: { readonly baseInterval?: number; readonly maxInterval?: number }
  }
}

export interface CircuitBreakerPolicyBody {
  readonly spec: Targets & {
    readonly maxConnections?: number
    readonly maxPendingRequests?: number
    readonly maxRequests?: number
    readonly maxRetries?: number
    readonly consecutiveErrors?: number
    readonly interval?: number
    readonly maxEjectionPercent?: number
  }
}

export interface ConnectionPoolSettingsBody {
  readonly spec: Targets & {
    readonly tcp?: { readonly maxConnections?: number; readonly connectTimeout?: number }
    readonly http?: {
      readonly h2UpgradePolicy?: 'DEFAULT' | 'UPGRADE' | 'DO_NOT_UPGRADE'
      readonly maxRequestsPerConnection?: number
      readonly maxRetries?: number
      readonly http1MaxPendingRequests?: number
      readonly http2MaxRequests?: number
      readonly idleTimeout?: number
    }
  }
}

export interface DescriptorEntry {
  readonly key: string
  readonly value?: string
}

export interface RateLimitPolicyBody {
  readonly spec: Targets & {
    readonly local?: { readonly tokenBucket: TokenBucket }
    readonly descriptors?: readonly {
      readonly entries: readonly DescriptorEntry[]
      readonly limit: { readonly requestsPerUnit: number; readonly unit: 'SECOND' | 'MINUTE' | 'HOUR' | 'DAY' }
    }[]
  }
}

export const gatewayClassConfigBody: z.ZodType<GatewayClassConfigBody> = object({
  spec: optional(
    object({
      proxy: optional(anything),
      connectionSettings: optional(
        object({
          maxConnections: optional(integer(1)),
          connectTimeout: optional(duration),
          idleTimeout: optional(duration),
        }),
      ),
    }),
  ),
})

export const retryPolicyBody: z.ZodType<RetryPolicyBody> = object({
  spec: object({
    ...targetFields,
    numRetries: optional(integer(0, 1000)),
    retryOn: optional(list(retryOnNames)),
    perTryTimeout: optional(duration),
    retryBackOff: optional(object({ baseInterval: optional(duration), maxInterval: optional(duration) })),
  }),
})

export const circuitBreakerPolicyBody: z.ZodType<CircuitBreakerPolicyBody> = object({
  spec: object({
    ...targetFields,
    maxConnections: optional(integer(0)),
    maxPendingRequests: optional(integer(0)),
    maxRequests: optional(integer(0)),
    maxRetries: optional(integer(0)),
    consecutiveErrors: optional(integer(0)),
    interval: optional(duration),
    maxEjectionPercent: optional(integer(0, 100)),
  }),
})

export const connectionPoolSettingsBody: z.ZodType<ConnectionPoolSettingsBody> = object({
  spec: object({
    ...targetFields,
    tcp: optional(object({ maxConnections: optional(integer(1)), connectTimeout: optional(duration) })),
    http: optional(
      object({
        h2UpgradePolicy: optional(word('DEFAULT', 'UPGRADE', 'DO_NOT_UPGRADE')),
        maxRequestsPerConnection: optional(integer(0)),
        maxRetries: optional(integer(0)),
        http1MaxPendingRequests: optional(integer(0)),
        http2MaxRequests: optional(integer(0)),
        idleTimeout: optional(duration),
      }),
    ),
  }),
})

export const rateLimitPolicyBody: z.ZodType<RateLimitPolicyBody> = object({
  spec: object({
    ...targetFields,
    local: optional(object({ tokenBucket })),
    descriptors: optional(
      list(
        object({
          entries: list(object({ key: name, value: optional(text) })),
          limit: object({ requestsPerUnit: integer(1), unit: word('SECOND', 'MINUTE', 'HOUR', 'DAY') }),
        }),
      ),
    ),
  }),
})
