/** What a match asks for, in the form in which it is tested. Knows no index and no precedence. */

import type { Pattern } from './pattern/pattern.ts'
import { findValue, valueAt, valueEquals } from './query.ts'
import type { Facts } from './rule.ts'

/** A header or query condition. Header names are lower case. */
export interface Condition {
  readonly name: string
  readonly value: string
  /** Where the type is `RegularExpression`. */
  readonly pattern: Pattern | undefined
}

/** What is left to test once the host, and the path unless it is a pattern, is known to be right. */
export interface Conditions {
  readonly path: Pattern | undefined
  readonly method: string | undefined
  readonly headers: readonly Condition[]
  readonly query: readonly Condition[]
}

/** All conditions are met. Allocates nothing, except for query values with escapes or regular expressions. */
export function meets(conditions: Conditions, facts: Facts): boolean {
  if (conditions.method !== undefined && conditions.method !== facts.method) return false
  const { headers, query } = conditions
  for (let at = 0; at < headers.length; at++) {
    const condition = headers[at] as Condition
    const value = facts.header(condition.name)
    if (value === undefined) return false
    if (condition.pattern === undefined ? value !== condition.value : !condition.pattern.test(value)) return false
  }
  if (conditions.path !== undefined && !conditions.path.test(facts.path)) return false
  for (let at = 0; at < query.length; at++) {
    const condition = query[at] as Condition
    const start = findValue(facts.query, condition.name)
    if (start === -1) return false
    if (condition.pattern !== undefined) {
      if (!condition.pattern.test(valueAt(facts.query, start))) return false
    } else if (!valueEquals(facts.query, start, condition.value)) return false
  }
  return true
}
