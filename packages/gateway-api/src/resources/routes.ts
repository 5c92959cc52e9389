/** HTTPRoute and GRPCRoute as they may be written (Gateway API v1, experimental fields too). It matches nothing. */

import type { z } from 'zod'

import { duration, integer, list, name, object, optional, text, texts, word } from './fields.ts'
import { filters } from './filters.ts'
import type { FilterBody } from './filters.ts'
import { backendObjectFields, parentRef, weight } from './references.ts'
import type { BackendObjectRef, ParentRef } from './references.ts'
import { sessionPersistence } from './session.ts'
import type { SessionPersistence } from './session.ts'

export interface BackendRefBody extends BackendObjectRef {
  readonly weight?: number
  readonly filters?: readonly FilterBody[]
}

export interface ValueMatchBody {
  readonly type?: 'Exact' | 'RegularExpression'
  readonly name: string
  readonly value: string
}

export interface HttpMatchBody {
  readonly path?: { readonly type?: 'Exact' | 'PathPrefix' | 'RegularExpression'; readonly value?: string }
  readonly headers?: readonly ValueMatchBody[]
  readonly queryParams?: readonly ValueMatchBody[]
  readonly method?: string
}

export interface HttpRetryBody {
  readonly codes?: readonly number[]
  readonly attempts?: number
  readonly backoff?: number
}

export interface HttpRuleBody {
  readonly name?: string
  readonly matches?: readonly HttpMatchBody[]
  readonly filters?: readonly FilterBody[]
  readonly backendRefs?: readonly BackendRefBody[]
  readonly timeouts?: { readonly request?: number; readonly backendRequest?: number }
  readonly retry?: HttpRetryBody
  readonly sessionPersistence?: SessionPersistence
}

export interface GrpcMatchBody {
  readonly method?: {
    readonly type?: 'Exact' | 'RegularExpression'
    readonly service?: string
    readonly method?: string
  }
  readonly headers?: readonly ValueMatchBody[]
}

export interface GrpcRuleBody {
  readonly name?: string
  readonly matches?: readonly GrpcMatchBody[]
  readonly filters?: readonly FilterBody[]
  readonly backendRefs?: readonly BackendRefBody[]
  readonly sessionPersistence?: SessionPersistence
}

interface RouteBody<Rule> {
  readonly spec: {
    readonly parentRefs?: readonly ParentRef[]
    readonly useDefaultGateways?: string
    readonly hostnames?: readonly string[]
    readonly rules?: readonly Rule[]
  }
}

export type HttpRouteBody = RouteBody<HttpRuleBody>

export type GrpcRouteBody = RouteBody<GrpcRuleBody>

const matchType = optional(word('Exact', 'RegularExpression'))

const valueMatches: z.ZodType<ValueMatchBody[]> = list(object({ type: matchType, name, value: text }))

const httpMatch: z.ZodType<HttpMatchBody> = object({
  path: optional(object({ type: optional(word('Exact', 'PathPrefix', 'RegularExpression')), value: optional(text) })),
  headers: optional(valueMatches),
  queryParams: optional(valueMatches),
  method: optional(word('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH')),
})

const grpcMatch: z.ZodType<GrpcMatchBody> = object({
  method: optional(object({ type: matchType, service: optional(text), method: optional(text) })),
  headers: optional(valueMatches),
})

const backendRefs: z.ZodType<BackendRefBody[]> = list(
  object({ ...backendObjectFields, weight: optional(weight), filters: optional(filters) }),
)

const httpRule: z.ZodType<HttpRuleBody> = object({
  name: optional(name),
  matches: optional(list(httpMatch)),
  filters: optional(filters),
  backendRefs: optional(backendRefs),
  timeouts: optional(object({ request: optional(duration), backendRequest: optional(duration) })),
  retry: optional(
    object({
      codes: optional(list(integer(400, 599))),
      attempts: optional(integer(0, 1000)),
      backoff: optional(duration),
    }),
  ),
  sessionPersistence: optional(sessionPersistence),
})

const grpcRule: z.ZodType<GrpcRuleBody> = object({
  name: optional(name),
  matches: optional(list(grpcMatch)),
  filters: optional(filters),
  backendRefs: optional(backendRefs),
  sessionPersistence: optional(sessionPersistence),
})

const common = {
  parentRefs: optional(list(parentRef)),
  useDefaultGateways: optional(text),
  hostnames: optional(texts),
}

export const httpRouteBody: z.ZodType<HttpRouteBody> = object({
  spec: object({ ...common, rules: optional(list(httpRule)) }),
})

export const grpcRouteBody: z.ZodType<GrpcRouteBody> = object({
  spec: object({ ...common, rules: optional(list(grpcRule)) }),
})
