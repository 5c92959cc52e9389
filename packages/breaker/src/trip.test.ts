/** When a closed circuit opens: rows, shares, and the window that forgets. */

import { expect, test } from 'vitest'
import { Trip } from './trip.ts'

/** Feeds calls at one time; `x` is a failure, `.` a success. Gives the number of the call that tripped, or 0. */
function feed(trip: Trip, calls: string, now: number): number {
  for (const [index, call] of calls.split('').entries()) {
    if (call === '.') trip.success(now)
    else if (trip.failure(now)) return index + 1
  }
  return 0
}

test.for<[number, string, number]>([
  [3, 'xx.xx.xxx', 9],
  [3, 'xx.xx.xx', 0],
  [1, 'x', 1],
  [0, 'xxxxxxxxxxxx', 0],
])('with a limit of %d the calls %s trip at number %d', ([limit, calls, at]) => {
  expect(feed(new Trip(limit), calls, 0)).toBe(at)
})

test.for<[string, number, number, string, number]>([
  ['a share that is reached', 0.5, 4, '.x.x', 4],
  ['a share that is not', 0.6, 4, '.x.x', 0],
  ['too few calls', 0.5, 5, 'xxxx', 0],
  ['the call that makes them enough', 0.5, 5, 'xxxx.x', 6],
  ['everything failed', 1, 3, 'xxx', 3],
  ['one of many succeeded', 1, 3, '.xxxxxxxx', 0],
])('%s', ([, threshold, minimum, calls, at]) => {
  expect(feed(new Trip(0, { threshold, windowMs: 1_000, minimum }), calls, 0)).toBe(at)
})

test('calls that fell out of the window no longer count', () => {
  const trip = new Trip(0, { threshold: 0.5, windowMs: 1_000, minimum: 4 })
  expect(feed(trip, 'xxx', 0)).toBe(0)
  expect(feed(trip, 'xxx', 1_000)).toBe(0)
  expect(feed(trip, 'x', 1_500)).toBe(1)
})

test('successes dilute the share', () => {
  const trip = new Trip(0, { threshold: 0.5, windowMs: 1_000, minimum: 1 })
  expect(feed(trip, '....xxx', 0)).toBe(0)
  expect(feed(trip, 'x', 0)).toBe(1)
})

test('a reset forgets the row and the window', () => {
  const trip = new Trip(3, { threshold: 0.5, windowMs: 1_000, minimum: 3 })
  feed(trip, 'xx', 0)
  expect(trip.failures).toBe(2)
  trip.reset()
  expect(trip.failures).toBe(0)
  expect(feed(trip, 'xx', 0)).toBe(0)
})
