/** Again, and when? One verdict for a failed try. It knows no HTTP, clock or body: the caller says what happened. */

import { backoffMs, leastMs } from './backoff.ts'
import type { BackoffOptions } from './backoff.ts'

/** Why there is no further try. */
export type StopReason = 'not-retryable' | 'body-not-kept' | 'repeats-spent' | 'deadline' | 'budget'

export type Decision =
  /** Try again `afterMs` from now. The budget, where there is one, has been charged. */
  | { readonly again: true; readonly afterMs: number }
  /** Pass on what the last try gave. */
  | { readonly again: false; readonly reason: StopReason }

/** What bounds repeats; a `RetryBudget` is one. */
export interface RepeatBudget {
  /** Takes one repeat; false when there is none to take. */
  tryRepeat(now: number): boolean
}

export interface Question {
  /** Repeats already made; 0 after the first try. */
  readonly repeatsDone: number
  /** Most repeats, not counting the first try (Envoy `num_retries`, Gateway API `retry.attempts`). */
  readonly repeats: number
  /** Whether the outcome is one that the policy repeats. */
  readonly retryable: boolean
  /** Whether the same request can be sent again: nothing of it was sent, or all of it was kept. */
  readonly replayable: boolean
  /** In ms, of the same clock as `deadline`. */
  readonly now: number
  /** When the whole request must be over, in ms. `Infinity`: never. */
  readonly deadline: number
  /** Least wait in ms that the other side asked for (`Retry-After`); 0 if none. */
  readonly floorMs: number
  readonly backoff: BackoffOptions
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Charged by one repeat when the answer is yes. None: repeats are not bounded by traffic. */
  readonly budget?: RepeatBudget
}

/** Longest floor that is waited for where there is no deadline, in ms. */
export const longestFloorMs = 10_000

const notRetryable: Decision = Object.freeze({ again: false, reason: 'not-retryable' })
const bodyNotKept: Decision = Object.freeze({ again: false, reason: 'body-not-kept' })
const repeatsSpent: Decision = Object.freeze({ again: false, reason: 'repeats-spent' })
const pastDeadline: Decision = Object.freeze({ again: false, reason: 'deadline' })
const budgetSpent: Decision = Object.freeze({ again: false, reason: 'budget' })

/**
 * Whether to try again, and after how long.
 *
 * The first reason that holds is given, in this order: `not-retryable`, `repeats-spent`, `body-not-kept`, `deadline`,
 * `budget`. Spent repeats come before the body because a body is dropped as soon as no repeat can need it. The budget
 * comes last, so that only repeats that will be made are charged; one that is then not made goes back by
 * `budget.refund`.
 *
 * With a floor, the range that the back-off draws from is moved up until it starts at the floor: clients that were told
 * the same `Retry-After` still come back spread out. A wait that leaves no time before the deadline stops with
 * `deadline`, and so does a floor above `longestFloorMs` where there is no deadline.
 */
export function decide(question: Question): Decision {
  const { repeatsDone, deadline, floorMs, now } = question
  if (!question.retryable) return notRetryable
  if (!(repeatsDone < question.repeats)) return repeatsSpent
  if (!question.replayable) return bodyNotKept
  if (deadline === Infinity && floorMs > longestFloorMs) return pastDeadline

  const drawnMs = backoffMs(repeatsDone + 1, question.backoff, question.random)
  const missingMs = floorMs - leastMs(question.backoff)
  const afterMs = missingMs > 0 ? drawnMs + missingMs : drawnMs
  if (!(now + afterMs < deadline)) return pastDeadline

  if (question.budget !== undefined && !question.budget.tryRepeat(now)) return budgetSpent
  return { again: true, afterMs }
}
