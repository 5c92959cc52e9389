/** Kubernetes' own kinds, ReferenceGrant and InferencePool as they may be written. Only what routing reads is typed. */

import type { z } from 'zod'

import { anything, flag, list, name, object, optional, port, text, textMap, texts } from './fields.ts'

export interface NamespaceBody {
  readonly spec?: unknown
}

export interface ServicePort {
  readonly name?: string
  readonly port: number
  readonly protocol?: string
  readonly appProtocol?: string
  readonly targetPort?: unknown
  readonly nodePort?: unknown
}

export interface ServiceBody {
  readonly spec: {
    readonly type?: string
    readonly externalName?: string
    readonly ports?: readonly ServicePort[]
    readonly [other: string]: unknown
  }
}

export interface EndpointSliceBody {
  readonly addressType?: string
  readonly endpoints?: readonly {
    readonly addresses?: readonly string[]
    readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean }
    readonly [other: string]: unknown
  }[]
  readonly ports?: readonly { readonly name?: string; readonly port?: number; readonly [other: string]: unknown }[]
}

export interface SecretBody {
  readonly type?: string
  readonly immutable?: boolean
  readonly data?: Readonly<Record<string, string>>
  readonly stringData?: Readonly<Record<string, string>>
}

export interface ConfigMapBody {
  readonly immutable?: boolean
  readonly data?: Readonly<Record<string, string>>
  readonly binaryData?: unknown
}

export interface ReferenceGrantBody {
  readonly spec: {
    readonly from: readonly { readonly group: string; readonly kind: string; readonly namespace: string }[]
    readonly to: readonly { readonly group: string; readonly kind: string; readonly name?: string }[]
  }
}

export interface InferencePoolBody {
  readonly spec: {
    readonly selector?: unknown
    readonly targetPorts?: readonly { readonly number: number }[]
    readonly targetPortNumber?: number
    readonly appProtocol?: string
    readonly endpointPickerRef?: unknown
    readonly extensionRef?: unknown
  }
}

export const namespaceBody: z.ZodType<NamespaceBody> = object({ spec: optional(anything) })

const servicePort: z.ZodType<ServicePort> = object({
  name: optional(text),
  port,
  protocol: optional(text),
  appProtocol: optional(text),
  targetPort: optional(anything),
  nodePort: optional(anything),
})

// A Service has many fields that say how the cluster reaches it; none of them changes where a request goes here.
export const serviceBody: z.ZodType<ServiceBody> = object({
  spec: object({
    type: optional(text),
    externalName: optional(name),
    ports: optional(list(servicePort)),
  }).catchall(anything),
})

export const endpointSliceBody: z.ZodType<EndpointSliceBody> = object({
  addressType: optional(text),
  endpoints: optional(
    list(
      object({
        addresses: optional(texts),
        conditions: optional(object({ ready: optional(flag), serving: optional(flag), terminating: optional(flag) })),
      }).catchall(anything),
    ),
  ),
  ports: optional(list(object({ name: optional(text), port: optional(port) }).catchall(anything))),
})

export const secretBody: z.ZodType<SecretBody> = object({
  type: optional(text),
  immutable: optional(flag),
  data: optional(textMap),
  stringData: optional(textMap),
})

export const configMapBody: z.ZodType<ConfigMapBody> = object({
  immutable: optional(flag),
  data: optional(textMap),
  binaryData: optional(anything),
})

export const referenceGrantBody: z.ZodType<ReferenceGrantBody> = object({
  spec: object({
    from: list(object({ group: text, kind: name, namespace: name })),
    to: list(object({ group: text, kind: name, name: optional(text) })),
  }),
})

export const inferencePoolBody: z.ZodType<InferencePoolBody> = object({
  spec: object({
    selector: optional(anything),
    targetPorts: optional(list(object({ number: port }))),
    targetPortNumber: optional(port),
    appProtocol: optional(text),
    endpointPickerRef: optional(anything),
    extensionRef: optional(anything),
  }),
})
