/** Routes, rules and their splits as schemas. Names that must be declared elsewhere are for `references.ts`. */

import { z } from 'zod'

import * as defaults from './defaults.ts'
import type { BackendRefInput, RouteInput, RuleInput } from './input.ts'
import { ruleConflicts } from './rule-conflicts.ts'
import { earlyHeadSchema, fallbackSchema, retrySchema, timeoutsSchema } from './schema-attempts.ts'
import { filterSchema } from './schema-filters.ts'
import { matchSchema } from './schema-matches.ts'
import { sessionSchema } from './schema-sessions.ts'
import { conforming, fieldName, hostname, integer, name, origin, strict } from './schema-values.ts'
import type { BackendRefConfig, RouteConfig, RuleConfig } from './types-routes.ts'

const most = Number.MAX_SAFE_INTEGER

/** The selector's own bound for one list of weights. */
const mostEntries = 65_536

const filters = () => z.array(filterSchema(), { error: 'a list of filters' })

/** For the JSON Schema: an object with this key. */
function having(key: string): object {
  return { type: 'object', properties: { [key]: { type: 'string' } }, required: [key] }
}

const backendRef = () =>
  conforming<BackendRefConfig, BackendRefInput>()(
    strict({
      backend: name('the name of a backend').exactOptional(),
      unresolved: z.string({ error: 'why there is no backend' }).min(1).exactOptional(),
      weight: integer(0, 1_000_000, 'a weight').default(defaults.weight),
      filters: filters().exactOptional(),
    })
      .check((context) => {
        const { backend, unresolved } = context.value
        // An unknown key is told already, and is probably the missing one.
        if ((backend === undefined) !== (unresolved === undefined) || context.issues.length > 0) return
        const message = 'the name of a backend, or `unresolved` with the reason why there is none'
        const params = { wrong: 'the entry says as well why it has no backend' }
        context.issues.push({ code: 'custom', message, params, path: ['backend'], input: backend, continue: true })
      })
      .meta({ oneOf: [having('backend'), having('unresolved')] }),
  )

const rule = () =>
  conforming<RuleConfig, RuleInput>()(
    strict({
      name: name('the name of a rule').exactOptional(),
      matches: z.array(matchSchema(), { error: 'a list of matches' }).default([]),
      filters: filters().default([]),
      backends: z
        .array(backendRef(), { error: `a list of at most ${mostEntries} backends, each with backend and weight` })
        .max(mostEntries)
        .default([]),
      sticky: strict({ header: fieldName }).exactOptional(),
      session: sessionSchema().exactOptional(),
      fallback: fallbackSchema().exactOptional(),
      retry: retrySchema().exactOptional(),
      timeouts: timeoutsSchema().default(() => ({ idle: defaults.idleTimeoutMs })),
      dialect: name('the name of a dialect').exactOptional(),
      earlyHead: earlyHeadSchema().exactOptional(),
      limits: z.array(name('the name of a limit'), { error: 'a list of names of limits' }).default([]),
      origins: z
        .record(z.string(), origin, { error: 'where the parts of this rule were written, by the name of the part' })
        .exactOptional(),
    }),
  )

export const routeSchema = (): z.ZodType<RouteConfig, RouteInput> =>
  conforming<RouteConfig, RouteInput>()(
    strict({
      kind: z.enum(['HTTP', 'GRPC'], { error: 'HTTP or GRPC' }).default(defaults.routeKind),
      name: name('the name of a route'),
      namespace: name('a namespace').exactOptional(),
      hostnames: z.array(hostname, { error: 'a list of host names' }).default([]),
      createdAt: integer(0, most, 'milliseconds since the epoch').exactOptional(),
      listeners: z.array(name('the name of a listener'), { error: 'a list of names of listeners' }).exactOptional(),
      rules: z.array(rule(), { error: 'a list of rules' }).default([]),
      origin: origin.exactOptional(),
    }).check((context) => {
      const { rules, kind } = context.value
      for (const [index, item] of rules.entries()) {
        for (const { path, value, wrong, expected } of ruleConflicts(item, kind)) {
          const place = ['rules', index, ...path]
          context.issues.push({ code: 'custom', message: expected, params: { wrong }, path: place, input: value })
        }
      }
    }),
  )
