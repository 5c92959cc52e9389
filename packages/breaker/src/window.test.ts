/** The ring against a list of everything that happened. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FailureWindow } from './window.ts'

test.for([0, -100_000, 1.7e12])(
  'counts what a list of all calls would count, from a clock that starts at %d',
  (start) => {
    const calls = fc.array(fc.record({ waitMs: fc.oneof(fc.nat(30), fc.nat(2_500)), failed: fc.boolean() }))
    fc.assert(
      fc.property(calls, (sequence) => {
        const window = new FailureWindow(1_000)
        const seen: { bucket: number; failed: boolean }[] = []
        let now = start
        for (const { waitMs, failed } of sequence) {
          now += waitMs
          const bucket = Math.floor(now / 100)
          seen.push({ bucket, failed })
          window.add(failed ? 1 : 0, now)
          const held = seen.filter((call) => call.bucket > bucket - 10)
          expect(window.calls).toBe(held.length)
          expect(window.failures).toBe(held.filter((call) => call.failed).length)
        }
      }),
    )
  },
)

test('a clock that steps back counts as standing still', () => {
  const window = new FailureWindow(1_000)
  window.add(1, 5_000)
  window.add(1, 100)
  expect(window.failures).toBe(2)
  window.add(0, 6_000)
  expect(window.failures).toBe(0)
})

test('a cleared window is empty and goes on', () => {
  const window = new FailureWindow(1_000)
  window.add(1, 0)
  window.clear()
  expect([window.calls, window.failures]).toEqual([0, 0])
  window.add(0, 500)
  expect([window.calls, window.failures]).toEqual([1, 0])
})
