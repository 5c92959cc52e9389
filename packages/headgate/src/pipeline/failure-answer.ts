/** Which answer a failed attempt becomes when nothing else can be tried (reliability R7: 502 broken, 504 time limit). */

import type { AttemptFailure } from '@headgate/proxy'
import type { Answer } from '../answers.ts'

export function answerFor(failure: AttemptFailure): Answer {
  if (failure.clock === 'request') return { code: 'request_timeout' }
  if (failure.clock !== undefined) return { code: 'upstream_timeout' }
  switch (failure.kind) {
    case 'connect-failure':
      return { code: 'upstream_unreachable' }
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
