/** Gateway API's policies for backends as they may be written: TLS, retry budget, sessions. */

import type { z } from 'zod'

import { anything, duration, integer, list, name, object, optional, textMap, word } from './fields.ts'
import { backendObjectRef, objectRef, targetFields } from './references.ts'
import type { BackendObjectRef, ObjectRef, Targets } from './references.ts'
import { sessionPersistence } from './session.ts'
import type { SessionPersistence } from './session.ts'

export interface BackendTlsPolicyBody {
  readonly spec: Targets & {
    readonly validation: {
      readonly caCertificateRefs?: readonly ObjectRef[]
      readonly wellKnownCACertificates?: 'System'
      readonly hostname: string
      readonly subjectAltNames?: unknown
    }
    readonly options?: Readonly<Record<string, string>>
  }
}

export interface BackendLbPolicyBody {
  readonly spec: Targets & {
    readonly sessionPersistence?: SessionPersistence
    /** Never a part of Gateway API: the specification's fallback. */
    readonly default?: { readonly backendRef: BackendObjectRef }
  }
}

export interface BackendTrafficPolicyBody {
  readonly spec: Targets & {
    readonly retryConstraint?: {
      readonly budget?: { readonly percent?: number; readonly interval?: number }
      readonly minRetryRate?: { readonly count?: number; readonly interval?: number }
    }
    readonly sessionPersistence?: SessionPersistence
  }
}

export const backendTlsPolicyBody: z.ZodType<BackendTlsPolicyBody> = object({
  spec: object({
    ...targetFields,
    validation: object({
      caCertificateRefs: optional(list(objectRef)),
      wellKnownCACertificates: optional(word('System')),
      hostname: name,
      subjectAltNames: optional(anything),
    }),
    options: optional(textMap),
  }),
})

export const backendLbPolicyBody: z.ZodType<BackendLbPolicyBody> = object({
  spec: object({
    ...targetFields,
    sessionPersistence: optional(sessionPersistence),
    default: optional(object({ backendRef: backendObjectRef })),
  }),
})

export const backendTrafficPolicyBody: z.ZodType<BackendTrafficPolicyBody> = object({
  spec: object({
    ...targetFields,
    retryConstraint: optional(
      object({
        budget: optional(object({ percent: optional(integer(0, 100)), interval: optional(duration) })),
        minRetryRate: optional(object({ count: optional(integer(1)), interval: optional(duration) })),
      }),
    ),
    sessionPersistence: optional(sessionPersistence),
  }),
})
