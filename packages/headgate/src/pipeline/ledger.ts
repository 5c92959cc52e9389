/** The one count of attempts and time of a request, whatever caused an attempt: repeats within a backend, then fallbacks. */

import { failureMeets, responseMeets } from '@headgate/proxy'
import type { AttemptFailure, RequestBody } from '@headgate/proxy'
import { decide } from '@headgate/retry'
import type { Incoming } from '../request/incoming.ts'
import type { BackendEntry, RulePlan, SplitEntry } from '../table/plan-rule.ts'
import type { RepeatBounds } from '../backends/repeats.ts'
import type { PassingFilters } from '../table/rule-filters.ts'
import type { ReplyFailure } from './reply-judge.ts'
import type { RequestSession } from './session.ts'

/** What happens after an attempt that may be replaced. `undefined`: its result goes to the caller. */
export type NextStep = FurtherTry | typeof outOfTime

/** There are repeats left and no time for them: that is the end of the `request` clock, not the last reply's. */
const outOfTime: { readonly kind: 'out-of-time' } = Object.freeze({ kind: 'out-of-time' })

export type FurtherTry =
  | { readonly kind: 'repeat'; readonly afterMs: number; readonly notBefore: number; readonly because: string }
  | { readonly kind: 'fallback'; readonly backend: BackendEntry; readonly because: string }

/** A reply that came, but is no good: for those conditions that ask for no reply at all it counts as a broken one. */
const badReply: AttemptFailure = { kind: 'bad-response', sent: true, headSeen: true }

export class Ledger {
  readonly plan: RulePlan
  /** Infinity: the rule has no `request` clock. */
  readonly deadline: number
  /** What the split chose. */
  chosen: SplitEntry | undefined
  /** The backend that is tried now. */
  backend: BackendEntry | undefined
  /** Whose endpoint comes first. */
  session: RequestSession | undefined
  attempts = 0
  repeats = 0
  /** What made the last further try necessary. */
  because: string | undefined
  /** How many fallbacks were taken; the first backend is not one. */
  fallbacks = 0
  /** Hold a place for the repeat that is decided on or under way. */
  #holding: RepeatBounds | undefined
  /** That repeat went out. */
  #made = false
  #impliedRepeat = false
  /** The last repeat was not made because the back-off leaves no time for it. */
  #isLate = false
  #nextFallback = 0
  readonly #incoming: Incoming
  readonly #body: RequestBody
  readonly #random: () => number

  constructor(plan: RulePlan, incoming: Incoming, body: RequestBody, random: () => number, now: number) {
    this.plan = plan
    this.deadline = plan.requestMs > 0 ? now + plan.requestMs : Number.POSITIVE_INFINITY
    this.#incoming = incoming
    this.#body = body
    this.#random = random
  }

  get cause(): 'first' | 'repeat' | 'fallback' {
    if (this.fallbacks > 0) return 'fallback'
    return this.attempts > 1 ? 'repeat' : 'first'
  }

  /** Of the present attempt: the rule's and the backendRef's; a fallback has only the rule's. */
  get filters(): PassingFilters {
    return this.fallbacks === 0 && this.chosen !== undefined ? this.chosen.filters : this.plan.filters
  }

  /** An attempt goes out. */
  begin(): void {
    this.attempts++
    this.#made = true
    this.#isLate = false
  }

  /** The last repeat is over, or its reply is committed. One that is not made after all goes back to its budget. */
  settle(now: number): void {
    const bounds = this.#holding
    if (bounds === undefined) return
    this.#holding = undefined
    if (!this.#made) bounds.refund(now)
    bounds.release()
  }

  /** `floorMs`: what its `Retry-After` says, 0 if nothing. */
  afterResponse(status: number, floorMs: number, now: number): NextStep | undefined {
    return this.#afterStatus(status, String(status), floorMs, now)
  }

  /** A reply that was judged before its commit: an error inside a stream, an empty or malformed one, an error of a class. */
  afterJudged(failure: ReplyFailure, now: number): NextStep | undefined {
    const { retry, chosen } = this
    const { kind, status, errorClass } = failure
    const because = errorClass ?? kind
    if (errorClass !== undefined && chosen?.fallbackClasses.has(errorClass) === true) {
      return this.#fallback(because, now)
    }
    if (kind === 'error-event' || kind === 'error-reply') return this.#afterStatus(status, because, 0, now)
    const repeat = retry !== undefined && failureMeets(retry.on, badReply) ? this.#repeat(because, 0, now) : undefined
    const failsOver = chosen !== undefined && failureMeets(chosen.fallbackOn, badReply)
    return repeat ?? (failsOver ? this.#fallback(because, now) : undefined) ?? this.#end()
  }

  /** `reused`: the attempt went out on a connection that had served another request. */
  afterFailure(failure: AttemptFailure, reused: boolean, now: number): NextStep | undefined {
    // The caller's own clock or connection ended it: nothing is left to try for.
    if (failure.clock === 'request' || failure.kind === 'cancelled' || failure.kind === 'upload-failed')
      return undefined
    const { retry, chosen } = this
    const because = failure.kind
    if (retry !== undefined && failureMeets(retry.on, failure)) {
      const repeat = this.#repeat(because, 0, now)
      if (repeat !== undefined) return repeat
    } else if (this.#mayRepeatUnasked(failure, reused)) {
      this.#impliedRepeat = true
      this.because = because
      return { kind: 'repeat', afterMs: 0, notBefore: now, because }
    }
    const failsOver = chosen !== undefined && failureMeets(chosen.fallbackOn, failure)
    return (failsOver ? this.#fallback(because, now) : undefined) ?? this.#end()
  }

  /** The backend has no endpoint to offer, or asked not to be called: the next fallback, whatever `on` says. */
  withoutEndpoint(because: string, now: number): NextStep | undefined {
    return this.#fallback(because, now)
  }

  /** Whether any further attempt is possible at all, so that the body must be kept. */
  get mayTryAgain(): boolean {
    if (this.nextFallback !== undefined) return true
    if (this.fallbacks > 0) return false
    if (this.retry !== undefined && this.repeats < this.retry.repeats) return true
    return !this.#impliedRepeat && (this.#incoming.safe || this.#endpoints > 1 || this.#mayBeRefused)
  }

  /** Whether a stream that proves bad before its first event could be replaced: only then is it worth holding it back. */
  mayReplaceStream(now: number): boolean {
    if (!this.#body.replayable || now >= this.deadline) return false
    const { retry, chosen, backend } = this
    if (retry !== undefined && this.fallbacks === 0 && this.repeats < retry.repeats && retry.on.streams) {
      if (backend?.state.repeats.allows(now) !== false) return true
    }
    if (chosen === undefined || this.nextFallback === undefined) return false
    return chosen.fallbackClasses.size > 0 || chosen.fallbackOn.streams
  }

  /** Whether it matters what an error reply with this status, which is not replaced for its status, says. */
  mayReplaceByClass(status: number, now: number): boolean {
    if (status >= 500 || this.chosen === undefined || this.chosen.fallbackClasses.size === 0) return false
    return this.#body.replayable && now < this.deadline && this.nextFallback !== undefined
  }

  /** The fallback that would be next; undefined when there is none. */
  get nextFallback(): BackendEntry | undefined {
    const { chosen } = this
    if (chosen === undefined || chosen.fallbacks.length === 0) return undefined
    // A fallback may stand in the split as well; the backend that was chosen had its attempts already.
    return chosen.fallbacks.find((entry, index) => index >= this.#nextFallback && entry !== chosen.backend)
  }

  /** Only HTTP/2 can say of a stream that it was not processed. */
  get #mayBeRefused(): boolean {
    return this.backend !== undefined && this.backend.state.config.protocol !== 'http1'
  }

  get #endpoints(): number {
    return this.backend?.state.endpoints.length ?? 0
  }

  get retry(): RulePlan['retry'] {
    return this.plan.retry
  }

  #afterStatus(status: number, because: string, floorMs: number, now: number): NextStep | undefined {
    const { retry, chosen } = this
    const repeat =
      retry !== undefined && responseMeets(retry.on, status) ? this.#repeat(because, floorMs, now) : undefined
    const failsOver = chosen !== undefined && responseMeets(chosen.fallbackOn, status)
    return repeat ?? (failsOver ? this.#fallback(because, now) : undefined) ?? this.#end()
  }

  #end(): NextStep | undefined {
    return this.#isLate ? outOfTime : undefined
  }

  #repeat(because: string, floorMs: number, now: number): NextStep | undefined {
    const { retry } = this
    // A fallback gets exactly one attempt.
    if (retry === undefined || this.fallbacks > 0) return undefined
    this.settle(now)
    const bounds = this.backend?.state.repeats
    const decision = decide({
      repeatsDone: this.repeats,
      repeats: retry.repeats,
      retryable: true,
      replayable: this.#body.replayable,
      now,
      deadline: this.deadline,
      floorMs,
      backoff: retry.backoff,
      random: this.#random,
      ...(bounds === undefined ? {} : { budget: bounds }),
    })
    // A wait that the backend asked for is another matter: its reply says when to come back.
    this.#isLate = !decision.again && decision.reason === 'deadline' && floorMs === 0
    if (!decision.again) return undefined
    this.repeats++
    this.because = because
    this.#holding = bounds
    this.#made = false
    const { afterMs } = decision
    return { kind: 'repeat', afterMs, notBefore: now + afterMs, because }
  }

  #fallback(because: string, now: number): NextStep | undefined {
    const backend = this.nextFallback
    this.settle(now)
    if (backend === undefined || !this.#body.replayable || now >= this.deadline) return undefined
    this.#nextFallback = (this.chosen?.fallbacks ?? []).indexOf(backend, this.#nextFallback) + 1
    this.fallbacks++
    this.because = because
    return { kind: 'fallback', backend, because }
  }

  /**
   * A safe method is sent once more when its pooled connection turned out dead (RFC 9110 section 9.2.2): that is no try of
   * any policy. Without a policy so it is after any reset before a reply, and what was certainly never sent goes to
   * another endpoint.
   */
  #mayRepeatUnasked(failure: AttemptFailure, reused: boolean): boolean {
    if (this.#impliedRepeat || !this.#body.replayable) return false
    const unruled = this.retry === undefined && this.fallbacks === 0
    // The backend said that it did not process the request, whatever its method (RFC 9113 section 8.7).
    if (failure.kind === 'refused-stream') return unruled
    // A pooled connection was dead before a byte went out.
    if (failure.kind === 'reset' && !failure.sent) return unruled
    if (failure.sent) return this.#incoming.safe && failure.kind === 'reset' && !failure.headSeen && (unruled || reused)
    return unruled && failure.kind === 'connect-failure' && this.#endpoints > 1
  }
}
