/** What the log of the program has of the events of a gateway. Their lines are made by headgate. */

import type { LogOptions } from 'headgate'
import type { Logger } from 'pino'
import { isTold } from './process-warnings.ts'

/** Without what the program itself tells better: with file and line, or for all workers at once. */
export function eventsTo(logger: Logger): LogOptions {
  return {
    logger,
    levels: {
      warning: ({ code }) => (isTold(code) ? 'silent' : 'warn'),
      'config-changed': 'silent',
      closed: 'silent',
    },
  }
}
