/** Filters of routes as they may be written. Which of them are known is decided where they are translated: the type stays open. */

import type { z } from 'zod'

import { anything, flag, integer, list, name, object, optional, port, text, texts, word } from './fields.ts'
import { backendObjectRef, objectRef } from './references.ts'
import type { BackendObjectRef, ObjectRef } from './references.ts'

export interface HeaderFieldBody {
  readonly name: string
  readonly value: string
}

export interface HeaderFilterBody {
  readonly set?: readonly HeaderFieldBody[]
  readonly add?: readonly HeaderFieldBody[]
  readonly remove?: readonly string[]
}

export interface PathModifierBody {
  readonly type: 'ReplaceFullPath' | 'ReplacePrefixMatch'
  readonly replaceFullPath?: string
  readonly replacePrefixMatch?: string
}

export interface RedirectBody {
  readonly scheme?: 'http' | 'https'
  readonly hostname?: string
  readonly path?: PathModifierBody
  readonly port?: number
  readonly statusCode?: number
}

export interface RewriteBody {
  readonly hostname?: string
  readonly path?: PathModifierBody
}

export interface MirrorBody {
  readonly backendRef: BackendObjectRef
  readonly percent?: number
  readonly fraction?: { readonly numerator: number; readonly denominator?: number }
}

export interface CorsBody {
  readonly allowOrigins?: readonly string[]
  readonly allowCredentials?: boolean
  readonly allowMethods?: readonly string[]
  readonly allowHeaders?: readonly string[]
  readonly exposeHeaders?: readonly string[]
  readonly maxAge?: number
}

export interface FilterBody {
  readonly type: string
  readonly requestHeaderModifier?: HeaderFilterBody
  readonly responseHeaderModifier?: HeaderFilterBody
  readonly requestRedirect?: RedirectBody
  readonly urlRewrite?: RewriteBody
  readonly requestMirror?: MirrorBody
  readonly cors?: CorsBody
  readonly externalAuth?: unknown
  readonly extensionRef?: ObjectRef
}

const headerFields = optional(list(object({ name, value: text })))

const headerFilter: z.ZodType<HeaderFilterBody> = object({
  set: headerFields,
  add: headerFields,
  remove: optional(texts),
})

const pathModifier: z.ZodType<PathModifierBody> = object({
  type: word('ReplaceFullPath', 'ReplacePrefixMatch'),
  replaceFullPath: optional(text),
  replacePrefixMatch: optional(text),
})

/** The fields of a CORS filter; kgateway's TrafficPolicy has them too. */
export const corsFields: {
  allowOrigins: z.ZodExactOptional<typeof texts>
  allowCredentials: z.ZodExactOptional<z.ZodBoolean>
  allowMethods: z.ZodExactOptional<typeof texts>
  allowHeaders: z.ZodExactOptional<typeof texts>
  exposeHeaders: z.ZodExactOptional<typeof texts>
  maxAge: z.ZodExactOptional<z.ZodInt>
} = {
  allowOrigins: optional(texts),
  allowCredentials: optional(flag),
  allowMethods: optional(texts),
  allowHeaders: optional(texts),
  exposeHeaders: optional(texts),
  maxAge: optional(integer(1)),
}

const mirror: z.ZodType<MirrorBody> = object({
  backendRef: backendObjectRef,
  percent: optional(integer(0, 100)),
  fraction: optional(object({ numerator: integer(0), denominator: optional(integer(1)) })),
})

const filter: z.ZodType<FilterBody> = object({
  type: name,
  requestHeaderModifier: optional(headerFilter),
  responseHeaderModifier: optional(headerFilter),
  requestRedirect: optional(
    object({
      scheme: optional(word('http', 'https')),
      hostname: optional(name),
      path: optional(pathModifier),
      port: optional(port),
      statusCode: optional(integer(301, 308)),
    }),
  ),
  urlRewrite: optional(object({ hostname: optional(name), path: optional(pathModifier) })),
  requestMirror: optional(mirror),
  cors: optional(object(corsFields)),
  externalAuth: optional(anything),
  extensionRef: optional(objectRef),
})

export const filters: z.ZodType<FilterBody[]> = list(filter)
