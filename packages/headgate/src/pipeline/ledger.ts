/** The one count of attempts and time of a request, whatever caused an attempt: repeats within a backend, then fallbacks. */

import { failureMeets, responseMeets } from '@headgate/proxy'
import type { AttemptFailure } from '@headgate/proxy'
import { decide } from '@headgate/retry'
import type { RetryBudget } from '@headgate/retry'
import type { BackendEntry, RulePlan, SplitEntry } from '../table/plan-rule.ts'

/** What happens after an attempt that may be replaced. `undefined`: its result goes to the caller. */
export type NextStep =
  | { readonly kind: 'repeat'; readonly afterMs: number; readonly notBefore: number; readonly because: string }
  | { readonly kind: 'fallback'; readonly backend: BackendEntry; readonly because: string }

/** What the ledger needs to know about the attempt that ended. */
export interface Situation {
  readonly now: number
  readonly replayable: boolean
  readonly safe: boolean
  /** The attempt went out on a connection that had served another request. */
  readonly reused: boolean
  /** `Retry-After` of the reply in ms, 0 if none. */
  readonly floorMs: number
  /** The backend that was tried last. */
  readonly backend: BackendEntry | undefined
  readonly random: () => number
}

export class Ledger {
  readonly plan: RulePlan
  /** Infinity: the rule has no `request` clock. */
  readonly deadline: number
  /** What the split chose. */
  chosen: SplitEntry | undefined
  attempts = 0
  repeats = 0
  /** How many fallbacks were taken; the first backend is not one. */
  fallbacks = 0
  /** Charged for a repeat that was not made yet. */
  #charged: RetryBudget | undefined
  #impliedRepeat = false
  #nextFallback = 0

  constructor(plan: RulePlan, deadline: number) {
    this.plan = plan
    this.deadline = deadline
  }

  /** A further backend stands by, so that this one need not give what it can hardly give. */
  get hasFallback(): boolean {
    const { chosen } = this
    if (chosen === undefined) return false
    for (let at = this.#nextFallback; at < chosen.fallbacks.length; at++)
      if (chosen.fallbacks[at] !== chosen.backend) return true
    return false
  }

  /** An attempt goes out. */
  begin(): void {
    this.attempts++
    this.#charged = undefined
  }

  /** A repeat that is not made after all goes back to its budget. */
  refund(now: number): void {
    this.#charged?.refund(now)
    this.#charged = undefined
  }

  afterResponse(status: number, situation: Situation): NextStep | undefined {
    const { retry } = this.plan
    const because = String(status)
    const repeat = retry !== undefined && responseMeets(retry.on, status) ? this.#repeat(situation, because) : undefined
    const failsOver = this.chosen !== undefined && responseMeets(this.chosen.fallbackOn, status)
    return repeat ?? (failsOver ? this.#fallback(situation, because) : undefined)
  }

  afterFailure(failure: AttemptFailure, situation: Situation): NextStep | undefined {
    // The caller's own clock or connection ended it: nothing is left to try for.
    if (failure.clock === 'request' || failure.kind === 'cancelled' || failure.kind === 'upload-failed')
      return undefined
    const { retry } = this.plan
    const because = failure.kind
    if (retry !== undefined && failureMeets(retry.on, failure)) {
      const repeat = this.#repeat(situation, because)
      if (repeat !== undefined) return repeat
    } else if (this.#mayRepeatUnasked(failure, situation)) {
      this.#impliedRepeat = true
      return { kind: 'repeat', afterMs: 0, notBefore: situation.now, because }
    }
    const failsOver = this.chosen !== undefined && failureMeets(this.chosen.fallbackOn, failure)
    return failsOver ? this.#fallback(situation, because) : undefined
  }

  /** The backend has no endpoint to offer: the next fallback, whatever `on` says. */
  withoutEndpoint(situation: Situation, because: string): NextStep | undefined {
    this.refund(situation.now)
    return this.#fallback(situation, because)
  }

  /** Whether any further attempt is possible at all, so that the body must be kept. */
  mayTryAgain(endpoints: number, safe: boolean): boolean {
    const { retry } = this.plan
    if (this.hasFallback) return true
    if (this.fallbacks > 0) return false
    if (retry !== undefined && this.repeats < retry.repeats) return true
    return !this.#impliedRepeat && (safe || endpoints > 1)
  }

  #repeat(situation: Situation, because: string): NextStep | undefined {
    const { retry } = this.plan
    // A fallback gets exactly one attempt.
    if (retry === undefined || this.fallbacks > 0) return undefined
    const budget = situation.backend?.state.budget
    const decision = decide({
      repeatsDone: this.repeats,
      repeats: retry.repeats,
      retryable: true,
      replayable: situation.replayable,
      now: situation.now,
      deadline: this.deadline,
      floorMs: situation.floorMs,
      backoff: retry.backoff,
      random: situation.random,
      ...(budget === undefined ? {} : { budget }),
    })
    if (!decision.again) return undefined
    this.repeats++
    this.#charged = budget
    const { afterMs } = decision
    return { kind: 'repeat', afterMs, notBefore: situation.now + afterMs, because }
  }

  #fallback(situation: Situation, because: string): NextStep | undefined {
    const fallbacks = this.chosen?.fallbacks ?? []
    // A fallback may stand in the split as well; the backend that was chosen had its attempts already.
    const backend = fallbacks.find((entry, index) => index >= this.#nextFallback && entry !== this.chosen?.backend)
    if (backend === undefined || !situation.replayable || situation.now >= this.deadline) return undefined
    this.#nextFallback = fallbacks.indexOf(backend) + 1
    this.fallbacks++
    return { kind: 'fallback', backend, because }
  }

  /**
   * A safe method is sent once more when its pooled connection turned out dead (RFC 9110 section 9.2.2): that is no try of
   * any policy. Without a policy so it is after any reset before a reply, and what was certainly never sent goes to
   * another endpoint.
   */
  #mayRepeatUnasked(failure: AttemptFailure, situation: Situation): boolean {
    if (this.#impliedRepeat || !situation.replayable) return false
    const unruled = this.plan.retry === undefined && this.fallbacks === 0
    // The backend said that it did not process the request, whatever its method (RFC 9113 section 8.7).
    if (failure.kind === 'refused-stream') return unruled
    if (failure.sent)
      return situation.safe && failure.kind === 'reset' && !failure.headSeen && (unruled || situation.reused)
    return unruled && failure.kind === 'connect-failure' && (situation.backend?.state.endpoints.length ?? 0) > 1
  }
}
