/** A decision record as the fields and the text of one line. No query string, no header and no body is in one. */

import type { AttemptReport, RequestReport } from '../events.ts'
import { mostName, mostPath, shown, tenths } from './text.ts'

/** `whole`: with what choices were made from and where the time of each attempt went. */
export function requestFields(report: RequestReport, path: string, whole: boolean): object {
  const { id, traceId, method, route, rule, status, result, code, backend, attempts, limits, passed, split } = report
  const served = attempts.findLast((attempt) => attempt.backend === backend)
  return defined({
    event: 'request-ended',
    id,
    traceId,
    method: shown(method, mostName),
    path: shown(path, mostPath),
    route,
    rule,
    status,
    grpcStatus: report.grpcStatus,
    result,
    code,
    backend,
    model: served?.model === undefined ? undefined : shown(served.model, mostName),
    durationMs: tenths(report.durationMs),
    firstByteMs: tenths(report.firstByteMs),
    firstTokenMs: served?.firstEventMs === undefined ? undefined : tenths(served.startMs + served.firstEventMs),
    bytesIn: report.bytesIn,
    bytesOut: report.bytesOut,
    inputTokens: served?.usage?.input,
    outputTokens: served?.usage?.output,
    cachedTokens: served?.usage?.cached,
    attempts: attempts.map((attempt) => attemptFields(attempt, whole)),
    limits: limits.length === 0 ? undefined : limits,
    passed: passed.length === 0 ? undefined : whole ? passed : passed.map(({ pick: _pick, ...rest }) => rest),
    split: whole ? split : undefined,
  })
}

export function attemptFields(attempt: AttemptReport, whole: boolean): object {
  const { backend, endpoint, cause, because, status, outcome, clock, reused, bytesReceived, pick, usage } = attempt
  const { startMs, durationMs, firstEventMs, phases, model } = attempt
  const compact = { backend, endpoint, cause, because, status, outcome, clock, durationMs: tenths(durationMs) }
  if (!whole) return defined(compact)
  return defined({
    ...compact,
    startMs: tenths(startMs),
    phases: Object.fromEntries(Object.entries(phases).map(([phase, ms]) => [phase, tenths(Number(ms))])),
    firstEventMs: firstEventMs === undefined ? undefined : tenths(firstEventMs),
    reused,
    bytesReceived,
    model: model === undefined ? undefined : shown(model, mostName),
    usage,
    pick,
  })
}

/** `POST /v1/chat/completions 200 completed by gpt4-stable in 12 ms`. */
export function requestText(report: RequestReport, path: string): string {
  const { method, status, result, code, backend, attempts, durationMs } = report
  const parts = [shown(method, mostName), shown(path, mostPath), status === 0 ? '-' : status, result]
  if (code !== undefined) parts.push(`(${code})`)
  if (backend !== undefined) parts.push(`by ${backend}`)
  if (attempts.length > 1) parts.push(`after ${attempts.length} attempts`)
  parts.push(`in ${tenths(durationMs)} ms`)
  return parts.join(' ')
}

function defined(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
