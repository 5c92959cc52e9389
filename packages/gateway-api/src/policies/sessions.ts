/** Gateway API's session persistence (GEP-1619), of a rule or of a backend, as a session of the config. */

import type { SessionInput } from '@headgate/config'

import type { BackendDraft } from '../backends/backend-draft.ts'
import type { Build } from '../build.ts'
import type { Context } from '../context.ts'
import type { FieldPath } from '../diagnostics.ts'
import type { Resource } from '../resources/resource.ts'
import type { SessionPersistence } from '../resources/session.ts'
import type { SplitEntry } from '../routes/splits.ts'

/** `undefined` where there is none to keep. Fields of both generations count; where they differ, the newer does. */
export function sessionOf(
  { context, provenance }: Pick<Build, 'context' | 'provenance'>,
  resource: Resource,
  path: FieldPath,
  written: SessionPersistence | undefined,
): SessionInput | undefined {
  if (written === undefined) return undefined
  const { type = 'Cookie', sessionName, cookie, header, cookieConfig, absoluteTimeout, idleTimeout } = written
  const isCookie = type === 'Cookie'
  const name = (isCookie ? cookie?.name : header?.name) ?? sessionName
  for (const field of isCookie ? (['header'] as const) : (['cookie', 'cookieConfig'] as const)) {
    if (written[field] === undefined) continue
    context.warn(resource, [...path, field], 'without-effect', `the session is of the type ${type}`)
  }
  if (sessionName !== undefined && name !== sessionName) {
    const message = `the session is named ${name}, as its newer field says`
    context.warn(resource, [...path, 'sessionName'], 'without-effect', message)
  }
  if (!isCookie && name === undefined) {
    const message = 'no caller would know which header to send back, so no session is kept'
    context.warn(resource, path, 'session-without-name', message, 'write sessionName')
    return undefined
  }
  const session: SessionInput = {
    type,
    name,
    // As for the clocks of a rule, no time is no bound.
    absoluteTimeout: absoluteTimeout === 0 ? undefined : absoluteTimeout,
    idleTimeout: idleTimeout === 0 ? undefined : idleTimeout,
    ...(isCookie && { lifetime: cookie?.lifetimeType ?? cookieConfig?.lifetimeType, path: cookie?.path }),
  }
  return provenance.mark(session, resource, path)
}

/** The session that a policy gives a backend. */
export function applySession(
  build: Build,
  policy: Resource<'BackendLBPolicy'> | Resource<'XBackendTrafficPolicy'>,
  draft: BackendDraft,
): void {
  const path = ['spec', 'sessionPersistence']
  draft.set('session', sessionOf(build, policy, path, policy.body.spec.sessionPersistence), build.context, policy, path)
}

/** Two backends of a split must not set one cookie (GEP-1619, session naming collision): the first in the split keeps its session. */
export function separateSessions(context: Context, entries: readonly SplitEntry[]): void {
  const first = new Map<string, BackendDraft>()
  for (const { draft } of entries) {
    const { type, name } = draft?.settings.session ?? {}
    if (draft === undefined || name === undefined) continue
    const key = type === 'Header' ? `header ${name.toLowerCase()}` : `cookie ${name}`
    const other = first.get(key)
    if (other === undefined || other === draft) {
      first.set(key, draft)
      continue
    }
    const message = `the ${draft.kind} ${draft.id} shares a split with the ${other.kind} ${other.id}, whose session has the same ${key}: only that one is kept`
    draft.unset(
      'session',
      context,
      'session-conflict',
      message,
      'write another sessionName, or one session for the rule',
    )
  }
}
