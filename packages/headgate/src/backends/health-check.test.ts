/** When a check is due, and that nothing is left of one that was stopped. What it asks is in `test/health.test.ts`. */

import { afterEach, expect, test } from 'vitest'
import { BackendState } from './backend-state.ts'
import { adopted, closeRuntimes, configOf, newRuntime } from './backends.case.ts'

afterEach(closeRuntimes)

test.for<[number, number, number]>([
  [0, 10_000, 0],
  [0.5, 10_000, 500],
  [0.5, 100, 50],
])('at a chance of %d the first of every %i ms is due after %i ms', ([random, interval, due]) => {
  const runtime = newRuntime(() => random)
  const before = runtime.wheel.now()
  const [endpoint] = adopted(configOf('a', { healthCheck: { interval } }), runtime).endpoints
  expect(runtime.wheel.armed).toBe(1)
  const after = runtime.wheel.now()
  expect(endpoint?.check?.alarmAt).toBeGreaterThanOrEqual(before + due)
  expect(endpoint?.check?.alarmAt).toBeLessThanOrEqual(after + due)
})

test('a table that is not swapped in asks nobody, and one that is asks once', () => {
  const runtime = newRuntime()
  const origin = { runtime, secrets: new Map<string, string>(), headers: [], former: undefined }
  const state = new BackendState(configOf('ab', { healthCheck: {} }), origin)
  expect(runtime.wheel.armed).toBe(0)
  state.adopt()
  state.adopt()
  expect(runtime.wheel.armed).toBe(2)
})

test.for(['before its first question', 'in the middle of one'])('stopped %s it never asks again', async (when) => {
  const runtime = newRuntime()
  const [endpoint] = adopted(configOf('a', { healthCheck: {} }), runtime).endpoints
  const check = endpoint?.check
  if (check === undefined) throw new Error('no check')
  if (when !== 'before its first question') {
    runtime.wheel.disarm(check)
    check.ring()
  }
  await check.stop()
  check.start()
  expect([runtime.wheel.armed, check.kind]).toEqual([0, 'unknown'])
})
