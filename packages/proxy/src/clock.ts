// One coarse wheel for every clock of the gateway. It knows deadlines and nothing of requests.
//
// | clock    | runs from            | until                        | default | kept by                         |
// |----------|----------------------|------------------------------|---------|---------------------------------|
// | connect  | start of an attempt  | a connection is there        | 10 s    | the attempt (`EndpointOptions`) |
// | headers  | start of an attempt  | the head of its reply        | off     | the attempt (`AttemptClocks`)   |
// | idle     | last byte either way | the next byte either way     | 300 s   | the attempt (`AttemptClocks`)   |
// | backend  | start of an attempt  | the last byte of its reply   | off     | the attempt (`AttemptClocks`)   |
// | perTry   | start of an attempt  | the commit                   | off     | the caller: `attempt.timeOut()` |
// | firstEvent | start of an attempt | the first event that says something | off | the caller: `attempt.timeOut()` |
// | request  | head of the request  | the last byte of its reply   | off     | the caller: `attempt.timeOut()` |

const slotCount = 512
const slotMask = slotCount - 1

/** Something that the wheel rings once. The links are the wheel's own: nothing is allocated to arm an alarm. */
export abstract class Alarm {
  /** @internal */
  alarmNext: Alarm | null = null
  /** @internal */
  alarmPrevious: Alarm | null = null
  /** @internal When it is due, in the wheel's time. */
  alarmAt = 0

  /** Called once, never before its time, with the time of the tick in milliseconds. It may arm itself again. */
  abstract ring(now: number): void
}

class Slot extends Alarm {
  constructor() {
    super()
    this.alarmNext = this
    this.alarmPrevious = this
  }

  ring(): void {}
}

export interface ClockWheelOptions {
  /** Length of a tick in milliseconds, 1 to 20. Alarms ring at the first tick at or after their time. Default 20. */
  readonly tickMs?: number
  /** Monotonic time in milliseconds. Default `performance.now`. */
  readonly now?: () => number
}

/** A hashed timing wheel over one timer of the host, which is unref'd and runs only while an alarm is armed. */
export class ClockWheel {
  /** Length of a tick in milliseconds. */
  readonly tickMs: number
  readonly #now: () => number
  readonly #slots: Slot[] = []
  #timer: NodeJS.Timeout | undefined
  #coarseNow: number
  #tickNumber: number
  #armed = 0

  /** Throws a RangeError for a tick outside 1 to 20 ms. */
  constructor(options: ClockWheelOptions = {}) {
    const tickMs = options.tickMs ?? 20
    if (!(tickMs >= 1 && tickMs <= 20)) throw new RangeError(`tickMs is ${tickMs}, expected 1 to 20`)
    this.tickMs = tickMs
    this.#now = options.now ?? (() => performance.now())
    this.#coarseNow = this.#now()
    this.#tickNumber = Math.floor(this.#coarseNow / tickMs)
    for (let index = 0; index < slotCount; index++) this.#slots.push(new Slot())
  }

  /** Milliseconds, as of the last tick, arm or reading. At most a tick old while an alarm is armed. */
  get coarseNow(): number {
    return this.#coarseNow
  }

  /** How many alarms are armed. */
  get armed(): number {
    return this.#armed
  }

  /** Reads the clock: milliseconds. */
  now(): number {
    this.#coarseNow = this.#now()
    return this.#coarseNow
  }

  /** Rings `alarm` once, `ms` from now. An alarm that is armed already is moved. */
  arm(alarm: Alarm, ms: number): void {
    this.armFrom(alarm, this.now(), ms)
  }

  /** The same for whoever has just read the clock. */
  armFrom(alarm: Alarm, now: number, ms: number): void {
    if (alarm.alarmNext === null) this.#armed++
    else unlink(alarm)
    if (this.#timer === undefined) this.#start(now)
    alarm.alarmAt = now + Math.max(0, ms)
    this.#insert(alarm)
  }

  /** Nothing happens to an alarm that is not armed. */
  disarm(alarm: Alarm): void {
    if (alarm.alarmNext === null) return
    unlink(alarm)
    this.#armed--
  }

  /** What the host's timer calls: rings all that is due. Stops the timer when nothing is left. */
  tick(): void {
    const now = this.now()
    const last = Math.floor(now / this.tickMs)
    // After a long stall one turn over all slots is enough.
    const first = Math.max(this.#tickNumber, last - slotCount + 1)
    this.#tickNumber = last
    for (let number = first; number <= last; number++) this.#turn(this.#slots[number & slotMask]!, now)
    if (this.#armed === 0) this.#stop()
  }

  /** Stops the timer. What is armed will not ring, unless something is armed later. */
  close(): void {
    this.#stop()
  }

  #turn(slot: Slot, now: number): void {
    if (slot.alarmNext === slot) return
    // The list is moved away first: an alarm that rings may arm or disarm any other one, also in this slot.
    const due = new Slot()
    due.alarmNext = slot.alarmNext
    due.alarmPrevious = slot.alarmPrevious
    due.alarmNext!.alarmPrevious = due
    due.alarmPrevious!.alarmNext = due
    slot.alarmNext = slot
    slot.alarmPrevious = slot
    while (due.alarmNext !== due) {
      const alarm = due.alarmNext!
      unlink(alarm)
      if (alarm.alarmAt > now) {
        this.#insert(alarm)
        continue
      }
      this.#armed--
      try {
        alarm.ring(now)
      } catch (error) {
        // One broken alarm must not silence the others.
        process.emitWarning(error instanceof Error ? error : new Error(String(error)))
      }
    }
  }

  #insert(alarm: Alarm): void {
    // Rounded down: the timer of the host ticks somewhere within a slot's time. The next tick turns the last slot once more.
    const number = Math.max(Math.floor(alarm.alarmAt / this.tickMs), this.#tickNumber)
    const slot = this.#slots[number & slotMask]!
    alarm.alarmPrevious = slot.alarmPrevious
    alarm.alarmNext = slot
    slot.alarmPrevious!.alarmNext = alarm
    slot.alarmPrevious = alarm
  }

  #start(now: number): void {
    this.#tickNumber = Math.floor(now / this.tickMs)
    this.#timer = setInterval(onTick, this.tickMs, this)
    this.#timer.unref()
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

function onTick(wheel: ClockWheel): void {
  wheel.tick()
}

function unlink(alarm: Alarm): void {
  alarm.alarmPrevious!.alarmNext = alarm.alarmNext
  alarm.alarmNext!.alarmPrevious = alarm.alarmPrevious
  alarm.alarmNext = null
  alarm.alarmPrevious = null
}
