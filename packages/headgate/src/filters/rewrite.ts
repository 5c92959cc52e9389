/** Gateway API HTTPURLRewriteFilter and HTTPPathModifier: the path and the host that go on. It knows no query and no order of filters. */

import type { PathModifierConfig, RewriteFilterConfig } from '@headgate/config'

const slash = 0x2f

/**
 * The path after a modifier (Gateway API HTTPPathModifier, with its table of prefixes); without one the path itself.
 *
 * `matchedPrefix` is the value of the PathPrefix match that was met: `/` for a rule without matches, `undefined` where the
 * match was of another type. A trailing slash of the prefix and of its replacement is ignored, a replacement of `/` or empty
 * text drops the prefix, and everything behind the prefix stays byte for byte, with one exception: a path that would begin
 * with two slashes begins with one, because some servers read `//name` as the name of a host (RFC 3986 section 4.2).
 *
 * Where nothing matched a prefix, or an earlier modifier has already replaced it, the path stays as it is.
 */
export function rewritePath(
  modifier: PathModifierConfig | undefined,
  path: string,
  matchedPrefix: string | undefined,
): string {
  if (modifier === undefined) return path
  if (modifier.type === 'ReplaceFullPath') return modifier.value === '' ? '/' : modifier.value
  if (matchedPrefix === undefined) return path
  const end = lengthWithoutSlash(matchedPrefix)
  if (!path.startsWith(matchedPrefix.slice(0, end))) return path
  if (path.length > end && path.charCodeAt(end) !== slash) return path
  const { value } = modifier
  const head = value.slice(0, lengthWithoutSlash(value))
  if (head !== '') return head + path.slice(end)
  let start = end
  while (path.charCodeAt(start + 1) === slash) start++
  return start < path.length ? path.slice(start) : '/'
}

/** The value of Host for the backend: the filter's hostname, without a port, or the host as it is (HTTPURLRewriteFilter). */
export function rewriteHost(filter: RewriteFilterConfig, host: string): string {
  return filter.hostname ?? host
}

function lengthWithoutSlash(text: string): number {
  return text.endsWith('/') ? text.length - 1 : text.length
}
