/** Requests for the tests of this package. Knows no rules. */

import { normaliseHost } from './hostname.ts'
import type { Facts } from './rule.ts'

/** A request line and a host, such as `GET a.test/path?query`, with headers by lower-case name. */
export function request(line: string, headers: Readonly<Record<string, string>> = {}): Facts {
  const [method = '', target = ''] = line.split(' ')
  const slash = target.indexOf('/')
  const [path = '', ...query] = target.slice(slash).split('?')
  const fields = new Map(Object.entries(headers))
  return {
    method,
    host: normaliseHost(target.slice(0, slash)),
    path,
    query: query.join('?'),
    header: (name) => fields.get(name),
  }
}
