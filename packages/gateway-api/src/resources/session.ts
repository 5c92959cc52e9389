/** Session persistence as it may be written: Gateway API up to v1.6 and the field names after it. */

import type { z } from 'zod'

import { duration, name, object, optional, text, word } from './fields.ts'

export interface SessionPersistence {
  readonly sessionName?: string
  readonly type?: 'Cookie' | 'Header'
  readonly absoluteTimeout?: number
  readonly idleTimeout?: number
  readonly cookieConfig?: { readonly lifetimeType?: 'Session' | 'Permanent' }
  readonly cookie?: { readonly name?: string; readonly path?: string; readonly lifetimeType?: 'Session' | 'Permanent' }
  readonly header?: { readonly name?: string }
}

const lifetimeType = optional(word('Session', 'Permanent'))

export const sessionPersistence: z.ZodType<SessionPersistence> = object({
  sessionName: optional(text),
  type: optional(word('Cookie', 'Header')),
  absoluteTimeout: optional(duration),
  idleTimeout: optional(duration),
  cookieConfig: optional(object({ lifetimeType })),
  cookie: optional(object({ name: optional(name), path: optional(text), lifetimeType })),
  header: optional(object({ name: optional(name) })),
})
