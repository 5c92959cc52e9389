/** The config and the policies used alone agree on every default. */

import { Breaker, Capacity, Health, panics } from '@headgate/breaker'
import { KeyedLimiter } from '@headgate/limiter'
import { backoffMs, RetryBudget } from '@headgate/retry'
import { describe, expect, test } from 'vitest'

import * as defaults from './defaults.ts'

/** One line for each step of a breaker that fails until it opens, waits and fails its probe, again and again. */
function life(breaker: Breaker): readonly string[] {
  const steps: string[] = []
  for (let now = 0; now < 1_500_000; now += 1000) {
    const permit = breaker.admit(now)
    steps.push(`${now} ${breaker.kind} ${permit}`)
    if (permit !== 0) breaker.settle(permit, 'failure', now)
  }
  return steps
}

describe('the policies have the same defaults when they are used alone', () => {
  test('the breaker', () => {
    const { failures, openMs, maxOpenFactor, probes } = defaults.breaker
    expect(life(new Breaker())).toStrictEqual(
      life(new Breaker({ failures, openMs, maxOpenMs: openMs * maxOpenFactor, probes })),
    )
    expect(life(new Breaker())).not.toStrictEqual(life(new Breaker({ maxOpenMs: openMs * (maxOpenFactor - 1) })))
  })

  test('the capacity', () => {
    expect(new Capacity().maxRequests).toBe(defaults.maxRequests)
  })

  test('the health', () => {
    const { healthy, unhealthy } = defaults.healthCheck
    const life = (health: Health): readonly boolean[] =>
      [true, false, false, false, false, true, true, true].map((success) => health.result(success))
    expect(life(new Health())).toStrictEqual(life(new Health({ healthy, unhealthy })))
    expect(life(new Health())).not.toStrictEqual(life(new Health({ healthy, unhealthy: unhealthy + 1 })))
  })

  test('the panic threshold', () => {
    for (let healthy = 0; healthy <= 100; healthy++)
      expect(panics(healthy, 100)).toBe(panics(healthy, 100, defaults.panicThreshold))
  })

  test('the retry budget', () => {
    const { percent, windowMs, minimum } = new RetryBudget()
    expect({ percent, windowMs, minimum }).toStrictEqual(defaults.retryBudget)
  })

  test('the backoff', () => {
    const { type, baseMs, maxFactor } = defaults.backoff
    for (const repeat of [1, 2, 3, 4, 5, 50]) {
      const alone = backoffMs(repeat, {}, () => 0.5)
      expect(backoffMs(repeat, { type, baseMs, maxMs: baseMs * maxFactor }, () => 0.5)).toBe(alone)
    }
  })

  test('the keyed limit', () => {
    const limiter = new KeyedLimiter({ tokens: 1, everyMs: 1_000_000 })
    for (let key = 0; key < defaults.limit.maxKeys + 1000; key++) limiter.take(`key-${key}`, 0)
    expect(limiter.size).toBe(defaults.limit.maxKeys)
  })
})
