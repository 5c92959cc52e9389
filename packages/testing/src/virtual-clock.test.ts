/** Holds the virtual clock to its order. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { VirtualClock } from './virtual-clock.ts'

test('time stands still until it is advanced', () => {
  const clock = new VirtualClock(1000)
  expect(clock.now()).toBe(1000)
  clock.advance(5)
  expect(clock.now()).toBe(1005)
})

test('a timer runs at its own time, not at the end of the advance', () => {
  const clock = new VirtualClock()
  const seen: number[] = []
  clock.setTimeout(() => seen.push(clock.now()), 10)
  clock.advance(9)
  expect(seen).toEqual([])
  clock.advance(100)
  expect(seen).toEqual([10])
  expect(clock.now()).toBe(109)
})

test('a timer that is set by a timer runs in the same advance when it is due', () => {
  const clock = new VirtualClock()
  const seen: string[] = []
  clock.setTimeout(() => {
    seen.push('first')
    clock.setTimeout(() => seen.push('second'), 5)
  }, 10)
  clock.setTimeout(() => seen.push('third'), 16)
  clock.advance(16)
  expect(seen).toEqual(['first', 'second', 'third'])
})

test('a cleared timer never runs', () => {
  const clock = new VirtualClock()
  const id = clock.setTimeout(() => expect.unreachable(), 1)
  clock.clearTimeout(id)
  clock.advance(10)
  expect(clock.pending).toBe(0)
})

test('time moves neither back nor by something that is no number', () => {
  const clock = new VirtualClock()
  expect(() => clock.advance(-1)).toThrow(RangeError)
  expect(() => clock.advance(Number.NaN)).toThrow(RangeError)
})

test('timers run in the order of their times, and of their making among equals', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(20), { maxLength: 30 }),
      fc.array(fc.nat(7), { minLength: 5, maxLength: 20 }),
      (delays, moves) => {
        const clock = new VirtualClock()
        const ran: { readonly at: number; readonly index: number }[] = []
        delays.forEach((delay, index) => clock.setTimeout(() => ran.push({ at: clock.now(), index }), delay))
        for (const move of moves) clock.advance(move)
        const end = clock.now()
        const expected = delays
          .map((at, index) => ({ at, index }))
          .filter(({ at }) => at <= end)
          .toSorted((a, b) => a.at - b.at || a.index - b.index)
        expect(ran).toEqual(expected)
      },
    ),
  )
})
