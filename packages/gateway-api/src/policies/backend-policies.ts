/** Every policy for backends, put onto the backends that it is for. Rules and routes are for others. */

import type { BackendDraft } from '../backends/backend-draft.ts'
import type { BackendSet } from '../backends/backend-set.ts'
import type { Build } from '../build.ts'
import type { Context } from '../context.ts'
import type { Bodies, Kind } from '../resources/kinds.ts'
import type { Targets } from '../resources/references.ts'
import type { Resource } from '../resources/resource.ts'
import { applyBackendConfig } from './backend-config.ts'
import { applyBackendTls } from './backend-tls.ts'
import { applyCircuitBreaker } from './circuit-breaker.ts'
import { applyConnectionPool } from './connection-pool.ts'
import { applyFallback } from './fallback.ts'
import { applyClassDefaults } from './gateway-class.ts'
import { applyRetryBudget } from './retry-budget.ts'
import { applySession } from './sessions.ts'
import { inOrder, targetsOf } from './targets.ts'
import type { Candidates } from './targets.ts'

/** How one kind of policy changes one backend. */
export type Apply<K extends Kind> = (context: Context, policy: Resource<K>, draft: BackendDraft) => void

type PolicyKind = { [K in Kind]: Bodies[K] extends { readonly spec: Targets } ? K : never }[Kind]

/** Fallbacks first: they bring in further backends, for which there may be policies too. */
export function applyBackendPolicies(build: Build, secrets: ReadonlyMap<string, string>): void {
  const { context, backends } = build
  const silent = context.silent()
  for (let count = -1; count < backends.drafts.length;) {
    count = backends.drafts.length
    applyEach(silent, backends, 'BackendLBPolicy', (_, policy, draft) => applyFallback(silent, policy, draft, backends))
  }
  applyEach(context, backends, 'BackendLBPolicy', (_, policy, draft) => {
    applyFallback(context, policy, draft, backends)
    applySession(build, policy, draft)
  })
  applyExtensions(build, secrets)
  applyEach(context, backends, 'CircuitBreakerPolicy', applyCircuitBreaker, build.referred)
  applyEach(context, backends, 'ConnectionPoolSettings', applyConnectionPool, build.referred)
  const config: Apply<'BackendConfigPolicy'> = (_, policy, draft) => applyBackendConfig(context, policy, draft, secrets)
  applyEach(context, backends, 'BackendConfigPolicy', config, build.referred)
  applyEach(context, backends, 'BackendTLSPolicy', (_, policy, draft) =>
    applyBackendTls(context, policy, draft, secrets),
  )
  applyEach(context, backends, 'XBackendTrafficPolicy', (_, policy, draft) => {
    applyRetryBudget(context, policy, draft)
    applySession(build, policy, draft)
  })
  applyClassDefaults(context, backends)
}

/** A rule that refers to a policy for backends means its own backends. */
function applyExtensions({ context, backends, extensions }: Build, secrets: ReadonlyMap<string, string>): void {
  for (const { policy, backends: names } of extensions) {
    for (const draft of names.flatMap((name) => backends.get(name) ?? [])) {
      if (isOf(policy, 'CircuitBreakerPolicy')) applyCircuitBreaker(context, policy, draft)
      else if (isOf(policy, 'ConnectionPoolSettings')) applyConnectionPool(context, policy, draft)
      else if (isOf(policy, 'BackendConfigPolicy')) applyBackendConfig(context, policy, draft, secrets)
    }
  }
}

function isOf<K extends Kind>(policy: Resource, kind: K): policy is Resource<K> {
  return policy.kind === kind
}

function applyEach<K extends PolicyKind>(
  context: Context,
  backends: BackendSet,
  kind: K,
  apply: Apply<K>,
  referred: ReadonlySet<Resource> = new Set(),
): void {
  for (const policy of inOrder(context.resources.list(kind))) {
    const spec = policy.body.spec as Targets
    for (const target of targetsOf(context, policy, spec, candidates(context, backends), referred.has(policy))) {
      const drafts = backends.drafts.filter((draft) => draft.kind === target.kind && draft.id === target.id)
      const named = drafts.filter(({ portName }) => target.sectionName === undefined || portName === target.sectionName)
      if (drafts.length === 0) {
        const message = `no rule sends requests to the ${target.kind} ${target.id}, so the policy is without effect there`
        context.info(policy, target.path, 'unused-target', message)
      } else if (named.length === 0) {
        const message = `no rule uses a port named ${target.sectionName} of the ${target.kind} ${target.id}`
        context.warn(policy, [...target.path, 'sectionName'], 'policy-target-not-found', message)
      }
      for (const draft of named) apply(context, policy, draft)
    }
  }
}

/** A Service that is resolved and not in the files is there as well. */
function candidates(context: Context, backends: BackendSet): Candidates {
  const ids = (kind: 'Service' | 'InferencePool' | 'Backend'): readonly string[] => [
    ...new Set([
      ...context.resources.ids(kind),
      ...backends.drafts.filter((draft) => draft.kind === kind).map(({ id }) => id),
    ]),
  ]
  return { Service: ids('Service'), InferencePool: ids('InferencePool'), Backend: ids('Backend') }
}
