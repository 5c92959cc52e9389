/** What happened to one request, and what was decided from what: written down only when somebody listens, or the reply is to tell. */

import type { ReplyFacts } from '@headgate/dialect'
import { AttemptMarks } from '@headgate/proxy'
import type { Tunnel } from '@headgate/proxy'
import type {
  AttemptReport,
  LimitReport,
  PassedReport,
  PickReport,
  RequestReport,
  RequestResult,
  SplitReport,
} from '../events.ts'
import type { Incoming } from '../request/incoming.ts'
import type { Runtime } from '../runtime.ts'
import type { RulePlan } from '../table/plan-rule.ts'
import type { Followed } from './followed.ts'
import type { HeardReply } from './heard-reply.ts'
import { isTraceId, validTraceparent } from '../request/trace-parent.ts'
import { phasesOf } from './phases.ts'

/** As a `Place` has it. */
interface TakenPlace {
  readonly backend: { readonly name: string }
  readonly endpoint: { readonly url: string }
  readonly takenAt: number
}

/** Of the attempt under way. */
interface OpenAttempt {
  readonly backend: string
  readonly endpoint: string
  readonly cause: AttemptReport['cause']
  readonly because: string | undefined
  readonly pick: PickReport | undefined
  readonly startedAt: number
  readonly marks: AttemptMarks
  /** Undefined: the reply is no stream whose first word is waited for. */
  firstEvent: number | undefined
  bytes: number
}

/** How an attempt ended. */
export interface AttemptEnd {
  readonly status: number
  readonly outcome: string
  readonly clock: string | undefined
  readonly reused: boolean
  /** What the reply said of itself. */
  readonly facts: ReplyFacts | undefined
  /** Where the whole of it is, for the telemetry that asked for it. It is in no report. */
  readonly heard: HeardReply | undefined
}

/** What the request came to. */
export interface RequestEnd {
  readonly result: RequestResult
  readonly status: number
  readonly code: string | undefined
  readonly backend: string | undefined
  readonly bytesIn: number
}

export class Journal {
  readonly id: string
  /** Somebody gets the record at the end; otherwise it is there for `Server-Timing` alone. */
  readonly records: boolean
  grpcStatus: number | undefined
  split: SplitReport | undefined
  limits: readonly LimitReport[] = []
  readonly #runtime: Runtime
  readonly #incoming: Incoming
  readonly #plan: RulePlan | undefined
  readonly #followed: Followed | undefined
  readonly #began: number
  readonly #startedAt = Date.now()
  readonly #attempts: AttemptReport[] = []
  readonly #passed: PassedReport[] = []
  #open: OpenAttempt | undefined
  #firstByteAt = 0
  #bytesOut = 0
  /** What the reply turned into; it counts its own bytes. */
  #tunnel: Tunnel | undefined

  constructor(
    runtime: Runtime,
    incoming: Incoming,
    plan: RulePlan | undefined,
    id: string,
    now: number,
    followed: Followed | undefined,
  ) {
    this.#runtime = runtime
    this.#incoming = incoming
    this.#plan = plan
    this.#followed = followed
    this.#began = now
    this.id = id
    this.records = Journal.#isRecorded(runtime, followed)
  }

  static isWanted(runtime: Runtime, plan: RulePlan | undefined, followed: Followed | undefined): boolean {
    return plan?.reporting?.serverTiming === true || Journal.#isRecorded(runtime, followed)
  }

  static #isRecorded(runtime: Runtime, followed: Followed | undefined): boolean {
    return followed?.records === true || runtime.listens('request-ended') || runtime.listens('attempt-ended')
  }

  passed(report: PassedReport): void {
    this.#passed.push(report)
  }

  /** An attempt goes out; the marks are for it to fill in. */
  begin(
    { backend, endpoint, takenAt }: TakenPlace,
    cause: AttemptReport['cause'],
    because: string | undefined,
    pick: PickReport | undefined,
  ): AttemptMarks {
    const marks = new AttemptMarks()
    this.#open = {
      backend: backend.name,
      endpoint: endpoint.url,
      cause,
      because,
      pick,
      startedAt: takenAt,
      marks,
      firstEvent: undefined,
      bytes: 0,
    }
    return marks
  }

  /** Bytes of the body of the reply came. */
  received(bytes: number): void {
    if (this.#open !== undefined) this.#open.bytes += bytes
  }

  /** The head of a stream has come: `now` is 0. Its first word has: then it is the time. */
  firstEvent(now: number): void {
    if (this.#open !== undefined) this.#open.firstEvent ||= now
  }

  sent(bytes: number, now: number): void {
    this.#firstByteAt ||= now
    this.#bytesOut += bytes
  }

  upgraded(tunnel: Tunnel): void {
    this.#tunnel = tunnel
  }

  /** A `Server-Timing` (W3C) of the attempt whose head has come: its phases, what was before it, and the whole so far, in ms. */
  timing(now: number): string {
    const open = this.#open
    const parts = this.#attempts.map(
      ({ outcome, durationMs }, at) => `attempt-${at + 1};dur=${durationMs.toFixed(1)};desc="${outcome}"`,
    )
    if (open !== undefined) {
      const phases = phasesOf(open.startedAt, open.marks, undefined, now)
      for (const phase of ['queue', 'connect', 'upload', 'headers'] as const)
        parts.push(`${phase};dur=${phases[phase].toFixed(1)}`)
    }
    parts.push(`total;dur=${(now - this.#began).toFixed(1)}`)
    return parts.join(', ')
  }

  attempt({ status, outcome, clock, reused, facts, heard }: AttemptEnd, now: number): void {
    const open = this.#open
    if (open === undefined) return
    this.#open = undefined
    const { backend, endpoint, cause, because, pick, startedAt, marks, firstEvent, bytes } = open
    const report: AttemptReport = {
      backend,
      endpoint,
      status,
      outcome,
      ...(clock === undefined ? {} : { clock }),
      durationMs: now - startedAt,
      cause,
      ...(because === undefined ? {} : { because }),
      startMs: startedAt - this.#began,
      phases: phasesOf(startedAt, marks, firstEvent, now),
      reused,
      bytesReceived: bytes + (this.#tunnel?.bytesFromBackend ?? 0),
      ...(firstEvent === undefined || firstEvent === 0 ? {} : { firstEventMs: firstEvent - startedAt }),
      ...(pick === undefined ? {} : { pick }),
      ...facts,
    }
    this.#attempts.push(report)
    const route = this.#plan?.route ?? ''
    if (this.#runtime.listens('attempt-ended')) this.#runtime.emit('attempt-ended', { id: this.id, route, ...report })
    this.#followed?.attemptEnded(report, outcome === 'ok' ? heard?.reply() : undefined)
  }

  end({ result, status, code, backend, bytesIn }: RequestEnd, now: number): void {
    if (!this.records) return
    const traceparent = validTraceparent(this.#incoming.header('traceparent'))
    const traceId = this.#traceId(traceparent)
    const report: RequestReport = {
      id: this.id,
      method: this.#incoming.method,
      path: this.#incoming.path,
      route: this.#plan?.route,
      rule: this.#plan?.rule,
      status,
      ...(this.grpcStatus === undefined ? {} : { grpcStatus: this.grpcStatus }),
      result,
      code,
      backend,
      attempts: this.#attempts,
      durationMs: now - this.#began,
      startedAt: this.#startedAt,
      firstByteMs: this.#firstByteAt === 0 ? 0 : this.#firstByteAt - this.#began,
      bytesIn: bytesIn + (this.#tunnel?.bytesFromCaller ?? 0),
      bytesOut: this.#bytesOut + (this.#tunnel?.bytesFromBackend ?? 0),
      ...(this.split === undefined ? {} : { split: this.split }),
      limits: this.limits,
      passed: this.#passed,
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(traceId === undefined ? {} : { traceId }),
    }
    this.#runtime.emit('request-ended', report)
    this.#followed?.ended(report)
  }

  #traceId(traceparent: string | undefined): string | undefined {
    const traceId = this.#followed?.traceId ?? traceparent?.slice(3, 35)
    return isTraceId(traceId) ? traceId : undefined
  }
}
