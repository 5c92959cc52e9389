/** Methods as attributes: whatever callers send, there are only so many values. */

import type { Attributes } from '@opentelemetry/api'
import { bounded, http } from './attributes.ts'

const known: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
])

/** `http.request.method`; another one is `_OTHER`. */
export function methodName(method: string): string {
  return known.has(method) ? method : '_OTHER'
}

/** For spans, which may name the other one too. */
export function methodFacts(method: string): Attributes {
  if (known.has(method)) return { [http.method]: method }
  return { [http.method]: '_OTHER', [http.methodOriginal]: bounded(method) }
}

/** What the name of a span begins with. */
export function methodInName(method: string): string {
  return known.has(method) ? method : 'HTTP'
}
