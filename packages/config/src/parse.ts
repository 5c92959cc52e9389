/** The two ways into the waist: untrusted input, and a config written in code. Nothing here reads files or secrets. */

import { addIssues } from './issues.ts'
import type { GatewayConfigInput } from './input.ts'
import { plainCopy } from './plain.ts'
import { ConfigError, ProblemList } from './problems.ts'
import type { Problem } from './problems.ts'
import { checkReferences } from './references.ts'
import { checkRepeats } from './repeats.ts'
import { gatewaySchema } from './schema.ts'
import { checkSessions } from './sessions.ts'
import type { GatewayConfig } from './types.ts'
import { warningsOf } from './warnings.ts'

/** Either a whole config, or everything that is wrong with the input. */
export type ConfigResult =
  | {
      readonly ok: true
      readonly config: GatewayConfig
      /** Allowed, but probably not meant: a backend that no rule uses, tries that do not fit into the request's time. */
      readonly warnings: readonly Problem[]
    }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * Checks any value, such as parsed JSON or YAML, fills in the defaults and turns durations into milliseconds. Never throws:
 * all problems of shape, syntax and references come together. A config that was accepted is accepted again, unchanged.
 */
export function parseConfig(input: unknown): ConfigResult {
  const problems = new ProblemList()
  const copy = plainCopy(input, problems)
  const unread = new Set(problems.all(copy).map((problem) => JSON.stringify(problem.path)))
  const parsed = gatewaySchema().safeParse(copy, { reportInput: true })
  if (!parsed.success) addIssues(parsed.error.issues, problems, unread)
  checkReferences(copy, problems)
  checkRepeats(copy, problems)
  checkSessions(copy, problems)
  const found = problems.all(copy)
  if (!parsed.success || found.length > 0) return { ok: false, problems: found }
  return { ok: true, config: parsed.data, warnings: warningsOf(parsed.data) }
}

/**
 * The same for a config that is written in code: the compiler knows its shape.
 *
 * @throws ConfigError with all problems, one a line.
 */
export function defineConfig(input: GatewayConfigInput): GatewayConfig {
  const result = parseConfig(input)
  if (!result.ok) throw new ConfigError(result.problems)
  return result.config
}
