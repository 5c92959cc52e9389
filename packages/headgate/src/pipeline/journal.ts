/** What happened to one request, written down only when somebody listens. */

import type { AttemptReport, RequestReport, RequestResult } from '../events.ts'
import type { Incoming } from '../request/incoming.ts'
import type { Runtime } from '../runtime.ts'
import type { RulePlan } from '../table/plan-rule.ts'

export class Journal {
  readonly #runtime: Runtime
  readonly #incoming: Incoming
  readonly #plan: RulePlan | undefined
  readonly #began: number
  readonly #attempts: AttemptReport[] = []
  readonly id: string

  constructor(runtime: Runtime, incoming: Incoming, plan: RulePlan | undefined, id: string, now: number) {
    this.#runtime = runtime
    this.#incoming = incoming
    this.#plan = plan
    this.#began = now
    this.id = id
  }

  /** Undefined when nobody listens. */
  static open(
    runtime: Runtime,
    incoming: Incoming,
    plan: RulePlan | undefined,
    id: () => string,
    now: number,
  ): Journal | undefined {
    return runtime.listens('request-ended') || runtime.listens('attempt-ended')
      ? new Journal(runtime, incoming, plan, id(), now)
      : undefined
  }

  attempt(report: AttemptReport): void {
    this.#attempts.push(report)
    const route = this.#plan?.route ?? ''
    if (this.#runtime.listens('attempt-ended')) this.#runtime.emit('attempt-ended', { id: this.id, route, ...report })
  }

  end(result: RequestResult, status: number, code: string | undefined, backend: string | undefined, now: number): void {
    const report: RequestReport = {
      id: this.id,
      method: this.#incoming.method,
      path: this.#incoming.path,
      route: this.#plan?.route,
      rule: this.#plan?.rule,
      status,
      result,
      code,
      backend,
      attempts: this.#attempts,
      durationMs: now - this.#began,
      startedAt: 0,
      firstByteMs: 0,
      bytesIn: 0,
      bytesOut: 0,
      limits: [],
    }
    this.#runtime.emit('request-ended', report)
  }
}
