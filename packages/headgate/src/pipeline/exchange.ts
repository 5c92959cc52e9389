/**
 * One request from its limits to its last byte, in the fixed order of docs/architecture.md:
 * limit, split, endpoint and admit, request filters, attempt, ledger, commit, settle.
 * Matching, and what has no route, is done before; what carries the bytes is behind Reply, RequestBody and Attempt.
 */

import { Attempt, retryAfterMs } from '@headgate/proxy'
import type { AttemptFailure, AttemptListener, RequestBody, Tunnel } from '@headgate/proxy'
import { closingAnswer, type Answer } from '../answers.ts'
import type { RequestResult } from '../events.ts'
import type { Incoming } from '../request/incoming.ts'
import type { Reply, ReplyOwner } from '../reply.ts'
import type { InFlight, Runtime } from '../runtime.ts'
import type { BackendEntry, RulePlan, SplitEntry } from '../table/plan-rule.ts'
import type { PassingFilters } from '../table/rule-filters.ts'
import { ExchangeAlarms } from './alarms.ts'
import { answerFor } from './failure-answer.ts'
import { admit } from './admission.ts'
import { withCors } from './answering.ts'
import { attemptHeaders, attemptTarget, modifyHeaders } from './filters.ts'
import { HeldReply, holdMs } from './held-reply.ts'
import { Ledger, type NextStep, type Situation } from './ledger.ts'
import type { Matched } from './matched.ts'
import { sendMirrors } from './mirror.ts'
import { announceStep } from './notices.ts'
import { Outbound } from './outbound.ts'
import type { Phase } from './phase.ts'
import { noPlaceAnswer, takePlace, type NoPlace, type Place } from './place.ts'

export class Exchange implements AttemptListener<Attempt>, ReplyOwner, InFlight {
  previous: InFlight | null = null
  next: InFlight | null = null
  readonly #runtime: Runtime
  readonly #plan: RulePlan
  readonly #matched: Matched
  readonly #incoming: Incoming
  readonly #body: RequestBody
  readonly #outbound: Outbound
  readonly #ledger: Ledger
  readonly #alarms: ExchangeAlarms
  #phase: Phase = 'preparing'
  #entry: SplitEntry | undefined
  #backend: BackendEntry | undefined
  #tried = 0
  #attempt: Attempt | undefined
  #place: Place | undefined
  #held: HeldReply | undefined
  #step: NextStep | undefined

  constructor(runtime: Runtime, matched: Matched, incoming: Incoming, body: RequestBody, reply: Reply) {
    const now = runtime.wheel.now()
    this.#runtime = runtime
    const { plan } = matched
    this.#plan = plan
    this.#matched = matched
    this.#incoming = incoming
    this.#body = body
    this.#outbound = new Outbound(runtime, plan, incoming, reply, now)
    this.#ledger = new Ledger(plan, plan.requestMs > 0 ? now + plan.requestMs : Number.POSITIVE_INFINITY)
    this.#alarms = new ExchangeAlarms(this, runtime.wheel, plan.requestMs)
  }

  start(): void {
    this.#runtime.enter(this)
    this.#outbound.reply.bind(this)
    if (this.#phase === 'over') return
    const admitted = admit(this.#runtime, this.#matched, this.#incoming)
    if ('code' in admitted) return this.#answer(admitted)
    this.#entry = admitted
    this.#backend = admitted.backend
    this.#ledger.chosen = admitted
    this.#body.prepare((error) => {
      if (error !== undefined) this.callerGone()
      else if (this.#phase === 'preparing') this.#tryBackend()
    })
  }

  /** Stage 8: an endpoint of the present backend, or its fallback. */
  #tryBackend(): void {
    const backend = this.#backend
    if (backend === undefined) return
    // While a reply was held more of the upload may have come than is kept.
    if (!this.#body.replayable) return this.#giveUp({ code: 'upstream_failed' })
    const now = this.#runtime.wheel.now()
    const taken = takePlace(backend.state, this.#tried, now)
    if (typeof taken === 'string') return this.#withoutPlace(backend, taken, now)
    this.#tried |= 1 << (taken.index & 31)
    if (this.#ledger.repeats === 0 || this.#ledger.fallbacks > 0) backend.state.budget?.request(now)
    this.#place = taken.place
    this.#send(backend, taken.place)
  }

  #withoutPlace(backend: BackendEntry, why: NoPlace, now: number): void {
    const step = this.#ledger.withoutEndpoint(this.#situation(now, 0), why)
    if (step !== undefined) return this.#go(step)
    this.#giveUp(noPlaceAnswer(why, backend.state, now))
  }

  /** Stages 9 and 10. */
  #send(backend: BackendEntry, place: Place): void {
    const incoming = this.#incoming
    const filters = this.#filters()
    const headers = attemptHeaders(incoming, this.#plan, filters, backend)
    const target = attemptTarget(incoming, filters, this.#matched.prefix)
    const attempt = new Attempt(place.endpoint.endpoint, this.#runtime.wheel, this.#plan.clocks, this)
    this.#attempt = attempt
    this.#phase = 'attempting'
    this.#ledger.begin()
    this.#alarms.armStep(this.#plan.retry?.perTryMs ?? 0)
    const body = this.#body.open()
    if (!this.#ledger.mayTryAgain(backend.state.endpoints.length, this.#incoming.safe)) this.#body.release()
    if (this.#outbound.reply.upgrade === undefined) attempt.start(incoming.method, target, headers, body, this.#body)
    else attempt.upgrade(target, headers)
    if (this.#ledger.attempts === 1) sendMirrors(this.#runtime, this.#plan, incoming, filters, target, body, this.#body)
  }

  /** The rule's and the backendRef's; a fallback has only the rule's. */
  #filters(): PassingFilters {
    return this.#ledger.fallbacks === 0 && this.#entry !== undefined ? this.#entry.filters : this.#plan.filters
  }

  attemptHead(attempt: Attempt, status: number, statusText: string, headers: string[]): void {
    if (attempt !== this.#attempt) return
    const now = this.#runtime.wheel.now()
    this.#alarms.disarmStep()
    this.#place?.head(status, now)
    const floorMs = status < 400 ? 0 : (retryAfterMs(headers, Date.now()) ?? 0)
    const step = status < 400 ? undefined : this.#ledger.afterResponse(status, this.#situation(now, floorMs))
    this.#plan.answering.cors?.apply(headers, this.#incoming.header('origin'))
    modifyHeaders(headers, this.#filters().response)
    if (step === undefined) return this.#commit(attempt, statusText, headers)
    this.#held = new HeldReply(status, statusText, headers, this.#backend?.state.name)
    this.#step = step
    this.#phase = 'holding'
    this.#alarms.armStep(holdMs)
  }

  attemptData(attempt: Attempt, chunk: Buffer): boolean {
    if (attempt !== this.#attempt) return true
    if (this.#phase === 'committed') return this.#outbound.write(chunk)
    if (this.#held?.add(chunk) === false) attempt.cancel()
    return true
  }

  attemptEnded(attempt: Attempt, trailers: string[] | undefined): void {
    if (attempt !== this.#attempt) return
    this.#place?.ended(this.#runtime.wheel.now())
    this.#attemptOver(attempt, attempt.status >= 400 ? String(attempt.status) : 'ok', undefined)
    if (this.#phase === 'committed') {
      this.#outbound.reply.end(trailers)
      this.#finish('completed', undefined)
    } else if (this.#held !== undefined) {
      this.#held.complete = true
      this.#proceed()
    }
  }

  attemptFailed(attempt: Attempt, failure: AttemptFailure): void {
    if (attempt !== this.#attempt) return
    const now = this.#runtime.wheel.now()
    this.#alarms.disarmStep()
    this.#place?.failed(failure, this.#body.awaitsCaller || this.#outbound.blocked, now)
    this.#attemptOver(attempt, failure.kind, failure.clock)
    if (this.#phase === 'committed') {
      const { code } = answerFor(failure, 0)
      this.#outbound.breakOff(code)
      return this.#finish('broken', code)
    }
    if (this.#phase === 'holding') return this.#proceed()
    if (failure.kind === 'upload-failed') return this.callerGone()
    const step = this.#ledger.afterFailure(failure, this.#situation(now, 0, attempt.reused))
    if (step === undefined) return this.#giveUp(answerFor(failure, this.#ledger.repeats))
    this.#go(step)
  }

  /** The held reply is whole, too long, or took too long: what was decided at its head happens now. */
  #proceed(): void {
    const step = this.#step
    this.#alarms.disarmStep()
    if (this.#held?.complete === false) this.#held = undefined
    if (step !== undefined) this.#go(step)
  }

  #go(step: NextStep): void {
    this.#step = undefined
    if (step.kind === 'out-of-time') return this.#giveUp({ code: 'request_timeout' })
    announceStep(this.#runtime, this.#outbound, this.#ledger, step, this.#backend?.state.name ?? '')
    if (step.kind === 'fallback') {
      this.#backend = step.backend
      this.#tried = 0
      return this.#tryBackend()
    }
    const waitMs = step.notBefore - this.#runtime.wheel.now()
    if (waitMs <= 0) return this.#tryBackend()
    this.#phase = 'waiting'
    this.#alarms.armStep(waitMs)
  }

  stepRang(): void {
    if (this.#phase === 'waiting') this.#tryBackend()
    else if (this.#phase === 'holding') this.#attempt?.cancel()
    else if (this.#phase === 'attempting') this.#attempt?.timeOut('perTry')
  }

  requestRang(): void {
    if (this.#attempt !== undefined && this.#phase !== 'holding') return this.#attempt.timeOut('request')
    this.#dropAttempt()
    this.#giveUp({ code: 'request_timeout' })
  }

  /** Stage 12: from here on the reply belongs to the caller. */
  #commit({ status, headAlone }: Attempt, statusText: string, headers: string[]): void {
    this.#held = undefined
    this.#body.release()
    this.#phase = 'committed'
    if (!this.#outbound.head(status, statusText, headers, this.#ledger.attempts, headAlone)) this.#unwritable()
  }

  /** The backend took the upgrade: the attempt lives on until the tunnel ends. */
  attemptUpgraded(attempt: Attempt, headers: string[], tunnel: Tunnel): void {
    if (attempt !== this.#attempt) return attempt.cancel()
    this.#alarms.disarmStep()
    this.#place?.head(101, this.#runtime.wheel.now())
    modifyHeaders(headers, this.#filters().response)
    this.#phase = 'committed'
    if (!this.#outbound.upgrade(headers, tunnel)) this.#unwritable()
  }

  /** The head of the reply holds something that cannot be written; nothing was sent. */
  #unwritable(): void {
    this.#dropAttempt()
    this.#answer({ code: 'upstream_invalid' })
  }

  /** No further attempt: the last real reply if it was kept and in time, else an answer of headgate's own. */
  #giveUp(answer: Answer): void {
    const held = answer.code === 'request_timeout' ? undefined : this.#held
    if (held === undefined || !this.#outbound.replay(held, this.#ledger.attempts)) return this.#answer(answer)
    this.#finish('completed', undefined)
  }

  #answer(answer: Answer): void {
    this.#outbound.answer(withCors(answer, this.#plan.answering, this.#incoming), this.#ledger.attempts)
    this.#finish('answered', answer.code)
  }

  drained(): void {
    this.#outbound.blocked = false
    this.#attempt?.resume()
  }

  callerGone(): void {
    this.#dropAttempt()
    if (this.#phase !== 'over') this.#outbound.reply.cut(undefined)
    this.#finish('abandoned', undefined)
  }

  /** Used when the drain limit of `close()` is over. */
  breakOff(): void {
    if (this.#phase === 'over') return
    const committed = this.#phase === 'committed'
    this.#dropAttempt()
    if (!committed) return this.#answer(closingAnswer)
    this.#outbound.breakOff('closing')
    this.#finish('broken', 'closing')
  }

  #dropAttempt(): void {
    const attempt = this.#attempt
    if (attempt === undefined) return
    this.#place?.abandon(this.#runtime.wheel.now())
    this.#attemptOver(attempt, 'cancelled', undefined)
    attempt.cancel()
  }

  #attemptOver(attempt: Attempt, outcome: string, clock: string | undefined): void {
    this.#place?.report(this.#outbound.journal, attempt.status, outcome, clock, this.#runtime.wheel.now())
    this.#attempt = undefined
    this.#place = undefined
  }

  #situation(now: number, floorMs: number, reused = false): Situation {
    const { replayable } = this.#body
    const { safe } = this.#incoming
    return { now, replayable, safe, reused, floorMs, backend: this.#backend, random: this.#runtime.random }
  }

  #finish(result: RequestResult, code: string | undefined): void {
    if (this.#phase === 'over') return
    const now = this.#runtime.wheel.now()
    this.#phase = 'over'
    this.#alarms.disarmAll()
    this.#ledger.refund(now)
    // Whoever reads the rest of an upload now, it is not this exchange.
    this.#body.destroy()
    this.#runtime.leave(this)
    const backend = this.#held?.backend ?? this.#backend?.state.name
    this.#outbound.close(result, code, result === 'answered' ? undefined : backend, now)
  }
}
