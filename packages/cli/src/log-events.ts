/** Events of a gateway to log lines. No query string, no header and no body is ever in one. */

import type { Gateway, RequestReport } from 'headgate'
import type { Logger } from 'pino'
import { isTold } from './process-warnings.ts'

/** Longest path in a line: callers choose it. */
const maxPath = 1024

/** Logs every event from now on. Events that the level leaves out are not listened to, so they cost nothing. */
export function logEvents(gate: Pick<Gateway, 'on'>, logger: Logger): void {
  gate.on('warning', ({ code, message, error }) => {
    if (isTold(code)) return
    const text = error instanceof Error ? `${message}: ${error.message}` : message
    logger.warn({ event: 'warning', code }, text)
  })
  gate.on('breaker-changed', (report) => {
    const level = report.to === 'open' ? 'warn' : 'info'
    const text = `the breaker of ${report.endpoint} (${report.backend}) went from ${report.from} to ${report.to}`
    logger[level]({ event: 'breaker-changed', ...report }, text)
  })
  logEndpoints(gate, logger)
  if (logger.isLevelEnabled('info')) {
    gate.on('request-refused', (report) => {
      const text = `${report.id} is refused with ${report.status} (${report.code}): ${report.message}`
      logger.info({ event: 'request-refused', ...report }, text)
    })
    gate.on('fallback-chosen', (report) => {
      const text = `${report.id} goes from ${report.from} to the fallback ${report.to}: ${report.because}`
      logger.info({ event: 'fallback-chosen', ...report }, text)
    })
    gate.on('retry-scheduled', (report) => {
      const text = `${report.id} is repeated at ${report.backend} in ${Math.round(report.afterMs)} ms: ${report.because}`
      logger.info({ event: 'retry-scheduled', ...report }, text)
    })
  }
  if (logger.isLevelEnabled('debug')) {
    gate.on('attempt-ended', (report) => {
      const text = `${report.id} at ${report.endpoint} (${report.backend}): ${report.outcome} in ${Math.round(report.durationMs)} ms`
      logger.debug({ event: 'attempt-ended', ...report }, text)
    })
    gate.on('mirror-dropped', (report) => {
      const text = `${report.backend} gets no copy of a request for ${report.route}: ${report.because}`
      logger.debug({ event: 'mirror-dropped', ...report }, text)
    })
  }
  if (logger.isLevelEnabled('warn')) {
    gate.on('request-ended', (report) => {
      const failed = report.status >= 500 || report.result === 'broken'
      if (!failed && !logger.isLevelEnabled('info')) return
      const line = { event: 'request-ended', ...requestLine(report, logger.isLevelEnabled('debug')) }
      logger[failed ? 'warn' : 'info'](line, requestText(report))
    })
  }
}

/** The decision record; what choices were made from only where somebody looks closely (`whole`). */
function requestLine(report: RequestReport, whole: boolean): object {
  const { split, passed, attempts, ...rest } = report
  const shown = attempts.map(({ pick, phases, ...attempt }) => ({
    ...attempt,
    durationMs: tenths(attempt.durationMs),
    startMs: tenths(attempt.startMs),
    phases: Object.fromEntries(Object.entries(phases).map(([phase, ms]) => [phase, tenths(Number(ms))])),
    ...(whole && pick !== undefined && { pick }),
  }))
  return {
    ...rest,
    path: shownPath(report.path),
    attempts: shown,
    durationMs: tenths(report.durationMs),
    firstByteMs: tenths(report.firstByteMs),
    passed: passed.map(({ backend, because }) => ({ backend, because })),
    ...(whole && split !== undefined && { split }),
  }
}

/** Endpoints that come and go: seldom, and worth a line each. */
function logEndpoints(gate: Pick<Gateway, 'on'>, logger: Logger): void {
  gate.on('endpoint-ejected', (report) => {
    const text = `${report.endpoint} (${report.backend}) is ejected for ${Math.round(report.forMs)} ms`
    logger.warn({ event: 'endpoint-ejected', ...report }, text)
  })
  gate.on('endpoint-restored', (report) => {
    logger.info(
      { event: 'endpoint-restored', ...report },
      `${report.endpoint} (${report.backend}) is no longer ejected`,
    )
  })
  gate.on('health-changed', (report) => {
    const level = report.to === 'unhealthy' ? 'warn' : 'info'
    const text = `${report.endpoint} (${report.backend}) is ${report.to}: ${report.because}`
    logger[level]({ event: 'health-changed', ...report }, text)
  })
}

/** `POST /v1/chat/completions 200 completed by gpt4-stable in 12 ms`. */
export function requestText(report: RequestReport): string {
  const { method, path, status, result, code, backend, attempts, durationMs } = report
  const parts = [method, shownPath(path), status === 0 ? '-' : status, result]
  if (code !== undefined) parts.push(`(${code})`)
  if (backend !== undefined) parts.push(`by ${backend}`)
  if (attempts.length > 1) parts.push(`after ${attempts.length} attempts`)
  parts.push(`in ${tenths(durationMs)} ms`)
  return parts.join(' ')
}

/** Without the query, which may hold credentials, and of a bounded length. */
function shownPath(path: string): string {
  const query = path.indexOf('?')
  const plain = query === -1 ? path : path.slice(0, query)
  return plain.length <= maxPath ? plain : `${plain.slice(0, maxPath)}…`
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10
}
