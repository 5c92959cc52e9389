/** The sessions of one rule, worked out so that a request costs one digest. */

import { createHash } from 'node:crypto'
import type { MatchConfig, SessionConfig } from '@headgate/config'
import { SessionValues } from '@headgate/selector'
import type { KeyedDigest } from '@headgate/selector'
import { cookiePath } from './cookie-path.ts'
import type { BackendState } from '../backends/backend-state.ts'
import type { EndpointState } from '../backends/endpoint-state.ts'

/** An endpoint of the rule, where it is found. */
export interface SessionPlace {
  /** Index in the split. */
  readonly share: number
  readonly backend: BackendState
  /** Index in the backend. */
  readonly endpoint: number
}

/** One cookie or header field, and the endpoints that its values lead to. */
export interface SessionPlan {
  readonly carrier: 'Cookie' | 'Header'
  /** Of the cookie or the header field, as it is set. */
  readonly name: string
  /** Name of the field that callers send, in lower case. */
  readonly field: string
  /** What stands before the value in a Cookie field. */
  readonly named: string
  readonly strict: boolean
  readonly values: SessionValues
  /** By the target of a value. */
  readonly places: readonly SessionPlace[]
  /** Of the cookie. */
  readonly path: string
  /** The path is the rule's own, so that what a mount strips in front of it belongs to the cookie's as well. */
  readonly isRulePath: boolean
  /** How long the caller keeps the cookie, in ms; 0: as long as it pleases. */
  readonly permanentMs: number
}

/** Which value leads to an endpoint. */
export interface SessionTarget {
  readonly session: SessionPlan
  readonly target: number
}

export interface RuleSessions {
  /** In the order of the split. */
  readonly all: readonly SessionPlan[]
  readonly ofEndpoint: ReadonlyMap<EndpointState, SessionTarget>
}

export interface SessionParts {
  /** Of the rule. */
  readonly session: SessionConfig | undefined
  readonly matches: readonly MatchConfig[]
  /** The backends of the split; undefined where a reference could not be resolved. */
  readonly shares: readonly (BackendState | undefined)[]
  /** Names of gateway, route and rule: rules never share a session, replicas of a gateway do. */
  readonly scope: readonly string[]
  readonly digest: KeyedDigest | undefined
}

/** One session over the whole split where the rule has one, else one for each backend that has its own. Undefined without any. */
export function planSessions({ session, matches, shares, scope, digest }: SessionParts): RuleSessions | undefined {
  if (digest === undefined) return undefined
  const places = shares.map((backend, share) => placesOf(backend, share))
  const prefix = JSON.stringify(scope)
  const all =
    session === undefined
      ? shares.flatMap((backend, share) => {
          const own = backend?.config.session
          if (backend === undefined || own === undefined) return []
          return planSession(own, places[share] ?? [], prefix, digest, backend.name, '/')
        })
      : [planSession(session, places.flat(), prefix, digest, '', cookiePath(matches))]
  if (all.every((plan) => plan.places.length === 0 && !plan.strict)) return undefined
  const ofEndpoint = new Map<EndpointState, SessionTarget>()
  for (const plan of all) {
    for (const [target, { backend, endpoint }] of plan.places.entries()) {
      ofEndpoint.set(backend.endpoints[endpoint] as EndpointState, { session: plan, target })
    }
  }
  return { all, ofEndpoint }
}

function placesOf(backend: BackendState | undefined, share: number): readonly SessionPlace[] {
  return backend === undefined ? [] : backend.endpoints.map((_, endpoint) => ({ share, backend, endpoint }))
}

function planSession(
  config: SessionConfig,
  places: readonly SessionPlace[],
  scope: string,
  digest: KeyedDigest,
  owner: string,
  rulePath: string,
): SessionPlan {
  const { type, name = ownName(scope, owner), strict, absoluteTimeout, idleTimeout, lifetime, path } = config
  return {
    carrier: type,
    name,
    field: type === 'Cookie' ? 'cookie' : name.toLowerCase(),
    named: `${name}=`,
    strict,
    values: new SessionValues({
      scope,
      // Name and URL, never an index: a reload that moves a backend or an endpoint ends no session.
      targets: places.map(({ backend, endpoint }) => `${backend.endpoints[endpoint]?.endpoint.url} ${backend.name}`),
      digest,
      recogniseGone: strict,
      ...(absoluteTimeout === undefined ? {} : { absoluteTimeoutMs: absoluteTimeout }),
      ...(idleTimeout === undefined ? {} : { idleTimeoutMs: idleTimeout }),
    }),
    places,
    path: path ?? rulePath,
    isRulePath: path === undefined && owner === '',
    permanentMs: lifetime === 'Permanent' ? (absoluteTimeout ?? 0) : 0,
  }
}

/** The same on every replica and after every restart, so without the key. */
function ownName(scope: string, owner: string): string {
  const digest = createHash('sha256').update(`${scope} ${owner}`).digest('hex')
  return `headgate-session-${digest.slice(0, 12)}`
}
