// What an attempt calls at its end or a tick later, in plain functions: nothing may escape from them, and nothing is bound to them.

import type { ReplyController } from './carrier.ts'
import type { AttemptFailure, AttemptListener, ClockName, FailureKind } from './attempt-types.ts'
import { asError } from './failure.ts'

export function attemptFailure(
  kind: FailureKind,
  sent: boolean,
  headSeen: boolean,
  clock: ClockName | undefined,
  error: Error | undefined,
): AttemptFailure {
  return {
    kind,
    // A refused stream was sent, but is certain not to have been processed (RFC 9113, 8.7).
    sent: sent && kind !== 'refused-stream',
    headSeen,
    ...(clock === undefined ? {} : { clock }),
    ...(error === undefined ? {} : { error }),
  }
}

export function tellEnded<A>(attempt: A, listener: AttemptListener<A>, trailers: string[] | undefined): void {
  try {
    listener.attemptEnded(attempt, trailers)
  } catch (error) {
    process.emitWarning(asError(error))
  }
}

export function tellFailed<A>(attempt: A, listener: AttemptListener<A>, failure: AttemptFailure): void {
  try {
    listener.attemptFailed(attempt, failure)
  } catch (error) {
    process.emitWarning(asError(error))
  }
}

export function resumeController(controller: ReplyController): void {
  if (!controller.aborted) controller.resume()
}
