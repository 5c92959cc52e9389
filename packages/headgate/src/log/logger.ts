/** What is asked of a logger, and what may be said about its lines. It knows no logger. */

import type { GatewayEvents } from '../events.ts'

/** From the least urgent to the most. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/** A logger of the application: pino, what Fastify has as `app.log`, bunyan, `console`, or anything with these methods. */
export interface Logger {
  debug(fields: object, message: string): unknown
  info(fields: object, message: string): unknown
  warn(fields: object, message: string): unknown
  error(fields: object, message: string): unknown
  /** What is not enabled is not even made. It is asked again and again, so a level may change at any time. */
  isLevelEnabled?(level: LogLevel): boolean
}

/** The level of each event's line, or a function that says it when the event is there. */
export type LogLevels = {
  readonly [Name in keyof GatewayEvents]?:
    | LogLevel
    | 'silent'
    | ((...payload: Parameters<GatewayEvents[Name]>) => LogLevel | 'silent')
}

export interface LogOptions {
  readonly logger: Logger
  /** Lines below it are not made. Default: what the logger's `isLevelEnabled` says; for a logger without it `info`. */
  readonly level?: LogLevel
  /** Default: docs/logs.md. */
  readonly levels?: LogLevels
  /** What is shown of a path, for paths that hold secrets. Default: all of it, up to 1024 characters. */
  readonly path?: (path: string) => string
}

export function isLogger(log: Logger | LogOptions): log is Logger {
  return 'info' in log && typeof log.info === 'function'
}
