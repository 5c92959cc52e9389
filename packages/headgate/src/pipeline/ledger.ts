/** The one count of attempts and time of a request, whatever caused an attempt: repeats within a backend, then fallbacks. */

import { failureMeets, responseMeets } from '@headgate/proxy'
import type { AttemptFailure } from '@headgate/proxy'
import { decide } from '@headgate/retry'
import type { BackendEntry, RulePlan, SplitEntry } from '../table/plan-rule.ts'
import type { RepeatBounds } from '../table/repeats.ts'
import type { ReplyFailure } from './reply-judge.ts'

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

/** A reply that came, but is no good: for those conditions that ask for no reply at all it counts as a broken one. */
const badReply: AttemptFailure = { kind: 'bad-response', sent: true, headSeen: true }

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
  /** Hold a place for the repeat that is decided on or under way. */
  #holding: RepeatBounds | undefined
  /** That repeat went out. */
  #made = false
  #impliedRepeat = false
  #nextFallback = 0

  constructor(plan: RulePlan, deadline: number) {
    this.plan = plan
    this.deadline = deadline
  }

  /** An attempt goes out. */
  begin(): void {
    this.attempts++
    this.#made = true
  }

  /** The last repeat is over, or its reply is committed. One that is not made after all goes back to its budget. */
  settle(now: number): void {
    const bounds = this.#holding
    if (bounds === undefined) return
    this.#holding = undefined
    if (!this.#made) bounds.refund(now)
    bounds.release()
  }

  afterResponse(status: number, situation: Situation): NextStep | undefined {
    return this.#afterStatus(status, String(status), situation)
  }

  /** A reply that was judged before its commit: an error inside a stream, an empty or malformed one, an error of a class. */
  afterJudged(failure: ReplyFailure, situation: Situation): NextStep | undefined {
    const { retry, chosen } = this
    const { kind, status, errorClass } = failure
    const because = errorClass ?? kind
    if (errorClass !== undefined && chosen?.fallbackClasses.has(errorClass) === true) {
      return this.#fallback(situation, because)
    }
    if (kind === 'error-event' || kind === 'error-reply') return this.#afterStatus(status, because, situation)
    const repeat =
      retry !== undefined && failureMeets(retry.on, badReply) ? this.#repeat(situation, because) : undefined
    const failsOver = chosen !== undefined && failureMeets(chosen.fallbackOn, badReply)
    return repeat ?? (failsOver ? this.#fallback(situation, because) : undefined)
  }

  afterFailure(failure: AttemptFailure, situation: Situation): NextStep | undefined {
    // The caller's own clock or connection ended it: nothing is left to try for.
    if (failure.clock === 'request' || failure.kind === 'cancelled' || failure.kind === 'upload-failed')
      return undefined
    const { retry, chosen } = this
    const because = failure.kind
    if (retry !== undefined && failureMeets(retry.on, failure)) {
      const repeat = this.#repeat(situation, because)
      if (repeat !== undefined) return repeat
    } else if (this.#mayRepeatUnasked(failure, situation)) {
      this.#impliedRepeat = true
      return { kind: 'repeat', afterMs: 0, notBefore: situation.now, because }
    }
    const failsOver = chosen !== undefined && failureMeets(chosen.fallbackOn, failure)
    return failsOver ? this.#fallback(situation, because) : undefined
  }

  /** The backend has no endpoint to offer, or asked not to be called: the next fallback, whatever `on` says. */
  withoutEndpoint(situation: Situation, because: string): NextStep | undefined {
    return this.#fallback(situation, because)
  }

  /** Whether any further attempt is possible at all, so that the body must be kept. */
  mayTryAgain(endpoints: number, safe: boolean): boolean {
    if (this.nextFallback !== undefined) return true
    if (this.fallbacks > 0) return false
    if (this.retry !== undefined && this.repeats < this.retry.repeats) return true
    return !this.#impliedRepeat && (safe || endpoints > 1)
  }

  /** Whether a stream that proves bad before its first event could be replaced: only then is it worth holding it back. */
  mayReplaceStream({ replayable, now, backend }: Situation): boolean {
    if (!replayable || now >= this.deadline) return false
    const { retry, chosen } = this
    if (retry !== undefined && this.fallbacks === 0 && this.repeats < retry.repeats && retry.on.streams) {
      if (backend?.state.repeats.allows(now) !== false) return true
    }
    if (chosen === undefined || this.nextFallback === undefined) return false
    return chosen.fallbackClasses.size > 0 || chosen.fallbackOn.streams
  }

  /** Whether it matters what an error reply with this status, which is not replaced for its status, says. */
  mayReplaceByClass(status: number, { replayable, now }: Situation): boolean {
    if (status >= 500 || this.chosen === undefined || this.chosen.fallbackClasses.size === 0) return false
    return replayable && now < this.deadline && this.nextFallback !== undefined
  }

  /** The fallback that would be next; undefined when there is none. */
  get nextFallback(): BackendEntry | undefined {
    const { chosen } = this
    // A fallback may stand in the split as well; the backend that was chosen had its attempts already.
    return chosen?.fallbacks.find((entry, index) => index >= this.#nextFallback && entry !== chosen.backend)
  }

  get retry(): RulePlan['retry'] {
    return this.plan.retry
  }

  #afterStatus(status: number, because: string, situation: Situation): NextStep | undefined {
    const { retry, chosen } = this
    const repeat = retry !== undefined && responseMeets(retry.on, status) ? this.#repeat(situation, because) : undefined
    const failsOver = chosen !== undefined && responseMeets(chosen.fallbackOn, status)
    return repeat ?? (failsOver ? this.#fallback(situation, because) : undefined)
  }

  #repeat(situation: Situation, because: string): NextStep | undefined {
    const { retry } = this
    // A fallback gets exactly one attempt.
    if (retry === undefined || this.fallbacks > 0) return undefined
    this.settle(situation.now)
    const bounds = situation.backend?.state.repeats
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
      ...(bounds === undefined ? {} : { budget: bounds }),
    })
    if (!decision.again) return undefined
    this.repeats++
    this.#holding = bounds
    this.#made = false
    const { afterMs } = decision
    return { kind: 'repeat', afterMs, notBefore: situation.now + afterMs, because }
  }

  #fallback(situation: Situation, because: string): NextStep | undefined {
    const backend = this.nextFallback
    this.settle(situation.now)
    if (backend === undefined || !situation.replayable || situation.now >= this.deadline) return undefined
    this.#nextFallback = (this.chosen?.fallbacks ?? []).indexOf(backend, this.#nextFallback) + 1
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
    const unruled = this.retry === undefined && this.fallbacks === 0
    // The backend said that it did not process the request, whatever its method (RFC 9113 section 8.7).
    if (failure.kind === 'refused-stream') return unruled
    if (failure.sent)
      return situation.safe && failure.kind === 'reset' && !failure.headSeen && (unruled || situation.reused)
    return unruled && failure.kind === 'connect-failure' && (situation.backend?.state.endpoints.length ?? 0) > 1
  }
}
