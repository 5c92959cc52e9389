/** Which paths a match may carry, and what a prefix compares. Knows no requests. */

import { patternProblem } from './pattern/pattern.ts'
import type { PathMatch } from './rule.ts'

const allowed = /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})*$/

/**
 * Why a match may not carry this path, or `undefined` where it may (the rules of Gateway API HTTPPathMatch). A path that no
 * well-formed request can have, or that backends read in two ways, is refused; a regular expression is judged by `patternProblem`.
 */
export function pathProblem(path: PathMatch): string | undefined {
  const { type, value } = path
  if (type === 'RegularExpression') return patternProblem(value)
  if (!value.startsWith('/')) return 'must start with "/"'
  if (value.includes('#')) return 'must not contain "#"'
  if (value.includes('?')) return 'must not contain "?"; query parameters are matched by "query"'
  for (const part of ['//', '/./', '/../']) if (value.includes(part)) return `must not contain "${part}"`
  for (const end of ['/.', '/..']) if (value.endsWith(end)) return `must not end with "${end}"`
  if (/%2f/i.test(value)) return 'must not contain an encoded slash ("%2f")'
  if (!allowed.test(value))
    return 'must contain only characters that a request path can have; percent-encode the others'
  return undefined
}

/** The text that a prefix compares: its trailing slash is ignored, so `/` is the empty text. */
export function prefixText(value: string): string {
  return value.endsWith('/') ? value.slice(0, -1) : value
}
