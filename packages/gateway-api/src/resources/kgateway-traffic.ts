/** kgateway's TrafficPolicy (group `gateway.kgateway.dev`) as it may be written. What no process of its own can do stays unread. */

import { nearest } from '@headgate/config'
import { z } from 'zod'

import { anything, duration, integer, list, name, object, optional, text, texts, word } from './fields.ts'
import { corsFields } from './filters.ts'
import type { CorsBody } from './filters.ts'
import { targetFields } from './references.ts'
import type { Targets } from './references.ts'

export interface TokenBucket {
  readonly maxTokens: number
  readonly tokensPerFill?: number
  readonly fillInterval: number
}

export interface RetryBody {
  readonly retryOn?: readonly string[]
  readonly attempts?: number
  readonly perTryTimeout?: number
  readonly statusCodes?: readonly number[]
  readonly backoffBaseInterval?: number
  readonly retryHostPredicates?: readonly string[]
}

export interface PolicyHeaderField {
  readonly name?: string
  readonly value?: string
  readonly secretRef?: unknown
}

export interface PolicyHeaderFilter {
  readonly set?: readonly PolicyHeaderField[]
  readonly add?: readonly PolicyHeaderField[]
  readonly remove?: readonly string[]
}

export interface TrafficPolicySpec extends Targets {
  readonly timeouts?: { readonly request?: number; readonly streamIdle?: number }
  readonly retry?: RetryBody
  readonly rateLimit?: {
    readonly local?: {
      readonly tokenBucket?: TokenBucket
      readonly percentEnabled?: number
      readonly percentEnforced?: number
    }
    readonly global?: unknown
  }
  readonly cors?: CorsBody & { readonly disable?: unknown }
  readonly headerModifiers?: {
    readonly request?: PolicyHeaderFilter
    readonly response?: PolicyHeaderFilter
    readonly filterStage?: unknown
  }
  readonly [other: string]: unknown
}

export interface TrafficPolicyBody {
  readonly spec: TrafficPolicySpec
}

/** Every name of Envoy's and kgateway's `retryOn`; a status is accepted as well. */
const knownConditions = [
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'refused-stream',
  'retriable-4xx',
  'retriable-status-codes',
  'envoy-ratelimited',
  'rate-limited',
  'http3-post-connect-failure',
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
]

export const retryOnNames: z.ZodType<string> = z
  .union([text, z.int().transform(String)], { error: `one of ${knownConditions.join(', ')}` })
  .check((context) => {
    if (knownConditions.includes(context.value) || /^[45]\d\d$/.test(context.value)) return
    const close = nearest(context.value, knownConditions)
    const hint = close === undefined ? '' : `; did you mean ${close}?`
    const message = `one of ${knownConditions.join(', ')}, or a status from 400 to 599${hint}`
    context.issues.push({ code: 'custom', message, input: context.value })
  })

export const tokenBucket: z.ZodType<TokenBucket> = object({
  maxTokens: integer(1),
  tokensPerFill: optional(integer(1)),
  fillInterval: duration.refine((ms) => ms > 0, { error: 'a duration above 0' }),
})

const retry: z.ZodType<RetryBody> = object({
  retryOn: optional(list(retryOnNames)),
  attempts: optional(integer(0, 1000)),
  perTryTimeout: optional(duration),
  statusCodes: optional(list(integer(400, 599))),
  backoffBaseInterval: optional(duration),
  retryHostPredicates: optional(list(word('PreviousHosts', 'OmitCanaryHosts'))),
})

const policyHeaders = optional(
  list(object({ name: optional(name), value: optional(text), secretRef: optional(anything) })),
)

const policyHeaderFilter: z.ZodType<PolicyHeaderFilter> = object({
  set: policyHeaders,
  add: policyHeaders,
  remove: optional(texts),
})

const localLimit = object({
  tokenBucket: optional(tokenBucket),
  percentEnabled: optional(integer(0, 100)),
  percentEnforced: optional(integer(0, 100)),
})

/** Fields of kgateway's TrafficPolicy that are accepted and told to be without effect. */
export const foreignTrafficFields = [
  'transformation',
  'extProc',
  'autoHostRewrite',
  'buffer',
  'internalRedirect',
  'urlRewrite',
  'compression',
  'tracing',
  'faultInjection',
  'statPrefix',
  'ai',
] as const

/** Fields that keep somebody out. None of them is known here, and to leave one out would let everybody in. */
export const guardFields = ['extAuth', 'jwtAuth', 'basicAuth', 'apiKeyAuth', 'oauth2', 'rbac', 'acl', 'csrf'] as const

/** Fields that are accepted and not read. */
export function unread<const Names extends readonly string[]>(
  names: Names,
): Record<Names[number], z.ZodExactOptional<z.ZodUnknown>> {
  return Object.fromEntries(names.map((field) => [field, optional(anything)])) as Record<
    Names[number],
    z.ZodExactOptional<z.ZodUnknown>
  >
}

export const trafficPolicyBody: z.ZodType<TrafficPolicyBody> = object({
  spec: object({
    ...targetFields,
    ...unread(foreignTrafficFields),
    ...unread(guardFields),
    timeouts: optional(object({ request: optional(duration), streamIdle: optional(duration) })),
    retry: optional(retry),
    rateLimit: optional(object({ local: optional(localLimit), global: optional(anything) })),
    cors: optional(object({ ...corsFields, disable: optional(anything) })),
    headerModifiers: optional(
      object({
        request: optional(policyHeaderFilter),
        response: optional(policyHeaderFilter),
        filterStage: optional(anything),
      }),
    ),
  }),
})
