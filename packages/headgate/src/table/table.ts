/** Config to an immutable table: everything that can be worked out before a request comes is worked out here. */

import type { GatewayConfig, ListenerConfig, RouteConfig } from '@headgate/config'
import { compile } from '@headgate/matcher'
import type { MatchTable, Route } from '@headgate/matcher'
import { BackendState } from '../backends/backend-state.ts'
import type { EndpointState } from '../backends/endpoint-state.ts'
import { LimitState } from '../backends/limit-state.ts'
import { intersectHostnames } from '../listeners/intersect.ts'
import type { Runtime } from '../runtime.ts'
import { hasCredential, resolveBackendHeaders } from './backend-headers.ts'
import { GatewayError } from '../errors.ts'
import { certificateProblems, readCertificates } from './certificates.ts'
import type { ListenerCertificate } from './certificates.ts'
import { SharedParts } from './shared-parts.ts'
import { planRule } from './plan-rule.ts'
import type { BackendEntry, Parts, RulePlan } from './plan-rule.ts'
import type { SecretTexts } from './secrets.ts'
import { sessionDigest } from './session-key.ts'

/** A request keeps the table that it began with. */
export interface Table {
  readonly config: GatewayConfig
  /** Every route that is attached anywhere: what a mount serves. */
  readonly matcher: MatchTable<RulePlan>
  /** The routes of each listener, by its name: a request sees those of its own listener only. */
  readonly listeners: ReadonlyMap<string, MatchTable<RulePlan>>
  readonly rules: readonly RulePlan[]
  readonly backends: ReadonlyMap<string, BackendEntry>
  readonly limits: ReadonlyMap<string, LimitState>
  readonly secrets: SecretTexts
  /** By the name of the listener. */
  readonly certificates: ReadonlyMap<string, readonly ListenerCertificate[]>
}

/** Builds a table; state that `former` holds under the same name and settings lives on. Throws GatewayError. */
export function buildTable(
  config: GatewayConfig,
  runtime: Runtime,
  former: Table | undefined,
  secrets: SecretTexts,
): Table {
  const headers = resolveBackendHeaders(config.backends, secrets, (backend) => {
    const before = former?.backends.get(backend.name)
    return before?.state.config === backend ? before.headers : undefined
  })
  const problems = certificateProblems(config.listeners, secrets, runtime.openListeners)
  if (problems.length > 0) throw new GatewayError('HEADGATE_CERTIFICATE', problems.join('\n'))
  const certificates = readCertificates(config.listeners, secrets)
  const backends = new Map<string, BackendEntry>()
  for (const backend of config.backends) {
    const own = headers.get(backend.name) ?? []
    const before = former?.backends.get(backend.name)?.state
    const state = new BackendState(backend, { runtime, secrets, headers: own, former: before })
    backends.set(backend.name, { state, headers: own, ownCredential: hasCredential(own), model: backend.model })
  }
  const limits = new Map(
    config.limits.map((limit) => [limit.name, new LimitState(limit, former?.limits.get(limit.name))]),
  )
  const formerRules = new Map(former?.rules.map((rule) => [`${rule.route}\n${rule.rule}`, rule]))
  const forward = { via: `1.1 ${config.name}`, trustedHops: config.forwarded.trustedHops }
  const parts: Parts = {
    backends,
    limits,
    runtime,
    formerRules,
    forward,
    reporting: config.reporting,
    gateway: config.name,
    shared: new SharedParts(),
    sessionDigest: sessionDigest(config, runtime, secrets),
  }
  const rules: RulePlan[] = []
  const routes = new Map(config.routes.map((route) => [route, planRoute(route, parts, rules)]))
  const attached = (listener: ListenerConfig): Route<RulePlan>[] =>
    config.routes
      .filter((route) => isAttached(route, listener))
      .map((route) => forListener(routes.get(route) as Route<RulePlan>, listener))
  return {
    config,
    matcher: compile(config.routes.filter(isServed).map((route) => routes.get(route) as Route<RulePlan>)),
    listeners: new Map(config.listeners.map((listener) => [listener.name, compile(attached(listener))])),
    rules,
    backends,
    limits,
    secrets,
    certificates,
  }
}

/** The endpoints of every backend. */
export function endpointsOf(table: Table): readonly EndpointState[] {
  return [...table.backends.values()].flatMap(({ state }) => state.endpoints)
}

/**
 * Of the endpoints of `former` that `table` no longer uses no connection is kept; a request that began before may still try them
 * again. Checks that it no longer makes end.
 */
export function retireUnused(former: Table, table: Table): void {
  const used = new Set<unknown>()
  for (const { endpoint, check } of endpointsOf(table)) used.add(endpoint).add(check)
  for (const { endpoint, check } of endpointsOf(former)) {
    if (!used.has(endpoint)) endpoint.retire()
    if (!used.has(check)) void check?.stop()
  }
}

export function routeName(route: RouteConfig): string {
  return route.namespace === undefined ? route.name : `${route.namespace}/${route.name}`
}

function planRoute(route: RouteConfig, parts: Parts, rules: RulePlan[]): Route<RulePlan> {
  const planned = route.rules.map((rule, index) => {
    const name = rule.name ?? (route.rules.length === 1 ? route.name : String(index))
    const plan = planRule(routeName(route), name, rule, parts)
    rules.push(plan)
    return { name, matches: rule.matches, value: plan }
  })
  return {
    name: route.name,
    hostnames: route.hostnames,
    rules: planned,
    ...(route.namespace === undefined ? {} : { namespace: route.namespace }),
    ...(route.createdAt === undefined ? {} : { createdAt: route.createdAt }),
  }
}

function isServed(route: RouteConfig): boolean {
  return route.listeners === undefined || route.listeners.length > 0
}

function isAttached(route: RouteConfig, listener: ListenerConfig): boolean {
  if (route.listeners !== undefined && !route.listeners.includes(listener.name)) return false
  return intersectHostnames(listener.hostname, route.hostnames) !== undefined
}

/**
 * A route without host names has the listener's there: beside one that names the same host its matches decide. Others keep
 * their own: those that the listener does not cover cannot be asked for there, and cut down to the listener's they would rank
 * differently.
 */
function forListener(route: Route<RulePlan>, { hostname }: ListenerConfig): Route<RulePlan> {
  return hostname === undefined || (route.hostnames ?? []).length > 0 ? route : { ...route, hostnames: [hostname] }
}
