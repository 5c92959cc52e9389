/** Where a request is addressed to: one strict reading of the request target and the Host field. Knows no routes. */

import { normaliseHost } from '@headgate/matcher'

export interface Target {
  /** As received, up to `?`. Matched and forwarded as the same bytes. */
  readonly path: string
  /** As received, with its `?`, or empty. */
  readonly search: string
  /** The authority of an absolute-form target; it replaces Host (RFC 9112 section 3.2.2). */
  readonly authority: string | undefined
}

/** Dot segments, plain or encoded, also beside encoded slashes, backslashes or parameters: routed here, resolved there. */
const dotSegment = /(?:^|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?=$|[/\\;]|%2f|%5c|%3b)/i
const absoluteForm = /^https?:\/\/([^/?#]*)([^#]*)$/i
const hostField = /^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::[0-9]{0,5})?$/i

/** Reads an origin-form or absolute-form target; a string says why it is refused (RFC 9112 section 3.2). */
export function readTarget(text: string): Target | string {
  let authority: string | undefined
  let rest = text
  if (text.charCodeAt(0) !== 47) {
    const parts = absoluteForm.exec(text)
    if (parts === null) return 'The request target is neither a path nor an absolute http URL'
    authority = parts[1] ?? ''
    rest = parts[2] ?? ''
    if (rest === '' || rest.startsWith('?')) rest = `/${rest}`
    if (!hostField.test(authority)) return 'The host of the request target is not valid'
  }
  const cut = rest.indexOf('?')
  const path = cut === -1 ? rest : rest.slice(0, cut)
  // A backslash too: readers of URLs take it for a slash, and what follows for a host.
  const second = path.charCodeAt(1)
  if (second === 47 || second === 92) return 'The request path begins with two slashes'
  if (rest.includes('#')) return 'The request target holds a fragment'
  // Most paths of model APIs hold neither, and skip the regular expression.
  if ((path.includes('.') || path.includes('%')) && dotSegment.test(path)) return 'The request path holds dot segments'
  return { path, search: cut === -1 ? '' : rest.slice(cut), authority }
}

let lastField = ''
let lastHost = ''

/** Host field to what is matched (lower case, no port); undefined when it is not a valid host. Remembers one value. */
export function readHost(field: string): string | undefined {
  if (field === lastField) return lastHost
  if (!hostField.test(field)) return undefined
  lastField = field
  lastHost = normaliseHost(field)
  return lastHost
}

/** Removes a prefix of whole segments; a path outside the prefix stays as it is. `prefix` has no trailing slash. */
export function stripPrefix(path: string, prefix: string): string {
  if (!path.startsWith(prefix)) return path
  if (path.length === prefix.length) return '/'
  return path.charCodeAt(prefix.length) === 47 ? path.slice(prefix.length) : path
}
