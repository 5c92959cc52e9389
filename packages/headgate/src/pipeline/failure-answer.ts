/** Which answer a failed attempt becomes when nothing else can be tried (reliability R7: 502 broken, 504 time limit). */

import type { AttemptFailure } from '@headgate/proxy'
import { statusOf } from '../answers.ts'
import type { Answer } from '../answers.ts'
import type { Phase } from './phase.ts'

/**
 * `repeats` of the retry policy that were made: after them a broken connection is 503, as Envoy and the Gateway API's conformance have it;
 * a first and only try that breaks is 502.
 */
export function answerFor(failure: AttemptFailure, repeats: number): Answer {
  const answer = answerForKind(failure)
  return repeats > 0 && statusOf(answer) === 502 ? { ...answer, status: 503 } : answer
}

function answerForKind(failure: AttemptFailure): Answer {
  if (failure.clock === 'request') return { code: 'request_timeout' }
  if (failure.clock !== undefined) return { code: 'upstream_timeout' }
  switch (failure.kind) {
    case 'connect-failure':
      return { code: 'upstream_unreachable' }
    case 'refused-stream':
    case 'reset':
      return { code: 'upstream_reset' }
    case 'bad-response':
      return { code: 'upstream_invalid' }
    case 'timeout':
      return { code: 'upstream_timeout' }
    case 'bad-request':
      return { code: 'bad_target' }
    case 'upload-failed':
    case 'cancelled':
      return { code: 'upstream_failed' }
  }
}

/** How an attempt that failed is told. Of a reply that is replaced the end may not have been worth the wait: its status counts. */
export function failureOutcome({ kind }: AttemptFailure, status: number, phase: Phase): string {
  return phase === 'holding' && kind === 'cancelled' && status >= 400 ? String(status) : kind
}
