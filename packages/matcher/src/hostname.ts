/** Host names: how a request's host is brought to one form, and which names a route may carry. Knows no ports and no DNS. */

const longestName = 253
const longestLabel = 63
const label = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/
const port = /:\d*$/
const upperCase = /[A-Z]+/g

/**
 * A request's `Host` or `:authority` in the form that is matched: lower case, without port, without one trailing dot
 * (`api.example.com.` names the same host as `api.example.com`). An IPv6 address keeps its brackets: `[::1]:80` becomes
 * `[::1]`. Only ASCII letters are lowered, so no other letter turns into one. What is no host is returned as it came, and
 * meets at most rows without host names or with a wildcard: refusing it is the server's business (RFC 9112 section 3.2).
 */
export function normaliseHost(host: string): string {
  let name = host.search(upperCase) === -1 ? host : host.replace(upperCase, (letters) => letters.toLowerCase())
  if (name.startsWith('[')) {
    const close = name.indexOf(']')
    return close === -1 || !isPort(name, close + 1) ? name : name.slice(0, close + 1)
  }
  const colon = name.indexOf(':')
  if (colon !== -1) {
    if (!isPort(name, colon)) return name
    name = name.slice(0, colon)
  }
  return name.length > 1 && name.endsWith('.') ? name.slice(0, -1) : name
}

/** Nothing, or a colon and digits, from `start` to the end. */
function isPort(text: string, start: number): boolean {
  return start === text.length || text.slice(start).search(port) === 0
}

/**
 * Why a route may not carry this host name, or `undefined` where it may. Accepted are lower-case DNS names, the first label
 * of which may be `*` (Gateway API Hostname). Addresses, ports and a trailing dot are not.
 */
export function hostnameProblem(hostname: string): string | undefined {
  if (hostname === '') return 'must not be empty; leave hostnames out to match every host'
  if (hostname === '*') return 'must have a name after "*."; leave hostnames out to match every host'
  if (hostname.length > longestName) return `must have at most ${longestName} characters`
  if (/[A-Z]/.test(hostname)) return 'must be lower case'
  if (hostname.includes('/')) return 'must be a host name without a scheme or a path'
  if (/^\d+(?:\.\d+){3}$/.test(hostname) || hostname.startsWith('[') || hostname.split(':').length > 2) {
    return 'must be a name, not an IP address'
  }
  if (hostname.includes(':')) return 'must not have a port'
  if (hostname.endsWith('.')) return 'must not end with a dot'
  const name = hostname.startsWith('*.') ? hostname.slice(2) : hostname
  if (name.includes('*')) return 'may have "*" only as the whole first label, such as "*.example.com"'
  for (const part of name.split('.')) {
    if (part.length > longestLabel) return `must not have a label of more than ${longestLabel} characters`
    if (!label.test(part)) return 'must be labels of a-z, 0-9 and "-", such as "api.example.com" or "*.example.com"'
  }
  return undefined
}

/** `*.example.com` is met by any number of labels before `.example.com`, and not by `example.com` itself. */
export function isWildcard(hostname: string): boolean {
  return hostname.startsWith('*.')
}
