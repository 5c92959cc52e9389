/** The exchange's own clocks on the gateway's wheel. */

import { Alarm } from '@headgate/proxy'
import type { ClockWheel } from '@headgate/proxy'
import type { RulePlan } from '../table/plan-rule.ts'

/** Who is told. */
export interface AlarmOwner {
  requestRang(): void
  stepRang(): void
  earlyRang(): void
}

class RequestAlarm extends Alarm {
  readonly #owner: AlarmOwner

  constructor(owner: AlarmOwner) {
    super()
    this.#owner = owner
  }

  override ring(): void {
    this.#owner.requestRang()
  }
}

class EarlyAlarm extends Alarm {
  readonly #owner: AlarmOwner

  constructor(owner: AlarmOwner) {
    super()
    this.#owner = owner
  }

  override ring(): void {
    this.#owner.earlyRang()
  }
}

/** Three clocks: the whole request, whatever the present step waits for, and the next sign of life. */
export class ExchangeAlarms extends Alarm {
  readonly #owner: AlarmOwner
  readonly #wheel: ClockWheel
  readonly #everyMs: number
  readonly #request: RequestAlarm | undefined
  readonly #early: EarlyAlarm | undefined

  /** Arms the clock of the whole request (Gateway API `timeouts.request`) and that of the early head, where the rule has them. */
  constructor(owner: AlarmOwner, wheel: ClockWheel, { requestMs, earlyHead }: RulePlan) {
    super()
    this.#owner = owner
    this.#wheel = wheel
    this.#everyMs = earlyHead?.every ?? 0
    this.#request = requestMs > 0 ? new RequestAlarm(owner) : undefined
    this.#early = earlyHead === undefined ? undefined : new EarlyAlarm(owner)
    // Whoever begins a request has just read the clock.
    if (this.#request !== undefined) wheel.armFrom(this.#request, wheel.coarseNow, requestMs)
    if (this.#early !== undefined) wheel.armFrom(this.#early, wheel.coarseNow, earlyHead?.after ?? 0)
  }

  /** The end of a back-off, of a held reply, of a try until its commit, or of the wait for the first event: never two at once. 0 is off. */
  armStep(ms: number): void {
    if (ms > 0) this.#wheel.armFrom(this, this.#wheel.coarseNow, ms)
  }

  armEarly(): void {
    if (this.#early !== undefined) this.#wheel.arm(this.#early, this.#everyMs)
  }

  disarmStep(): void {
    this.#wheel.disarm(this)
  }

  /** Only the clock of the whole request runs on. */
  committed(): void {
    this.#wheel.disarm(this)
    if (this.#early !== undefined) this.#wheel.disarm(this.#early)
  }

  disarmAll(): void {
    this.committed()
    if (this.#request !== undefined) this.#wheel.disarm(this.#request)
  }

  override ring(): void {
    this.#owner.stepRang()
  }
}
