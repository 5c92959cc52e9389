/** Which model API does a path speak? It reads the path alone: no method, no header, no body. */

/** The model APIs whose errors and streams this package knows. */
export type DialectName =
  | 'openai-chat'
  | 'openai-completions'
  | 'openai-responses'
  /** Another path below `/v1`, such as `/v1/embeddings` or `/v1/models`. */
  | 'openai'
  | 'anthropic-messages'
  | 'unknown'

/**
 * The dialect of a path, by its last whole elements, so that mounts (`/openai/v1/chat/completions`) and stripped prefixes
 * (`/chat/completions`) are recognised. Everything from the first `?` or `#` on is left out, and slashes at the end.
 * Case counts, as in routing: `/V1/Messages` is `unknown`.
 *
 * What lies below `/v1/messages` (`count_tokens`, `batches`) is Anthropic's, what lies below `/v1/responses` is of the
 * responses API; `/v1/threads/ID/messages` is OpenAI's.
 */
export function dialectOf(path: string): DialectName {
  const end = endOf(path)
  if (path.endsWith('/chat/completions', end)) return 'openai-chat'
  if (path.endsWith('/completions', end)) return 'openai-completions'
  const version = lastVersion(path, end)
  if (version === -1) return withoutVersion(path, end)
  const rest = version + '/v1'.length
  if (begins(path, '/messages', rest, end)) return 'anthropic-messages'
  if (begins(path, '/responses', rest, end)) return 'openai-responses'
  return 'openai'
}

/** True for the APIs that answer with event streams of a known format. Other OpenAI paths have formats of their own. */
export function isEventStreamDialect(dialect: DialectName): boolean {
  return dialect !== 'openai' && dialect !== 'unknown'
}

/** The prefix with the version was stripped, or there never was one. */
function withoutVersion(path: string, end: number): DialectName {
  if (path.endsWith('/responses', end)) return 'openai-responses'
  if (!path.endsWith('/messages', end)) return 'unknown'
  const thread = path.lastIndexOf('/', end - '/messages'.length - 1)
  return thread > 0 && path.endsWith('/threads', thread) ? 'unknown' : 'anthropic-messages'
}

/** Where the path ends: before a query or fragment and before slashes at the end. */
function endOf(path: string): number {
  let end = 0
  while (end < path.length && path[end] !== '?' && path[end] !== '#') end++
  while (end > 0 && path[end - 1] === '/') end--
  return end
}

/** Whole elements at this place. */
function begins(path: string, elements: string, at: number, end: number): boolean {
  const after = at + elements.length
  return path.startsWith(elements, at) && (after === end || (after < end && path[after] === '/'))
}

/** Where the last whole element `v1` begins (at its slash), or -1. */
function lastVersion(path: string, end: number): number {
  let at = path.lastIndexOf('/v1', end)
  while (at > 0 && !begins(path, '/v1', at, end)) at = path.lastIndexOf('/v1', at - 1)
  return at === -1 || !begins(path, '/v1', at, end) ? -1 : at
}
