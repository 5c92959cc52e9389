/** GatewayClass, Gateway and ListenerSet as they may be written (Gateway API v1). It attaches nothing. */

import type { z } from 'zod'

import { anything, list, name, object, optional, port, text, textMap, word } from './fields.ts'
import { labelSelector, objectRef } from './references.ts'
import type { LabelSelector, ObjectRef } from './references.ts'

export interface GatewayClassBody {
  readonly spec: {
    readonly controllerName: string
    readonly description?: string
    readonly parametersRef?: ObjectRef
  }
}

export interface NamespacesFrom {
  readonly from?: 'All' | 'Same' | 'Selector' | 'None'
  readonly selector?: LabelSelector
}

export interface AllowedRoutes {
  readonly namespaces?: NamespacesFrom
  readonly kinds?: readonly { readonly group?: string; readonly kind: string }[]
}

export interface ListenerTls {
  readonly mode?: 'Terminate' | 'Passthrough'
  readonly certificateRefs?: readonly ObjectRef[]
  readonly options?: Readonly<Record<string, string>>
}

/** A listener of a Gateway, or an entry of a ListenerSet. */
export interface ListenerBody {
  readonly name: string
  readonly hostname?: string
  readonly port: number
  readonly protocol: string
  readonly tls?: ListenerTls
  readonly allowedRoutes?: AllowedRoutes
}

export interface GatewayBody {
  readonly spec: {
    readonly gatewayClassName: string
    readonly listeners?: readonly ListenerBody[]
    readonly allowedListeners?: { readonly namespaces?: NamespacesFrom }
    readonly addresses?: unknown
    readonly infrastructure?: unknown
    readonly tls?: unknown
    readonly defaultScope?: unknown
  }
}

export interface ListenerSetBody {
  readonly spec: {
    readonly parentRef: ObjectRef
    readonly listeners: readonly ListenerBody[]
  }
}

export const gatewayClassBody: z.ZodType<GatewayClassBody> = object({
  spec: object({ controllerName: name, description: optional(text), parametersRef: optional(objectRef) }),
})

const namespacesFrom: z.ZodType<NamespacesFrom> = object({
  from: optional(word('All', 'Same', 'Selector', 'None')),
  selector: optional(labelSelector),
})

const allowedRoutes: z.ZodType<AllowedRoutes> = object({
  namespaces: optional(namespacesFrom),
  kinds: optional(list(object({ group: optional(text), kind: name }))),
})

const listener: z.ZodType<ListenerBody> = object({
  name,
  hostname: optional(name),
  port,
  protocol: name,
  tls: optional(
    object({
      mode: optional(word('Terminate', 'Passthrough')),
      certificateRefs: optional(list(objectRef)),
      options: optional(textMap),
    }),
  ),
  allowedRoutes: optional(allowedRoutes),
})

export const gatewayBody: z.ZodType<GatewayBody> = object({
  spec: object({
    gatewayClassName: name,
    listeners: optional(list(listener)),
    allowedListeners: optional(object({ namespaces: optional(namespacesFrom) })),
    addresses: optional(anything),
    infrastructure: optional(anything),
    tls: optional(anything),
    defaultScope: optional(anything),
  }),
})

export const listenerSetBody: z.ZodType<ListenerSetBody> = object({
  spec: object({ parentRef: objectRef, listeners: list(listener) }),
})
