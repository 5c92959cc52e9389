/** The head of an HTTP/2 request as the same flat list that HTTP/1.1 gives (RFC 9113 section 8.3). */

import type { IncomingHead } from '../request/incoming.ts'

/** Undefined where a pseudo-header field is missing or stands twice: the stream is refused. */
export function http2Head(
  raw: readonly string[],
  remoteAddress: string,
  protocol: 'http' | 'https',
): IncomingHead | undefined {
  const pseudo: Record<string, string> = Object.create(null) as Record<string, string>
  const rawHeaders: string[] = []
  const cookies: string[] = []
  let host: string | undefined
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] as string
    const value = raw[at + 1] as string
    if (name.startsWith(':')) {
      if (name in pseudo) return undefined
      pseudo[name] = value
    } else if (name === 'cookie') {
      // Crumbs are one field again for HTTP/1.1 (RFC 9113 section 8.2.3).
      cookies.push(value)
    } else {
      if (name === 'host') host = value
      rawHeaders.push(name, value)
    }
  }
  if (cookies.length > 0) rawHeaders.push('cookie', cookies.join('; '))
  const method = pseudo[':method']
  const target = pseudo[':path']
  if (method === undefined || target === undefined) return undefined
  const authority = pseudo[':authority']
  // A field that says the same is one with it; another one makes two hosts, which is refused (RFC 9113 section 8.3.1).
  if (authority !== undefined && host !== authority) rawHeaders.unshift('host', authority)
  return { method, target, httpVersion: '2.0', rawHeaders, remoteAddress, protocol }
}
