/** Sessions in the words of Gateway API v1.1 to v1.6. What later versions call otherwise is read, and not written. */

import { formatDuration } from '@headgate/config'
import type { SessionConfig } from '@headgate/config'

import type { UnsaidList } from './unsaid.ts'

type Fields = Readonly<Record<string, unknown>>

/** `sessionPersistence` of a rule or of a policy for a backend. */
export function sessionBody(session: SessionConfig, place: string, unsaid: UnsaidList): Fields {
  const { type, name, lifetime, absoluteTimeout, idleTimeout, strict, path } = session
  if (idleTimeout !== undefined) {
    unsaid.add(`${place}.idleTimeout`, 'Gateway API v1.6 took idleTimeout away', 'absoluteTimeout')
  }
  if (strict) {
    const instead = "Envoy's stateful session filter has the field `strict`"
    unsaid.add(`${place}.strict`, 'a session whose endpoint does not serve moves to another there', instead)
  }
  if (path !== undefined) unsaid.add(`${place}.path`, 'the path of the cookie follows from the rule there')
  return {
    ...(name !== undefined && { sessionName: name }),
    type,
    ...(absoluteTimeout !== undefined && { absoluteTimeout: formatDuration(absoluteTimeout) }),
    ...(lifetime === 'Permanent' && { cookieConfig: { lifetimeType: lifetime } }),
  }
}
