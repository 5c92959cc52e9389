// The clocks of one attempt on the wheel: when it began, when a byte last moved, which clock ran out. It knows no connection.

import { dueClock, firstAlarmMs, type AttemptClocks } from './attempt-clocks.ts'
import type { ClockName } from './attempt-types.ts'
import { Alarm, type ClockWheel } from './clock.ts'

/** What the alarm asks of its attempt. */
export type AttemptStage = 'connecting' | 'waiting' | 'head-seen'

/** When an attempt got how far, in the wheel's milliseconds; 0: it did not. */
export class AttemptMarks {
  /** It has a connection of its own, or one is being opened for it. */
  boarded = 0
  /** That connection is open, and the request is about to be written. */
  connected = 0
  /** The whole request is written. */
  sent = 0
  /** The head of the final reply has come. */
  head = 0
}

export abstract class AttemptAlarm extends Alarm {
  protected readonly wheel: ClockWheel
  readonly #clocks: AttemptClocks
  readonly #connectMs: number
  /** Set before `start()` where somebody wants to know when what happened. */
  marks: AttemptMarks | undefined
  #startedAt = 0
  #lastByteAt = 0

  constructor(wheel: ClockWheel, clocks: AttemptClocks, connectMs: number) {
    super()
    this.wheel = wheel
    this.#clocks = clocks
    this.#connectMs = connectMs
  }

  /** Time of `start()`, in the wheel's milliseconds. */
  get startedAt(): number {
    return this.#startedAt
  }

  /** A byte moved: the idle clock begins anew. */
  touch(): void {
    this.#lastByteAt = this.wheel.coarseNow
  }

  /** A byte moved, or something else that is worth a mark. */
  protected mark(what: keyof AttemptMarks): void {
    if (this.marks !== undefined) this.marks[what] = this.wheel.now()
    this.touch()
  }

  /** @internal */
  ring(now: number): void {
    const stage = this.stage()
    const due = dueClock(this.#clocks, {
      connectMs: this.#connectMs,
      connecting: stage === 'connecting',
      headSeen: stage === 'head-seen',
      elapsedMs: now - this.#startedAt,
      // The time of the last byte is read coarsely: one tick less, so that this clock is never early.
      silentMs: now - this.#lastByteAt - this.wheel.tickMs,
    })
    if (typeof due === 'string') this.ranOut(due)
    else if (due < Infinity) this.wheel.arm(this, due)
  }

  protected startClocks(): void {
    const firstMs = firstAlarmMs(this.#clocks, this.#connectMs)
    this.#startedAt = this.wheel.now()
    if (firstMs !== Infinity) this.wheel.armFrom(this, this.#startedAt, firstMs)
    this.#lastByteAt = this.#startedAt
  }

  protected abstract stage(): AttemptStage
  protected abstract ranOut(clock: ClockName): void
}
