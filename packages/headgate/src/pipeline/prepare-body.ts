/** What is read of the body before the first attempt: a small one, so that it goes out in one write; all of it where it is changed. */

import type { GatherProblem } from '@headgate/proxy'
import type { Answer } from '../answers.ts'
import type { Incoming } from '../request/incoming.ts'
import type { RulePlan } from '../table/plan-rule.ts'

/** Longest body whose `model` is replaced. */
const mostBytes = 8 * 1024 * 1024

/** What the caller is told instead of an answer of a backend. Undefined for one that left. */
export function bodyAnswer(problem: GatherProblem): Answer | undefined {
  switch (problem) {
    case 'failed':
      return undefined
    case 'too-large':
      return { code: 'body_too_large', headers: ['connection', 'close'] }
    case 'no-room':
      return { code: 'overloaded', headers: ['connection', 'close'] }
  }
}

/** How much of a body is read whole, whatever its length: 0 where it goes on as it comes. */
export function wholeBytes(plan: RulePlan, incoming: Incoming): number {
  return plan.writesModel && mayHaveModel(incoming) ? mostBytes : 0
}

/** Model APIs take JSON that is not content-coded; another body is sent as it is. */
export function mayHaveModel(incoming: Incoming): boolean {
  const type = incoming.header('content-type')
  if (type === undefined || !/^application\/json(?:\s*;|\s*$)/i.test(type)) return false
  const coding = incoming.header('content-encoding')
  return coding === undefined || coding.trim().toLowerCase() === 'identity'
}
