/** Sessions of a request (GEP-1619): who it comes back to (stage 5), which share that is (7), and what the reply says of it. */

import { setHeader } from '@headgate/proxy'
import type { SessionReading } from '@headgate/selector'
import { findCookie } from '../request/cookies.ts'
import type { Incoming } from '../request/incoming.ts'
import type { RulePlan } from '../table/plan-rule.ts'
import type { RuleSessions, SessionPlace, SessionPlan } from '../table/plan-session.ts'
import type { BackendState } from '../backends/backend-state.ts'
import type { EndpointState } from '../backends/endpoint-state.ts'

/** Values of the right length that are looked at, however many cookies of the name there are: each may cost a digest. */
const mostCandidates = 8

/** The session that a request belongs to; the value it came with is genuine. */
export class RequestSession {
  readonly plan: SessionPlan
  readonly reading: SessionReading
  /** Undefined: its endpoint is not there any more. */
  readonly place: SessionPlace | undefined

  constructor(plan: SessionPlan, reading: SessionReading) {
    this.plan = plan
    this.reading = reading
    this.place = plan.places[reading.target]
  }

  /** Index of its endpoint; -1 where it is one of another backend. */
  endpointIn(backend: BackendState): number {
    return this.place?.backend === backend ? this.place.endpoint : -1
  }
}

/** Stage 5. Reads the caller's own head only, and changes nothing about which rule has the request. */
export function identifySession({ sessions }: RulePlan, incoming: Incoming): RequestSession | undefined {
  if (sessions === undefined) return undefined
  const now = Date.now()
  let gone: RequestSession | undefined
  for (const plan of sessions.all) {
    const reading = readSession(plan, incoming.rawHeaders, now)
    if (reading === undefined) continue
    const session = new RequestSession(plan, reading)
    if (session.place !== undefined) return session
    gone ??= session
  }
  return gone
}

function readSession(plan: SessionPlan, raw: readonly string[], now: number): SessionReading | undefined {
  const { carrier, field, named, values } = plan
  let gone: SessionReading | undefined
  let left = mostCandidates
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] as string
    if (name.length !== field.length || name.toLowerCase() !== field) continue
    const text = raw[at + 1] as string
    // A caller may send several cookies of the name: other paths have values of their own.
    let from = carrier === 'Cookie' ? findCookie(text, named, 0) : 0
    while (from !== -1 && left > 0) {
      const end = carrier === 'Cookie' ? text.indexOf(';', from) : -1
      const value = text.slice(from, end === -1 ? text.length : end).trim()
      if (value.length === values.length) {
        left--
        const reading = values.read(value, now)
        if (reading !== undefined && reading.target !== -1) return reading
        gone ??= reading
      }
      from = end === -1 ? -1 : findCookie(text, named, end)
    }
  }
  return gone
}

/**
 * Stage 7: the share of the session's endpoint, weight 0 or not; undefined: as without a session. A backend that is being
 * emptied (weight 0) keeps the sessions whose endpoint can serve, and none of the others.
 */
export function shareOfSession(
  { plan, place }: RequestSession,
  split: RulePlan['split'],
  now: number,
): number | undefined {
  if (place === undefined) return undefined
  if (plan.strict || split[place.share]?.weight !== 0) return place.share
  return place.backend.takes(place.endpoint, now) ? place.share : undefined
}

/**
 * Puts into the head of a backend's reply what brings its caller back to the endpoint that answered, unless the caller has
 * that already. An endpoint outside the split, such as a fallback's, leaves the caller the session that it has.
 */
export function keepSession(
  sessions: RuleSessions,
  headers: string[],
  session: RequestSession | undefined,
  endpoint: EndpointState,
  incoming: Incoming,
): void {
  const found = sessions.ofEndpoint.get(endpoint)
  if (found === undefined) return
  const { session: plan, target } = found
  const isSame = session !== undefined && session.plan === plan && session.reading.target === target
  if (isSame && !session.reading.renew) return
  const now = Date.now()
  const startedAt = isSame ? session.reading.startedAt : now
  const value = plan.values.issue(target, startedAt, now)
  if (plan.carrier === 'Header') setHeader(headers, plan.name, value)
  else headers.push('set-cookie', cookieText(plan, value, startedAt, now, incoming))
}

/** RFC 6265; no Domain, so that it goes back to this host alone. */
function cookieText(plan: SessionPlan, value: string, startedAt: number, now: number, incoming: Incoming): string {
  const { name, permanentMs } = plan
  let text = `${name}=${value}; Path=${pathOf(plan, incoming)}`
  if (permanentMs > 0) {
    const seconds = Math.max(1, Math.ceil((startedAt + permanentMs - now) / 1000))
    text += `; Max-Age=${seconds}; Expires=${new Date(now + seconds * 1000).toUTCString()}`
  }
  text += '; HttpOnly; SameSite=Strict'
  return incoming.caller.protocol === 'https' ? `${text}; Secure` : text
}

function pathOf({ path, isRulePath }: SessionPlan, { mountPath }: Incoming): string {
  if (!isRulePath || mountPath === '') return path
  return path === '/' ? mountPath : mountPath + path
}
