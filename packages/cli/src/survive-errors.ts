/** The last net: an error that nobody caught costs its own request, not the process. */

import type { Logger } from 'pino'

/**
 * From now on uncaught errors are logged and the process goes on: requests share nothing but policies, whose steps are
 * synchronous and do not throw half-way. Before a gateway serves, the same errors end the process.
 */
export function surviveErrors(logger: Logger): void {
  const report = (error: unknown): void =>
    logger.error({ event: 'uncaught-error', err: error }, 'an error was not caught')
  process.on('uncaughtException', report)
  process.on('unhandledRejection', report)
}
