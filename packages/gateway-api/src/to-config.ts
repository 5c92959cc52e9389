/** Objects to a config: listeners, routes, backends, limits, in this order, then the config's own checks. */

import { parseConfig } from '@headgate/config'
import type { GatewayConfig, GatewayConfigInput, Problem, RouteInput } from '@headgate/config'

import { attach } from './attach.ts'
import type { BackendDraft } from './backends/backend-draft.ts'
import { BackendSet } from './backends/backend-set.ts'
import type { Build } from './build.ts'
import { checkRoutes } from './checks/check-routes.ts'
import type { Context } from './context.ts'
import { tellIgnored } from './ignored.ts'
import { readListeners } from './listeners.ts'
import type { Listener } from './listeners.ts'
import { applyBackendPolicies } from './policies/backend-policies.ts'
import { LimitSet } from './policies/limit-set.ts'
import { RulePolicies } from './policies/rule-policies.ts'
import { separateSessions } from './policies/sessions.ts'
import { Provenance } from './provenance.ts'
import { tellRenamed } from './renamed.ts'
import { remark } from './resources/resource.ts'
import { buildRoutes } from './routes/routes.ts'
import { draftRules } from './routes/rules.ts'

export interface Built {
  readonly config: GatewayConfig | undefined
  readonly listeners: readonly Listener[]
}

export function toConfig(context: Context, secrets: ReadonlyMap<string, string>): Built {
  const provenance = new Provenance()
  const build: Build = {
    context,
    provenance,
    backends: new BackendSet(context),
    limits: new LimitSet(context, provenance),
    extensions: [],
    referred: new Set(),
  }
  const listeners = readListeners(context, secrets)
  const { resources } = context
  const drafts = [...resources.list('HTTPRoute'), ...resources.list('GRPCRoute')].map((route) => {
    return { route, listeners: attach(context, route, listeners), rules: draftRules(build, route) }
  })
  applyBackendPolicies(build, secrets)
  for (const { rules } of drafts) {
    for (const { session, entries } of rules) if (session === undefined) separateSessions(context, entries)
  }
  const policies = new RulePolicies(build)
  const taken = new Set<string>()
  const routes = drafts.flatMap((draft) => buildRoutes(build, draft, policies, taken))
  const backends = usedBackends(build, routes).map((draft) => {
    const input = draft.build()
    return draft.object === undefined ? input : provenance.mark(input, draft.object, ['spec'])
  })
  const input: GatewayConfigInput = {
    version: 1,
    listeners: listeners.map((listener) => listenerInput(listener, provenance)),
    backends,
    limits: build.limits.limits,
    routes,
  }
  tellIgnored(context)
  tellRenamed(context)
  checkRoutes(build, listeners, drafts, routes)
  return { config: parse(build, input), listeners }
}

/** What some rule sends requests or copies to, and the fallbacks of these. Others are referred to without effect. */
function usedBackends({ backends }: Build, routes: readonly RouteInput[]): readonly BackendDraft[] {
  const used = new Set<string>()
  const use = (name: string | undefined): void => {
    const draft = name === undefined ? undefined : backends.get(name)
    if (draft === undefined || used.has(draft.name)) return
    used.add(draft.name)
    for (const next of draft.next) use(next)
    use(draft.settings.fallback)
  }
  for (const { filters = [], backends: split = [] } of routes.flatMap(({ rules = [] }) => rules)) {
    for (const { backend } of split) use(backend)
    for (const filter of [...filters, ...split.flatMap((entry) => entry.filters ?? [])]) {
      if (filter.type === 'RequestMirror') use(filter.backend)
    }
  }
  return backends.drafts.filter(({ name }) => used.has(name))
}

function listenerInput(
  listener: Listener,
  provenance: Provenance,
): NonNullable<GatewayConfigInput['listeners']>[number] {
  const { name, body, protocol, certificates, owner, path } = listener
  const input = {
    name,
    port: body.port,
    protocol,
    hostname: body.hostname,
    ...(protocol === 'HTTPS' && { certificates }),
    origin: owner.origin(path),
  }
  return provenance.mark(input, owner, path)
}

function parse({ context, provenance }: Build, input: GatewayConfigInput): GatewayConfig | undefined {
  const result = parseConfig(input)
  const problems = result.ok ? result.warnings : result.problems
  for (const problem of problems) {
    if (result.ok && isToldBetter(problem)) continue
    const severity = result.ok ? 'warning' : 'error'
    const code = result.ok ? 'doubtful-value' : 'invalid-value'
    const source = provenance.find(input, problem.path)
    const message = `${problem.message}; expected ${problem.expected}`
    const hint = problem.nearest === undefined ? undefined : `did you mean ${problem.nearest}?`
    if (source !== undefined) remark(context.list, source.resource, source.path, { severity, code, message, hint })
    else context.list.add({ severity, code, file: '', line: 1, field: problem.at, message, ...(hint && { hint }) })
  }
  return result.ok ? result.config : undefined
}

/** Warnings of the config for which there is a diagnostic that knows the manifests. */
const toldBetter = new Set(['perTry', 'listeners', 'maxEjectionPercent'])

function isToldBetter({ path, value }: Problem): boolean {
  const field = path.at(-1)
  return toldBetter.has(String(field)) || (field === 'backends' && value === 'a list of 0 items')
}
