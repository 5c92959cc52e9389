/**
 * One request from its limits to its last byte, in the fixed order of docs/architecture.md:
 * limit, split, endpoint and admit, request filters, attempt, ledger, commit, settle.
 * Matching, and what has no route, is done before; what carries the bytes is behind Reply, RequestBody and Attempt; what
 * becomes of a backend's reply is decided in `delivery.ts`.
 */

import { Attempt } from '@headgate/proxy'
import type { GatherProblem, RequestBody } from '@headgate/proxy'
import { closingAnswer, type Answer } from '../answers.ts'
import type { RequestResult } from '../events.ts'
import { holdMeters } from '../meters/attach.ts'
import type { Incoming } from '../request/incoming.ts'
import type { Reply, ReplyOwner } from '../reply.ts'
import type { InFlight, Runtime } from '../runtime.ts'
import type { BackendEntry, RulePlan } from '../table/plan-rule.ts'
import { admit } from './admission.ts'
import { withCors } from './answering.ts'
import { coolsDown } from './cooldown.ts'
import { Delivery } from './delivery.ts'
import type { DeliveryOwner } from './delivery-owner.ts'
import type { NextStep } from './ledger.ts'
import type { Matched } from './matched.ts'
import { announceStep } from './notices.ts'
import { noPlaceAnswer, takePlace, type NoPlace, type Taken } from './place.ts'
import { bodyAnswer, wholeBytes } from './prepare-body.ts'
import { sendAttempt } from './send-attempt.ts'

export class Exchange implements DeliveryOwner, ReplyOwner, InFlight {
  previous: InFlight | null = null
  next: InFlight | null = null
  readonly #runtime: Runtime
  readonly #plan: RulePlan
  readonly #matched: Matched
  readonly #incoming: Incoming
  readonly #body: RequestBody
  readonly #delivery: Delivery
  #tried = 0

  constructor(runtime: Runtime, matched: Matched, incoming: Incoming, body: RequestBody, reply: Reply) {
    this.#runtime = runtime
    this.#plan = matched.plan
    this.#matched = matched
    this.#incoming = incoming
    this.#body = body
    this.#delivery = new Delivery(runtime, matched, incoming, body, reply, this)
  }

  start(): void {
    this.#runtime.enter(this)
    this.#delivery.reply.bind(this)
    if (this.#delivery.phase === 'over') return
    const admitted = admit(this.#runtime, this.#matched, this.#incoming, this.#delivery)
    if ('code' in admitted) return this.#answer(admitted)
    this.#delivery.ledger.chosen = admitted
    this.#delivery.ledger.backend = admitted.backend
    this.#body.prepare((problem) => this.#prepared(problem), wholeBytes(this.#plan, this.#incoming))
  }

  #prepared(problem: GatherProblem | undefined): void {
    const { phase, ledger } = this.#delivery
    const { backend } = ledger
    if (phase !== 'preparing' || backend === undefined) return
    if (problem === undefined) return this.#tryFirst(backend)
    const answer = bodyAnswer(problem)
    if (answer === undefined) this.callerGone()
    else this.#answer(answer)
  }

  /** A backend that asked this caller not to come back yet is passed over where there is another one. */
  #tryFirst(backend: BackendEntry): void {
    const { ledger } = this.#delivery
    const { nextFallback } = ledger
    if (nextFallback !== undefined && !backend.state.cooldowns.empty) {
      const now = this.#runtime.wheel.now()
      const away = coolsDown(backend, this.#incoming, now) && !coolsDown(nextFallback, this.#incoming, now)
      if (away) this.#delivery.record?.passed({ backend: backend.state.name, because: 'cooldown' })
      const step = away ? ledger.withoutEndpoint('cooldown', now) : undefined
      if (step !== undefined) return this.go(step)
    }
    this.#tryBackend()
  }

  /** Stage 8: an endpoint of the present backend, or its fallback. */
  #tryBackend(): void {
    const { ledger } = this.#delivery
    const { backend } = ledger
    if (backend === undefined) return
    // While a reply was held more of the upload may have come than is kept.
    if (!this.#body.replayable) return this.giveUp({ code: 'upstream_failed' })
    const now = this.#runtime.wheel.now()
    const mayPanic = ledger.nextFallback === undefined
    const { record } = this.#delivery
    const taken = takePlace(backend.state, this.#tried, now, this.#incoming, mayPanic, ledger.session, record)
    if (typeof taken === 'string') return this.#withoutPlace(backend, taken, now)
    backend.state.meter?.attemptBegan(this.#tried !== 0, ledger.fallbacks > 0)
    this.#tried |= 1 << (taken.index & 31)
    if (ledger.repeats === 0 || ledger.fallbacks > 0) backend.state.repeats.request(this.#incoming.isRepeat, now)
    this.#send(backend, taken)
  }

  #withoutPlace(backend: BackendEntry, why: NoPlace, now: number): void {
    const step = this.#delivery.ledger.withoutEndpoint(why, now)
    if (step !== undefined) return this.go(step)
    this.giveUp(noPlaceAnswer(why, backend.state, now, this.#delivery.ledger.session))
  }

  /** Stages 9 and 10. */
  #send(backend: BackendEntry, taken: Taken): void {
    const delivery = this.#delivery
    const { ledger, reply } = delivery
    const attempt = new Attempt(taken.place.endpoint.endpoint, this.#runtime.wheel, this.#plan.clocks, delivery)
    delivery.begin(attempt, taken)
    const upload = this.#body.open()
    // An early head is for those whose body asks for a stream.
    const keeps = this.#plan.earlyHead !== undefined || ledger.mayTryAgain
    if (!keeps) this.#body.release()
    const outgoing = {
      matched: this.#matched,
      incoming: this.#incoming,
      filters: ledger.filters,
      backend,
      upload,
      body: this.#body,
      followed: delivery.followed,
    }
    sendAttempt(this.#runtime, attempt, outgoing, ledger.attempts === 1, reply.upgrade !== undefined)
  }

  /** A further attempt, now or after a wait. */
  go(step: NextStep): void {
    if (step.kind === 'out-of-time') return this.giveUp({ code: 'request_timeout' })
    const delivery = this.#delivery
    announceStep(this.#runtime, delivery, step, delivery.ledger.backend?.state.name ?? '')
    if (step.kind === 'fallback') {
      delivery.ledger.backend = step.backend
      this.#tried = 0
      return this.#tryBackend()
    }
    const waitMs = step.notBefore - this.#runtime.wheel.now()
    if (waitMs <= 0) return this.#tryBackend()
    delivery.wait(waitMs)
  }

  waitOver(): void {
    this.#tryBackend()
  }

  /** The clock of the whole request ran out while nothing of an attempt was awaited. */
  tooLate(): void {
    this.#delivery.drop()
    this.giveUp({ code: 'request_timeout' })
  }

  /** No further attempt: the last real reply if it was kept and in time, else an answer of headgate's own. */
  giveUp(answer: Answer): void {
    const delivery = this.#delivery
    const kept = answer.code === 'request_timeout' ? undefined : delivery.kept
    if (kept === undefined || !delivery.replay(kept)) return this.#answer(answer)
    this.finish(delivery.early ? 'broken' : 'completed', undefined)
  }

  /** The head of the reply holds something that cannot be written; nothing was sent. */
  unwritable(): void {
    this.#delivery.drop()
    this.#answer({ code: 'upstream_invalid' })
  }

  #answer(answer: Answer): void {
    this.#delivery.answer(withCors(answer, this.#plan.answering, this.#incoming))
    this.finish(this.#delivery.early ? 'broken' : 'answered', answer.code)
  }

  drained(): void {
    this.#delivery.drained()
  }

  callerGone(): void {
    this.#delivery.drop()
    if (this.#delivery.phase !== 'over') this.#delivery.reply.cut(undefined)
    this.finish('abandoned', undefined)
  }

  /** Used when the drain limit of `close()` is over. */
  breakOff(): void {
    const delivery = this.#delivery
    if (delivery.phase === 'over') return
    const committed = delivery.phase === 'committed'
    delivery.drop()
    if (!committed) return this.#answer(closingAnswer)
    delivery.breakOff('closing')
    this.finish('broken', 'closing')
  }

  holdMeters(): void {
    holdMeters(this.#plan)
  }

  finish(result: RequestResult, code: string | undefined, now: number = this.#runtime.wheel.now()): void {
    const delivery = this.#delivery
    if (delivery.phase === 'over') return
    delivery.over(now)
    // Whoever reads the rest of an upload now, it is not this exchange.
    this.#body.destroy()
    this.#runtime.leave(this)
    delivery.close(result, code, now)
  }
}
