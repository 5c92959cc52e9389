/** The exchange's own clocks on the gateway's wheel. */

import { Alarm } from '@headgate/proxy'
import type { ClockWheel } from '@headgate/proxy'

/** Who is told. */
export interface AlarmOwner {
  requestRang(): void
  stepRang(): void
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

/** Two clocks: the whole request, and whatever the present step waits for. */
export class ExchangeAlarms extends Alarm {
  readonly #owner: AlarmOwner
  readonly #wheel: ClockWheel
  readonly #request: RequestAlarm | undefined

  /** Arms the clock of the whole request (Gateway API `timeouts.request`); 0 is off. */
  constructor(owner: AlarmOwner, wheel: ClockWheel, requestMs: number) {
    super()
    this.#owner = owner
    this.#wheel = wheel
    if (requestMs <= 0) return
    this.#request = new RequestAlarm(owner)
    wheel.arm(this.#request, requestMs)
  }

  /** The end of a back-off, of a held reply, or of a try: never two at once. 0 is off. */
  armStep(ms: number): void {
    if (ms > 0) this.#wheel.arm(this, ms)
  }

  disarmStep(): void {
    this.#wheel.disarm(this)
  }

  disarmAll(): void {
    this.#wheel.disarm(this)
    if (this.#request !== undefined) this.#wheel.disarm(this.#request)
  }

  override ring(): void {
    this.#owner.stepRang()
  }
}
