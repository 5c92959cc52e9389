/** How objects name others: parents, backends, targets of policies, labels. It resolves nothing. */

import type { z } from 'zod'

import { integer, list, name, object, optional, port, text, textMap, texts, word } from './fields.ts'

/** Gateway API ParentReference. */
export interface ParentRef {
  readonly group?: string
  readonly kind?: string
  readonly namespace?: string
  readonly name: string
  readonly sectionName?: string
  readonly port?: number
}

/** Gateway API BackendObjectReference. */
export interface BackendObjectRef {
  readonly group?: string
  readonly kind?: string
  readonly namespace?: string
  readonly name: string
  readonly port?: number
}

/** Gateway API SecretObjectReference and its like. */
export interface ObjectRef {
  readonly group?: string
  readonly kind?: string
  readonly namespace?: string
  readonly name: string
}

/** What a policy is for: an object of its own namespace, or a named part of it. */
export interface TargetRef {
  readonly group?: string
  readonly kind: string
  readonly name: string
  readonly namespace?: string
  readonly sectionName?: string
}

/** kgateway: every object of the policy's namespace with these labels. */
export interface TargetSelector {
  readonly group?: string
  readonly kind: string
  readonly matchLabels: Readonly<Record<string, string>>
  readonly sectionName?: string
}

/** What every policy may carry. */
export interface Targets {
  readonly targetRef?: TargetRef
  readonly targetRefs?: readonly TargetRef[]
  readonly targetSelectors?: readonly TargetSelector[]
}

export interface LabelExpression {
  readonly key: string
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  readonly values?: readonly string[]
}

/** Kubernetes LabelSelector. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly LabelExpression[]
}

const reference = { group: optional(text), kind: optional(name), namespace: optional(name), name }

export const parentRef: z.ZodType<ParentRef> = object({
  ...reference,
  sectionName: optional(name),
  port: optional(port),
})

export const backendObjectFields: {
  group: z.ZodExactOptional<z.ZodString>
  kind: z.ZodExactOptional<z.ZodString>
  namespace: z.ZodExactOptional<z.ZodString>
  name: z.ZodString
  port: z.ZodExactOptional<z.ZodInt>
} = { ...reference, port: optional(port) }

export const backendObjectRef: z.ZodType<BackendObjectRef> = object(backendObjectFields)

export const objectRef: z.ZodType<ObjectRef> = object(reference)

const targetRef: z.ZodType<TargetRef> = object({
  group: optional(text),
  kind: name,
  name,
  namespace: optional(name),
  sectionName: optional(name),
})

const targetSelector: z.ZodType<TargetSelector> = object({
  group: optional(text),
  kind: name,
  matchLabels: textMap,
  sectionName: optional(name),
})

/** The fields of a policy's `spec` that say what it is for. */
export const targetFields: {
  targetRef: z.ZodExactOptional<z.ZodType<TargetRef>>
  targetRefs: z.ZodExactOptional<z.ZodType<TargetRef[]>>
  targetSelectors: z.ZodExactOptional<z.ZodType<TargetSelector[]>>
} = {
  targetRef: optional(targetRef),
  targetRefs: optional(list(targetRef)),
  targetSelectors: optional(list(targetSelector)),
}

export const labelSelector: z.ZodType<LabelSelector> = object({
  matchLabels: optional(textMap),
  matchExpressions: optional(
    list(object({ key: name, operator: word('In', 'NotIn', 'Exists', 'DoesNotExist'), values: optional(texts) })),
  ),
})

/** Weight of a backendRef. */
export const weight: z.ZodInt = integer(0, 1_000_000)
