/** When is a request or an attempt an error to OpenTelemetry, and what is it called? */

import type { AttemptReport, RequestReport } from 'headgate'

/**
 * `error.type` of a request: the code of the answer or the break where it is the server's fault, else the status from 500 on.
 * A caller that left, and its own mistakes (4xx), are no errors of a server.
 */
export function requestError({ result, status, code }: RequestReport): string | undefined {
  if (result === 'broken') return code ?? 'broken'
  if (result === 'abandoned' || status < 500) return undefined
  return code ?? String(status)
}

/** `error.type` of an attempt: its status from 400 on, or what went wrong. One that was called off is no error. */
export function attemptError({ outcome, status }: AttemptReport): string | undefined {
  if (outcome === 'ok' || outcome === 'cancelled') return undefined
  return status >= 400 && outcome === String(status) ? String(status) : outcome
}
