/**
 * What `Retry-After` means for other requests: a backend that asked a caller not to come back is passed over where there is
 * another one. It never refuses anything.
 */

import { createHash } from 'node:crypto'
import { retryAfterMs } from '@headgate/proxy'
import type { Incoming } from '../request/incoming.ts'
import type { BackendEntry } from '../table/plan-rule.ts'
import { credentialFields } from '../table/backend-headers.ts'

/** Of a backend whose credential is headgate's own: all callers share its quota. */
const everyCaller = ''

/** The wait in ms that an error reply asks for; 0 if it asks for none. Noted for those who share the caller's quota. */
export function readFloor(
  status: number,
  headers: readonly string[],
  backend: BackendEntry | undefined,
  incoming: Incoming,
  now: number,
): number {
  const floorMs = retryAfterMs(headers, Date.now(), status) ?? 0
  if (floorMs === 0 || backend === undefined || (status !== 429 && status !== 503)) return floorMs
  const key = quotaKey(backend, incoming)
  if (key !== undefined) backend.state.cooldowns.note(key, now + floorMs)
  return floorMs
}

export function coolsDown(backend: BackendEntry, incoming: Incoming, now: number): boolean {
  if (backend.state.cooldowns.empty) return false
  const key = quotaKey(backend, incoming)
  return key !== undefined && backend.state.cooldowns.left(key, now) > 0
}

/** Whose quota a request uses up; undefined where nothing says so. Credentials are never kept, only a digest of them. */
function quotaKey(backend: BackendEntry, incoming: Incoming): string | undefined {
  if (backend.ownCredential) return everyCaller
  for (const name of credentialFields) {
    const value = incoming.header(name)
    if (value !== undefined) return createHash('sha256').update(`${name}:${value}`).digest('base64')
  }
  return undefined
}
