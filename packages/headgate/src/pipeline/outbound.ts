/** The caller's side of one exchange: its reply, what was said in it, and the journal that is closed with it. */

import { dialectOf } from '@headgate/dialect'
import type { DialectName } from '@headgate/dialect'
import { setHeader } from '@headgate/proxy'
import type { RequestBody, Tunnel } from '@headgate/proxy'
import { breakingEvent, sendAnswer, statusOf, streamFacts } from '../answers.ts'
import type { Answer, AnswerCode } from '../answers.ts'
import type { RequestResult } from '../events.ts'
import { grpcStatusFor, grpcStatusOf, isGrpc } from '../grpc-answer.ts'
import type { Traced } from '../meters/histogram.ts'
import type { Incoming } from '../request/incoming.ts'
import { isTraceId, sampledTrace } from '../request/trace-parent.ts'
import type { Reply } from '../reply.ts'
import type { Runtime } from '../runtime.ts'
import type { RulePlan } from '../table/plan-rule.ts'
import { earlyHeaders, errorAsEvent, keepAlive, wantsStream } from './early-head.ts'
import { Followed } from './followed.ts'
import type { HeardReply } from './heard-reply.ts'
import type { HeldReply } from './held-reply.ts'
import { Journal } from './journal.ts'
import { Ledger } from './ledger.ts'
import type { Matched } from './matched.ts'
import { addReport } from './report-fields.ts'

export class Outbound implements Traced {
  readonly reply: Reply
  readonly journal: Journal | undefined
  readonly followed: Followed | undefined
  readonly ledger: Ledger
  /** The caller has not read what was written. */
  blocked = false
  /** The last whole reply that an attempt gave and that another one was to replace. */
  kept: HeldReply | undefined
  /** Of the attempt under way, where somebody wants to know what its reply says of itself. */
  protected heard: HeardReply | undefined
  protected readonly runtime: Runtime
  protected readonly plan: RulePlan
  protected readonly incoming: Incoming
  protected readonly body: RequestBody
  readonly #began: number
  #id: string | undefined
  #early = false
  #status = 0
  /** Whose held reply went to the caller. */
  #replayed: string | undefined
  #headers: readonly string[] = []

  constructor(runtime: Runtime, matched: Matched, incoming: Incoming, body: RequestBody, reply: Reply) {
    const { plan } = matched
    const now = runtime.wheel.now()
    this.reply = reply
    this.runtime = runtime
    this.plan = plan
    this.incoming = incoming
    this.body = body
    this.#began = now
    this.ledger = new Ledger(plan, incoming, body, runtime.random, now)
    this.followed = Followed.begin(runtime, incoming, matched)
    this.journal = Journal.isWanted(runtime, plan, this.followed)
      ? new Journal(runtime, incoming, plan, this.requestId, now, this.followed)
      : undefined
  }

  /** The journal, where somebody gets the record. */
  get record(): Journal | undefined {
    return this.journal?.records === true ? this.journal : undefined
  }

  /** Made when something needs it: an error body or an event. */
  get requestId(): string {
    this.#id ??= this.runtime.nextId()
    return this.#id
  }

  /** Of the trace that it belongs to, where that is kept: what follows it knows it best. */
  get traceId(): string | undefined {
    const told = this.followed?.traceId
    if (!isTraceId(told)) return sampledTrace(this.incoming.header('traceparent'))
    return this.followed?.dropped === true ? undefined : told
  }

  /** What the caller speaks. */
  get dialect(): DialectName {
    return this.plan.dialect?.name ?? dialectOf(this.incoming.path)
  }

  /** A head of headgate's own has gone to the caller, while the attempts go on. */
  get early(): boolean {
    return this.#early
  }

  /** A sign of life for a caller that asked for a stream: the head, later comments. False where it did not ask for one. */
  stayAlive(): boolean {
    if (!this.#early) {
      if (!wantsStream(this.body)) return false
      const headers = earlyHeaders(this.requestId)
      this.plan.answering.cors?.apply(headers, this.incoming.header('origin'))
      this.#send(200, '', headers)
      this.#early = true
    }
    this.write(keepAlive)
    return true
  }

  /** The head of a backend's reply. False when it holds something that cannot be written; nothing was sent then. */
  head(status: number, statusText: string, headers: string[], alone = false): boolean {
    if (!this.#early && !this.#send(status, statusText, headers, alone)) return false
    // The clock was read when there was something to send.
    this.plan.meter?.firstByte(this.runtime.wheel.coarseNow - this.#began)
    return true
  }

  #send(status: number, statusText: string, headers: string[], alone = false): boolean {
    // SDKs retry on their own: after tries of headgate that would multiply.
    if (this.ledger.attempts > 1 && (status >= 500 || status === 429)) setHeader(headers, 'x-should-retry', 'false')
    this.#report(headers)
    // Its next request would be refused: it had better come by another connection.
    if (this.runtime.closing) setHeader(headers, 'connection', 'close')
    try {
      this.reply.head(status, statusText, headers, alone)
    } catch {
      return false
    }
    this.#status = status
    this.#headers = headers
    this.journal?.sent(0, this.runtime.wheel.coarseNow)
    return true
  }

  #report(headers: string[]): void {
    const { reporting } = this.plan
    if (reporting !== undefined)
      addReport(headers, reporting, this.plan, this.ledger, this.#backend, this.journal, this.runtime.wheel.now())
  }

  /** What goes to the caller from here on is the last word: nothing is kept for another try. */
  protected settle(now: number): void {
    this.body.release()
    this.ledger.settle(now)
    this.kept = undefined
  }

  /** The stream that goes to the caller said its first word. */
  protected spoke(now: number): void {
    this.plan.meter?.firstToken(now - this.#began, this)
    this.heard?.spoke(now)
    this.journal?.firstEvent(now)
  }

  /** A reply that was held, whole. False as for `head`. */
  replay(held: HeldReply): boolean {
    this.#replayed = held.backend
    if (this.#early) {
      this.#cut(errorAsEvent(this.dialect, held) ?? this.#breakingEvent('upstream_failed'))
      return true
    }
    if (!this.head(held.status, held.statusText, held.headers)) return false
    for (const chunk of held.chunks) this.write(chunk)
    this.reply.end(undefined)
    return true
  }

  /** The 101 of a backend. False where the caller asked for none, or a field cannot be written. */
  upgrade(headers: string[], tunnel: Tunnel): boolean {
    if (this.reply.upgrade === undefined) return false
    this.#report(headers)
    try {
      this.reply.upgrade(headers, tunnel)
    } catch {
      return false
    }
    this.#status = 101
    const now = this.runtime.wheel.coarseNow
    this.plan.meter?.firstByte(now - this.#began)
    this.journal?.sent(0, now)
    this.journal?.upgraded(tunnel)
    return true
  }

  /** False: wait until the caller has read. */
  write(chunk: Buffer, free = false): boolean {
    this.journal?.sent(chunk.length, this.runtime.wheel.coarseNow)
    const flows = this.reply.write(chunk, free)
    this.blocked = !flows
    return flows
  }

  /** The reply of a backend is whole. */
  protected end(trailers: string[] | undefined): void {
    if (this.journal !== undefined)
      this.journal.grpcStatus = grpcStatusOf(trailers ?? []) ?? grpcStatusOf(this.#headers)
    this.reply.end(trailers)
  }

  answer(answer: Answer): void {
    if (this.#early) return this.breakOff(answer.code)
    this.#status = statusOf(answer)
    const accept = this.incoming.header('accept')
    const contentType = this.incoming.header('content-type')
    const { attempts } = this.ledger
    const bytes = sendAnswer(this.reply, answer, {
      dialect: this.dialect,
      accept,
      contentType,
      requestId: this.requestId,
      attempts,
    })
    if (this.journal === undefined) return
    this.journal.sent(this.incoming.method === 'HEAD' ? 0 : bytes, this.runtime.wheel.now())
    if (isGrpc(contentType)) this.journal.grpcStatus = grpcStatusFor(this.#status)
  }

  /** Ends a reply that has begun so that the caller sees that it is not whole. */
  breakOff(code: AnswerCode): void {
    this.#cut(this.#breakingEvent(code))
  }

  #cut(lastEvent: string | undefined): void {
    if (lastEvent !== undefined) this.journal?.sent(Buffer.byteLength(lastEvent), this.runtime.wheel.coarseNow)
    this.reply.cut(lastEvent)
  }

  close(result: RequestResult, code: string | undefined, now: number): void {
    const backend = result === 'answered' ? undefined : this.#backend
    this.plan.meter?.ended(this.incoming.method, this.#status, result, now - this.#began, this)
    this.journal?.end({ result, status: this.#status, code, backend, bytesIn: this.body.bytesRead }, now)
  }

  /** The one whose reply goes to the caller, or that was tried last. */
  get #backend(): string | undefined {
    return this.#replayed ?? this.ledger.backend?.state.name
  }

  #breakingEvent(code: AnswerCode): string | undefined {
    return breakingEvent(this.dialect, streamFacts(this.#headers), code, this.requestId)
  }
}
