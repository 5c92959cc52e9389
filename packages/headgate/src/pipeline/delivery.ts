/**
 * What becomes of the replies of a request's attempts: passed on, held until it is clear that they are good, or replaced.
 * It chooses no backend and sends nothing: what follows is told to its owner.
 */

import type { Attempt, AttemptFailure, AttemptListener, RequestBody, Tunnel } from '@headgate/proxy'
import type { Incoming } from '../request/incoming.ts'
import type { Reply } from '../reply.ts'
import type { Runtime } from '../runtime.ts'
import { ExchangeAlarms, type AlarmOwner } from './alarms.ts'
import { readFloor } from './cooldown.ts'
import { answerFor, failureOutcome } from './failure-answer.ts'
import { replyHeaders } from './filters.ts'
import { HeardReply } from './heard-reply.ts'
import { HeldReply } from './held-reply.ts'
import type { DeliveryOwner } from './delivery-owner.ts'
import { holdTime } from './hold-time.ts'
import type { NextStep } from './ledger.ts'
import type { Matched } from './matched.ts'
import { Outbound } from './outbound.ts'
import type { Phase } from './phase.ts'
import type { Place, Taken } from './place.ts'
import { ErrorReplyJudge, streamJudge, type JudgeVerdict, type ReplyJudge } from './reply-judge.ts'
import { StreamWatch } from './stream-watch.ts'

export class Delivery extends Outbound implements AttemptListener<Attempt>, AlarmOwner {
  phase: Phase = 'preparing'
  readonly #owner: DeliveryOwner
  readonly #alarms: ExchangeAlarms
  #attempt: Attempt | undefined
  #place: Place | undefined
  /** Of the attempt under way: what the caller has not seen yet. */
  #held: HeldReply | undefined
  #watch: StreamWatch | undefined
  /** When the clock of the try runs out. */
  #tryEnds = Number.POSITIVE_INFINITY

  constructor(
    runtime: Runtime,
    matched: Matched,
    incoming: Incoming,
    body: RequestBody,
    reply: Reply,
    owner: DeliveryOwner,
  ) {
    super(runtime, matched, incoming, body, reply)
    this.#owner = owner
    this.#alarms = new ExchangeAlarms(this, runtime.wheel, matched.plan)
  }

  begin(attempt: Attempt, { place, pick }: Taken): void {
    this.#attempt = attempt
    this.#place = place
    this.phase = 'attempting'
    this.ledger.begin()
    const { cause, because } = this.ledger
    attempt.marks = this.journal?.begin(place, cause, because, pick) ?? place.waitMarks()
    const { ms } = this.plan.tryClock
    this.#tryEnds = ms > 0 ? place.takenAt + ms : Number.POSITIVE_INFINITY
    this.#alarms.armStep(ms)
  }

  wait(ms: number): void {
    this.phase = 'waiting'
    this.#alarms.armStep(ms)
  }

  attemptHead(attempt: Attempt, status: number, statusText: string, headers: string[]): void {
    if (attempt !== this.#attempt) return
    const now = this.runtime.wheel.now()
    this.#place?.head(status, now)
    const judge = streamJudge(this.plan, this.incoming, status, headers)
    if (judge !== undefined) this.journal?.firstEvent(0)
    if (this.record !== undefined || this.#place?.backend.meter?.tokens !== undefined)
      this.heard = HeardReply.open(this.dialect, status, headers, this.followed?.replyBytes ?? 0)
    const floorMs = status < 400 ? 0 : readFloor(status, headers, this.ledger.backend, this.incoming, now)
    this.plan.answering.cors?.apply(headers, this.incoming.header('origin'))
    replyHeaders(headers, this.plan, this.incoming, this.ledger, this.#place)
    if (status >= 400 && this.#heldForError(status, statusText, headers, floorMs, now)) return
    if (judge !== undefined && this.ledger.mayReplaceStream(now)) {
      return this.#hold(status, statusText, headers, undefined, judge)
    }
    // A head of headgate's own is out: only a stream can follow it.
    if (this.early && judge === undefined) return this.#hold(status, statusText, headers)
    this.#commit(attempt, statusText, headers, judge)
  }

  /** Whether an error reply will be replaced, or has to be read first. */
  #heldForError(status: number, statusText: string, headers: string[], floorMs: number, now: number): boolean {
    const step = this.ledger.afterResponse(status, floorMs, now)
    if (step === undefined && !this.ledger.mayReplaceByClass(status, now)) return false
    const judge = step === undefined ? new ErrorReplyJudge(status) : undefined
    this.#hold(status, statusText, headers, step, judge)
    return true
  }

  /**
   * Held back until its judge decides, or because it will be replaced; with neither it is the last one, to be told in the stream
   * that has begun.
   */
  #hold(status: number, statusText: string, headers: string[], step?: NextStep, judge?: ReplyJudge): void {
    this.#held = new HeldReply(status, statusText, headers, this.ledger.backend?.state.name, judge, step)
    this.phase = judge === undefined ? 'holding' : 'judging'
    // A stream that is judged goes on under the clocks of its try.
    if (judge !== undefined && status < 400) return
    this.#alarms.armStep(holdTime(this.runtime.wheel.now(), this.#tryEnds, this.ledger.deadline))
  }

  attemptData(attempt: Attempt, chunk: Buffer): boolean {
    if (attempt !== this.#attempt) return true
    this.journal?.received(chunk.length)
    this.heard?.add(chunk)
    if (this.phase === 'committed') return this.#pass(chunk, attempt.ownChunks)
    const held = this.#held
    if (held?.add(chunk) === false) attempt.cancel()
    return held?.judge === undefined || this.#judged(attempt, held, held.judge, held.judge.push(chunk))
  }

  /** False: the caller has to read first. */
  #judged(attempt: Attempt, held: HeldReply, judge: ReplyJudge, verdict: JudgeVerdict): boolean {
    if (verdict === 'hold') return true
    const { failure } = judge
    const now = this.runtime.wheel.now()
    if (failure === undefined) {
      if (held.status < 400) this.spoke(now)
      return this.#release(attempt, held)
    }
    this.#place?.streamFailed(failure.status, now)
    const step = this.ledger.afterJudged(failure, now)
    if (step === undefined) return this.#release(attempt, held)
    this.#keep(failure.kind === 'error-event' || failure.kind === 'error-reply')
    this.#place?.ended(now)
    this.#attemptOver(attempt, failure.errorClass ?? failure.kind)
    attempt.cancel()
    this.#alarms.disarmStep()
    this.#owner.go(step)
    return true
  }

  /** What was held is good, or the best there is: it goes to the caller. */
  #release(attempt: Attempt, held: HeldReply): boolean {
    this.#held = undefined
    this.#commit(attempt, held.statusText, held.headers, undefined)
    if (this.phase !== 'committed') return true
    if (held.status < 400) this.#watch = new StreamWatch(undefined, this.dialect, held.judge?.failure)
    let flows = true
    for (const chunk of held.chunks) flows = this.#pass(chunk)
    return flows
  }

  #pass(chunk: Buffer, own = false): boolean {
    // A judge holds what it has not decided on.
    const free = own && this.#watch?.judging !== true
    if (this.#watch !== undefined) this.#see(this.#watch, chunk)
    return this.write(chunk, free)
  }

  /** An error that a stream tells after its commit counts for the breaker, and changes nothing for the caller. */
  #see(watch: StreamWatch, chunk: Buffer): void {
    const verdict = watch.see(chunk)
    if (verdict === 'hold') return
    this.#alarms.disarmStep()
    const now = this.runtime.wheel.now()
    if (verdict === 'failed') return this.#place?.streamFailed(watch.status, now)
    this.spoke(now)
    this.#place?.good(now)
  }

  attemptEnded(attempt: Attempt, trailers: string[] | undefined): void {
    if (attempt !== this.#attempt) return
    const held = this.#held
    if (held?.judge !== undefined) this.#judged(attempt, held, held.judge, held.judge.end())
    if (attempt !== this.#attempt) return
    const now = this.runtime.wheel.now()
    if (this.#watch?.end() === 'failed') this.#place?.streamFailed(this.#watch.status, now)
    this.#place?.ended(now)
    const { status } = attempt
    this.#attemptOver(attempt, this.#watch?.outcome ?? (status >= 400 ? String(status) : 'ok'))
    this.#keep(true)
    if (this.phase === 'holding') return this.#proceed(held?.step)
    this.end(trailers)
    this.#owner.finish('completed', undefined, now)
  }

  attemptFailed(attempt: Attempt, failure: AttemptFailure): void {
    if (attempt !== this.#attempt) return
    const now = this.runtime.wheel.now()
    this.#alarms.disarmStep()
    this.#place?.failed(failure, this.body.awaitsCaller || this.blocked, now)
    this.#attemptOver(attempt, failureOutcome(failure, attempt.status, this.phase), failure.clock)
    const replacement = this.#held?.step
    this.#keep(false)
    if (this.phase === 'committed') {
      // The caller's side of a tunnel is gone.
      if (failure.kind === 'cancelled') return this.#owner.callerGone()
      const { code } = answerFor(failure, 0)
      this.breakOff(code)
      return this.#owner.finish('broken', code, now)
    }
    if (this.phase === 'holding') return this.#proceed(replacement)
    if (failure.kind === 'upload-failed') return this.#owner.callerGone()
    const step = this.ledger.afterFailure(failure, attempt.reused, now)
    if (step === undefined) return this.#owner.giveUp(answerFor(failure, this.ledger.repeats))
    this.#owner.go(step)
  }

  /** The backend took the upgrade: the attempt lives on until the tunnel ends. */
  attemptUpgraded(attempt: Attempt, headers: string[], tunnel: Tunnel): void {
    if (attempt !== this.#attempt) return attempt.cancel()
    this.#alarms.disarmStep()
    const now = this.runtime.wheel.now()
    this.#place?.head(101, now)
    this.#place?.good(now)
    replyHeaders(headers, this.plan, this.incoming, this.ledger, this.#place)
    this.settle(now)
    this.phase = 'committed'
    if (!this.upgrade(headers, tunnel)) this.#owner.unwritable()
  }

  /** The held reply is whole, too long, or took too long: what was decided at its head happens now. */
  #proceed(step: NextStep | undefined): void {
    this.#alarms.disarmStep()
    if (step === undefined) this.#owner.giveUp({ code: 'upstream_failed' })
    else this.#owner.go(step)
  }

  stepRang(): void {
    const attempt = this.#attempt
    const held = this.#held
    if (this.phase === 'waiting') this.#owner.waitOver()
    else if (attempt === undefined) return
    else if (this.phase === 'holding') attempt.cancel()
    else if (this.phase === 'committed') attempt.timeOut('firstEvent')
    else if (held !== undefined && held.status >= 400) this.#release(attempt, held)
    else attempt.timeOut(this.plan.tryClock.name)
  }

  requestRang(): void {
    if (this.#attempt === undefined || this.phase === 'holding') this.#owner.tooLate()
    else this.#attempt.timeOut('request')
  }

  /** The caller has waited long enough for a sign of life. */
  earlyRang(): void {
    if (this.phase !== 'committed' && this.stayAlive()) this.#alarms.armEarly()
  }

  /** Stage 12: from here on the reply belongs to the caller. */
  #commit(attempt: Attempt, statusText: string, headers: string[], judge: ReplyJudge | undefined): void {
    const { status, headAlone, startedAt } = attempt
    const now = this.runtime.wheel.coarseNow
    this.settle(now)
    this.#alarms.committed()
    this.phase = 'committed'
    if (!this.head(status, statusText, headers, headAlone)) return this.#owner.unwritable()
    if (judge === undefined) return this.#place?.good(now)
    this.#watch = new StreamWatch(judge, this.dialect)
    const { firstEventMs } = this.plan
    if (firstEventMs > 0) this.#alarms.armStep(Math.max(1, startedAt + firstEventMs - now))
  }

  /** The caller has read: the attempt goes on. */
  drained(): void {
    this.blocked = false
    this.#attempt?.resume()
  }

  /** Ends the attempt under way, for reasons that say nothing about its endpoint. */
  drop(): void {
    const attempt = this.#attempt
    if (attempt === undefined) return
    this.#place?.abandon(this.runtime.wheel.now())
    this.#attemptOver(attempt, 'cancelled')
    attempt.cancel()
  }

  over(now: number): void {
    this.phase = 'over'
    this.#alarms.disarmAll()
    this.ledger.settle(now)
  }

  /** What was held is kept for the caller where it is a whole reply, otherwise forgotten. */
  #keep(whole: boolean): void {
    if (whole && this.#held !== undefined) this.kept = this.#held
    this.#held = undefined
  }

  #attemptOver(attempt: Attempt, outcome: string, clock?: string): void {
    const { status, reused } = attempt
    // Whoever ends an attempt has just read the clock.
    const now = this.runtime.wheel.coarseNow
    const facts = this.heard?.facts(outcome === 'ok')
    this.#place?.count(attempt, outcome, facts, this.heard?.sinceFirst(now), now, this)
    this.journal?.attempt({ status, outcome, clock, reused, facts, heard: this.heard }, now)
    this.heard = undefined
    this.#attempt = undefined
    this.#place = undefined
  }
}
