/** What a request is to GenAI conventions: which operation, of which provider, for which model. It never looks at prompts. */

import { findModel } from '@headgate/dialect'
import type { TelemetryAttempt, TelemetryRequest } from 'headgate'
import { bounded } from './attributes.ts'

/** `gen_ai.operation.name`. */
export type Operation = 'chat' | 'text_completion' | 'embeddings'

/** Below `/responses` and `/messages`: stored replies, token counts, batches. No model generates anything there. */
const besides = /\/(?:responses|messages)\/+[^/]/

/** Undefined for a request that asks no model to generate anything. */
export function operationOf({ method, dialect, path }: TelemetryRequest): Operation | undefined {
  if (method !== 'POST') return undefined
  switch (dialect) {
    case 'openai-chat':
      return 'chat'
    case 'openai-completions':
      return 'text_completion'
    case 'openai-responses':
    case 'anthropic-messages':
      return besides.test(path) ? undefined : 'chat'
    case 'openai':
      return /\/embeddings\/*$/.test(path) ? 'embeddings' : undefined
    default:
      return undefined
  }
}

/** `gen_ai.provider.name` for each backend, or one for all. */
export type ProviderNames = string | Readonly<Record<string, string>>

/** Where none is given, the one whose API is spoken: so says the convention of what is known no better. */
export function providerOf(names: ProviderNames | undefined, backend: string, dialect: string): string {
  const given =
    typeof names === 'string'
      ? names
      : names !== undefined && Object.hasOwn(names, backend)
        ? names[backend]
        : undefined
  return given ?? (dialect === 'anthropic-messages' ? 'anthropic' : 'openai')
}

/** The model as the backend is asked for it: by its own name, or by what stands in a body of up to `mostBytes`. */
export function requestModel({ model, body }: TelemetryAttempt, mostBytes: number): string | undefined {
  if (model !== undefined) return bounded(model)
  if (body === undefined || body.length > mostBytes) return undefined
  const found = findModel(body)
  return typeof found === 'string' || found.value === '' ? undefined : bounded(found.value)
}
