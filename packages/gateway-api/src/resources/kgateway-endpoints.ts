/** What a BackendConfigPolicy says of the endpoints of a backend: how one is chosen, and how they are checked. */

import { z } from 'zod'

import { anything, duration, integer, list, object, optional, word } from './fields.ts'

/** Exactly one of the five ways to choose. */
export interface LoadBalancer {
  readonly healthyPanicThreshold?: number
  readonly roundRobin?: object
  readonly random?: object
  readonly leastRequest?: { readonly choiceCount?: number; readonly [other: string]: unknown }
  readonly ringHash?: HashLoadBalancer
  readonly maglev?: HashLoadBalancer
  readonly [other: string]: unknown
}

export interface HashLoadBalancer {
  readonly hashPolicies?: readonly HashPolicy[]
  readonly [other: string]: unknown
}

/** Exactly one of `header`, `cookie` and `sourceIP`. */
export interface HashPolicy {
  readonly header?: { readonly name: string }
  readonly cookie?: { readonly name: string; readonly ttl?: unknown; readonly [other: string]: unknown }
  readonly sourceIP?: unknown
  readonly terminal?: boolean
}

/** Exactly one of `http`, `grpc` and `tcp`. */
export interface HealthCheck {
  readonly timeout?: number
  readonly interval?: number
  readonly unhealthyThreshold?: number
  readonly healthyThreshold?: number
  readonly http?: {
    readonly path: string
    readonly host?: string
    readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS' | 'TRACE' | 'PATCH'
  }
  readonly grpc?: unknown
  readonly tcp?: unknown
}

function textLike(pattern: RegExp, expected: string): z.ZodString {
  return z.string({ error: expected }).regex(pattern, { error: expected })
}

const token = (what: string): z.ZodString => textLike(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, what)

const hashPolicy = object({
  header: optional(object({ name: token('the name of a header field') })),
  cookie: optional(
    object({
      name: token('the name of a cookie'),
      path: optional(anything),
      ttl: optional(anything),
      secure: optional(anything),
      httpOnly: optional(anything),
      sameSite: optional(anything),
    }),
  ),
  sourceIP: optional(object({})),
  terminal: optional(z.boolean({ error: 'true or false' })),
})

const hashPolicies = optional(list(hashPolicy))

export const loadBalancerSchema: z.ZodType<LoadBalancer> = object({
  healthyPanicThreshold: optional(integer(0, 100)),
  updateMergeWindow: optional(anything),
  localityType: optional(anything),
  zoneAware: optional(anything),
  closeConnectionsOnHostSetChange: optional(anything),
  roundRobin: optional(object({ slowStart: optional(anything) })),
  random: optional(object({})),
  leastRequest: optional(object({ choiceCount: optional(integer(0)), slowStart: optional(anything) })),
  ringHash: optional(
    object({
      hashPolicies,
      minimumRingSize: optional(anything),
      maximumRingSize: optional(anything),
      useHostnameForHashing: optional(anything),
    }),
  ),
  maglev: optional(object({ hashPolicies, useHostnameForHashing: optional(anything) })),
})

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH'] as const

export const healthCheckSchema: z.ZodType<HealthCheck> = object({
  timeout: optional(duration),
  interval: optional(duration),
  unhealthyThreshold: optional(integer(0)),
  healthyThreshold: optional(integer(0)),
  http: optional(
    object({
      path: textLike(/^\/[!"$-~]*$/, 'a path such as /health'),
      host: optional(textLike(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._~-]+)(:[0-9]{1,5})?$/, 'a host, or host:port')),
      method: optional(word(...methods)),
    }),
  ),
  grpc: optional(anything),
  tcp: optional(anything),
})

/** Fields of `loadBalancer` that are accepted and told to be without effect. */
export const foreignBalancerFields: readonly string[] = [
  'updateMergeWindow',
  'localityType',
  'zoneAware',
  'closeConnectionsOnHostSetChange',
  'roundRobin.slowStart',
  'leastRequest.slowStart',
  'ringHash.minimumRingSize',
  'ringHash.maximumRingSize',
  'ringHash.useHostnameForHashing',
  'maglev.useHostnameForHashing',
]
