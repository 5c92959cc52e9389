import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Alarm, ClockWheel } from './clock.ts'

class Bell extends Alarm {
  readonly rung: number[] = []
  readonly onRing: (() => void) | undefined

  constructor(onRing?: () => void) {
    super()
    this.onRing = onRing
  }

  ring(now: number): void {
    this.rung.push(now)
    this.onRing?.()
  }
}

let time = 0
const now = () => time

beforeEach(() => {
  time = 5_000
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

/** Moves the wheel's time and the host's timers together. */
function pass(ms: number): void {
  for (let left = ms; left > 0; left--) {
    time++
    vi.advanceTimersByTime(1)
  }
}

test('an alarm rings once, at the first tick at or after its time', () => {
  const wheel = new ClockWheel({ now })
  const bell = new Bell()
  wheel.arm(bell, 100)
  pass(99)
  expect(bell.rung).toEqual([])
  pass(21)
  expect(bell.rung).toHaveLength(1)
  expect(bell.rung[0]).toBeGreaterThanOrEqual(5_100)
  expect(bell.rung[0]).toBeLessThanOrEqual(5_120)
  pass(11_000)
  expect(bell.rung).toHaveLength(1)
})

test('for any delays every alarm rings once, never early, at most a tick late', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 20 }),
      (delays, tickMs) => {
        let at = 777
        const wheel = new ClockWheel({ tickMs, now: () => at })
        const bells = delays.map((delay) => {
          const bell = new Bell()
          wheel.arm(bell, delay)
          return bell
        })
        for (; at < 61_000; at += tickMs) wheel.tick()
        for (const [index, bell] of bells.entries()) {
          const due = 777 + delays[index]!
          expect(bell.rung).toHaveLength(1)
          expect(bell.rung[0]).toBeGreaterThanOrEqual(due)
          expect(bell.rung[0]).toBeLessThanOrEqual(due + tickMs)
        }
        expect(wheel.armed).toBe(0)
      },
    ),
    { numRuns: 30 },
  )
})

test('after a stall of any length everything due rings at the next tick', () => {
  const wheel = new ClockWheel({ now })
  const bells = [10, 500, 9_000, 30_000].map((ms) => {
    const bell = new Bell()
    wheel.arm(bell, ms)
    return bell
  })
  time += 40_000
  wheel.tick()
  expect(bells.map((bell) => bell.rung.length)).toEqual([1, 1, 1, 1])
})

test('a disarmed alarm does not ring, and an armed one is moved', () => {
  const wheel = new ClockWheel({ now })
  const gone = new Bell()
  const moved = new Bell()
  wheel.arm(gone, 50)
  wheel.arm(moved, 50)
  wheel.arm(moved, 200)
  wheel.disarm(gone)
  wheel.disarm(gone)
  expect(wheel.armed).toBe(1)
  pass(150)
  expect([gone.rung.length, moved.rung.length]).toEqual([0, 0])
  pass(100)
  expect([gone.rung.length, moved.rung.length]).toEqual([0, 1])
})

test('an alarm that rings may arm itself, and disarm one that is due with it', () => {
  const wheel = new ClockWheel({ now })
  const victim = new Bell()
  const first: Bell = new Bell(() => {
    wheel.disarm(victim)
    if (first.rung.length < 3) wheel.arm(first, 0)
  })
  wheel.arm(first, 40)
  wheel.arm(victim, 40)
  pass(200)
  expect([first.rung.length, victim.rung.length, wheel.armed]).toEqual([3, 0, 0])
})

test('an alarm that throws is warned of and silences no other one', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const wheel = new ClockWheel({ now })
  const other = new Bell()
  wheel.arm(
    new Bell(() => {
      throw new Error('broken')
    }),
    40,
  )
  wheel.arm(other, 40)
  pass(80)
  expect(other.rung).toHaveLength(1)
  expect(warn).toHaveBeenCalledWith(new Error('broken'))
  warn.mockRestore()
})

test('the host has a timer only while an alarm is armed', () => {
  const wheel = new ClockWheel({ now })
  expect(vi.getTimerCount()).toBe(0)
  const bell = new Bell()
  wheel.arm(bell, 100)
  expect(vi.getTimerCount()).toBe(1)
  pass(140)
  expect(vi.getTimerCount()).toBe(0)
  wheel.arm(bell, 100)
  pass(140)
  expect(bell.rung).toHaveLength(2)
  wheel.arm(bell, 100)
  wheel.close()
  expect(vi.getTimerCount()).toBe(0)
})

test('the coarse time moves with ticks, arming and reading', () => {
  const wheel = new ClockWheel({ now })
  time = 6_000
  expect(wheel.coarseNow).toBe(5_000)
  wheel.arm(new Bell(), 1_000)
  expect(wheel.coarseNow).toBe(6_000)
  time = 6_010
  expect([wheel.now(), wheel.coarseNow]).toEqual([6_010, 6_010])
  pass(20)
  expect(wheel.coarseNow).toBeGreaterThan(6_010)
})

test.for([0, 21, Number.NaN])('a tick of %d ms is refused', (tickMs) => {
  expect(() => new ClockWheel({ tickMs })).toThrow(RangeError)
})
