/** Every event as a line: its level, its fields and its text. */

import type { GatewayEvents } from '../events.ts'
import type { LogLevel } from './logger.ts'
import { attemptFields, requestFields, requestText } from './request-line.ts'
import { shown } from './text.ts'

export interface Line {
  readonly fields: object
  readonly text: string
}

/** How a line is made. */
export interface LineView {
  /** Everything, as somebody looks closely. */
  readonly whole: boolean
  readonly path: (path: string) => string
}

export interface LevelRule<Name extends keyof GatewayEvents> {
  /** The most urgent level that `of` may say: below it nobody need ask. */
  readonly most: LogLevel
  of(...payload: Parameters<GatewayEvents[Name]>): LogLevel | 'silent'
}

type EventLines = {
  readonly [Name in keyof GatewayEvents]: {
    readonly level: LogLevel | LevelRule<Name>
    readonly line: (view: LineView, ...payload: Parameters<GatewayEvents[Name]>) => Line
  }
}

/** Longest message and stack of what the application throws. */
const mostMessage = 1024
const mostStack = 8192

export const eventLines: EventLines = {
  'request-ended': {
    level: { most: 'warn', of: ({ status, result }) => (status >= 500 || result === 'broken' ? 'warn' : 'info') },
    line: ({ whole, path }, report) => {
      const told = path(report.path)
      return { fields: requestFields(report, told, whole), text: requestText(report, told) }
    },
  },
  'request-refused': {
    level: 'info',
    line: (_, report) => ({
      fields: { event: 'request-refused', ...report },
      text: `${report.id} is refused with ${report.status} (${report.code}): ${report.message}`,
    }),
  },
  'attempt-ended': {
    level: 'debug',
    line: ({ whole }, { id, route, ...attempt }) => ({
      fields: { event: 'attempt-ended', id, route, ...attemptFields(attempt, whole) },
      text: `${id} at ${attempt.endpoint} (${attempt.backend}): ${attempt.outcome} in ${Math.round(attempt.durationMs)} ms`,
    }),
  },
  'retry-scheduled': {
    level: 'debug',
    line: (_, report) => ({
      fields: { event: 'retry-scheduled', ...report },
      text: `${report.id} is repeated at ${report.backend} in ${Math.round(report.afterMs)} ms: ${report.because}`,
    }),
  },
  'fallback-chosen': {
    level: 'debug',
    line: (_, report) => ({
      fields: { event: 'fallback-chosen', ...report },
      text: `${report.id} goes from ${report.from} to the fallback ${report.to}: ${report.because}`,
    }),
  },
  'mirror-dropped': {
    level: 'debug',
    line: (_, report) => ({
      fields: { event: 'mirror-dropped', ...report },
      text: `${report.backend} gets no copy of a request for ${report.route}: ${report.because}`,
    }),
  },
  'breaker-changed': {
    level: { most: 'warn', of: ({ to }) => (to === 'open' ? 'warn' : 'info') },
    line: (_, report) => ({
      fields: { event: 'breaker-changed', ...report },
      text: `the breaker of ${report.endpoint} (${report.backend}) went from ${report.from} to ${report.to}`,
    }),
  },
  'endpoint-ejected': {
    level: 'warn',
    line: (_, report) => ({
      fields: { event: 'endpoint-ejected', ...report },
      text: `${report.endpoint} (${report.backend}) is ejected for ${Math.round(report.forMs)} ms`,
    }),
  },
  'endpoint-restored': {
    level: 'info',
    line: (_, report) => ({
      fields: { event: 'endpoint-restored', ...report },
      text: `${report.endpoint} (${report.backend}) is no longer ejected`,
    }),
  },
  'health-changed': {
    level: { most: 'warn', of: ({ to }) => (to === 'unhealthy' ? 'warn' : 'info') },
    line: (_, report) => ({
      fields: { event: 'health-changed', ...report },
      text: `${report.endpoint} (${report.backend}) is ${report.to}: ${report.because}`,
    }),
  },
  'config-changed': {
    level: 'info',
    line: (_, { routes, backends }) => ({
      fields: { event: 'config-changed', routes: routes.length, backends: backends.length },
      text: `a new config is in force: ${routes.length} routes, ${backends.length} backends`,
    }),
  },
  warning: {
    level: 'warn',
    line: (_, { code, message, error }) => {
      // Only what an error says: some carry whole requests with them, credentials too.
      const { message: why, stack } = error instanceof Error ? error : { message: undefined, stack: undefined }
      const text = why === undefined ? message : `${message}: ${why}`
      const fields = { event: 'warning', code }
      return {
        fields: stack === undefined ? fields : { ...fields, stack: stack.slice(0, mostStack) },
        text: shown(text, mostMessage),
      }
    },
  },
  closed: {
    level: 'info',
    line: () => ({ fields: { event: 'closed' }, text: 'the gateway is closed' }),
  },
}
