/** The exchange's own clocks on the gateway's wheel. */

import { Alarm } from '@headgate/proxy'

/** The whole request (Gateway API `timeouts.request`). */
export class RequestAlarm extends Alarm {
  readonly #owner: { requestRang(): void }
  constructor(owner: { requestRang(): void }) {
    super()
    this.#owner = owner
  }
  override ring(): void {
    this.#owner.requestRang()
  }
}

/** Whatever the present step waits for: the end of a back-off, of a held reply, or of a try. Never two at once. */
export class StepAlarm extends Alarm {
  readonly #owner: { stepRang(): void }
  constructor(owner: { stepRang(): void }) {
    super()
    this.#owner = owner
  }
  override ring(): void {
    this.#owner.stepRang()
  }
}
