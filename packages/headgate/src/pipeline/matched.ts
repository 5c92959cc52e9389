/** The rule that takes a request, and what its filters need to know of the match. */

import type { Row } from '@headgate/matcher'
import type { RulePlan } from '../table/plan-rule.ts'

export interface Matched {
  readonly plan: RulePlan
  /** What a PathPrefix match matched; undefined for the other kinds. */
  readonly prefix: string | undefined
  /** The path of the match, of any kind. */
  readonly pathTemplate: string
  /** The declared port of the listener; undefined behind a mount. */
  readonly listenerPort: number | undefined
}

export function toMatched(row: Row<RulePlan>, listenerPort: number | undefined): Matched {
  const { path } = row.match
  const prefix = path === undefined ? '/' : path.type === 'PathPrefix' ? path.value : undefined
  return { plan: row.value, prefix, pathTemplate: path?.value ?? '/', listenerPort }
}
