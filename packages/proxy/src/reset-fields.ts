// When a provider's quota is full again, from the fields that it sends besides `Retry-After`. It reads fields and waits for nothing.

import { sameName } from './field-names.ts'

/**
 * OpenAI: `x-ratelimit-remaining-requests: 0` and `x-ratelimit-reset-requests: 6m0s`, the same for tokens. Anthropic:
 * `anthropic-ratelimit-requests-remaining: 0` and `anthropic-ratelimit-requests-reset: 2026-01-01T00:00:00Z`, the same for
 * tokens, input-tokens and output-tokens.
 */
const quotas: readonly (readonly [remaining: string, reset: string])[] = [
  ['x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
  ['x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'],
  ...['requests', 'tokens', 'input-tokens', 'output-tokens'].map(
    (what) => [`anthropic-ratelimit-${what}-remaining`, `anthropic-ratelimit-${what}-reset`] as const,
  ),
]

/**
 * Milliseconds until every quota that is used up (remaining 0) begins anew. Undefined when none is told, or it cannot be read.
 * `epochNow` is the time in milliseconds since 1970.
 */
export function quotaResetMs(headers: readonly string[], epochNow: number): number | undefined {
  let longest: number | undefined
  for (const [remaining, reset] of quotas) {
    if (valueOf(headers, remaining) !== '0') continue
    const ms = resetMs(valueOf(headers, reset), epochNow)
    if (ms !== undefined && (longest === undefined || ms > longest)) longest = ms
  }
  return longest
}

function valueOf(headers: readonly string[], lowerName: string): string | undefined {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    if (sameName(headers[index]!, lowerName)) return headers[index + 1]!.trim()
  }
  return undefined
}

/** Go's durations, as OpenAI sends them. */
const duration = /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9}(?:\.\d{1,9})?)s)?(?:(\d{1,9}(?:\.\d{1,9})?)ms)?$/

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

function resetMs(value: string | undefined, epochNow: number): number | undefined {
  if (value === undefined || value === '') return undefined
  if (timestamp.test(value)) {
    const at = Date.parse(value)
    return Number.isNaN(at) ? undefined : Math.max(0, at - epochNow)
  }
  const parts = duration.exec(value)
  if (parts === null) return undefined
  const [hours, minutes, seconds, ms] = parts.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
  ]
  return Math.ceil(((hours * 60 + minutes) * 60 + seconds) * 1000 + ms)
}
