import { expect, test } from 'vitest'
import { Restarts } from './restarts.ts'

const waits = (restarts: Restarts, ...deaths: number[]): (number | undefined)[] => deaths.map((at) => restarts.died(at))

test('the first is replaced at once, the next ones wait twice as long each time, up to 5 s', () => {
  const deaths = Array.from({ length: 9 }, (_, index) => index)
  expect(waits(new Restarts(100), ...deaths)).toEqual([0, 100, 200, 400, 800, 1600, 3200, 5000, 5000])
})

test('a minute without a death starts anew', () => {
  expect(waits(new Restarts(100), 0, 1, 60_001, 60_001)).toEqual([0, 100, 0, 100])
})

test('a death is forgotten after its own minute', () => {
  expect(waits(new Restarts(100), 0, 30_000, 60_000)).toEqual([0, 100, 100])
})

test('too many within a minute end it', () => {
  expect(waits(new Restarts(3), 0, 1, 2)).toEqual([0, 100, undefined])
})
