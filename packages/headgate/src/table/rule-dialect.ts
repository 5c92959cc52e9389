/** The model API of a rule whose path does not say it. */

import { streamClassifier } from '@headgate/dialect'
import type { DialectName, StreamClassifier } from '@headgate/dialect'
import { GatewayError } from '../errors.ts'

export interface RuleDialect {
  /** Of errors. Undefined: as the path says. */
  readonly name: DialectName | undefined
  /** Code of the application that judges stream events. */
  readonly classifier: StreamClassifier | undefined
}

const named = ['openai-chat', 'openai-completions', 'openai-responses', 'anthropic-messages'] as const

/** Throws GatewayError for a name that is neither a dialect nor registered. */
export function ruleDialect(
  name: string,
  registered: ReadonlyMap<string, StreamClassifier>,
  route: string,
): RuleDialect {
  const classifier = registered.get(name)
  if (classifier !== undefined) return { name: undefined, classifier }
  const known = named.find((dialect) => dialect === name)
  if (known !== undefined) return { name: known, classifier: streamClassifier(known) }
  throw new GatewayError(
    'HEADGATE_UNKNOWN_DIALECT',
    `route "${route}" has the dialect "${name}"; expected ${named.join(', ')}, or a name registered with .dialect('${name}', (event, data) => …)`,
  )
}
