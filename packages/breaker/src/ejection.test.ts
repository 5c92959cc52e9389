/** Outlier ejection: Envoy's arithmetic in tables, and lazy sweeps against sweeps on time. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EjectionRecord } from './ejection-record.ts'
import { OutlierEjection } from './ejection.ts'
import type { EjectionHooks, EjectionOptions } from './ejection.ts'

const alone: EjectionOptions = { consecutive5xx: 1, maxEjectionPercent: 100 }

/** An ejection over some endpoints, which tests name by their number. */
class Numbered {
  readonly ejection: OutlierEjection
  readonly records: EjectionRecord[]

  constructor(endpoints: number, options: EjectionOptions = {}, hooks: EjectionHooks = {}) {
    this.ejection = new OutlierEjection(options, hooks)
    this.records = Array.from({ length: endpoints }, (_, at) => new EjectionRecord(String(at)))
    this.ejection.setEndpoints(this.records)
  }

  at(endpoint: number): EjectionRecord {
    return this.records[endpoint] as EjectionRecord
  }

  get ejected(): number {
    return this.ejection.ejected
  }

  get ejections(): number {
    return this.ejection.ejections
  }

  get overflows(): number {
    return this.ejection.overflows
  }

  sweep(now: number): void {
    this.ejection.sweep(now)
  }

  success(endpoint: number): void {
    this.ejection.success(this.at(endpoint))
  }

  failure(endpoint: number, now: number): boolean {
    return this.ejection.failure(this.at(endpoint), now)
  }

  uneject(endpoint: number, now: number): void {
    this.ejection.uneject(this.at(endpoint), now)
  }
}

function fail(ejection: Numbered, endpoint: number, times: number, now: number): boolean[] {
  return Array.from({ length: times }, () => ejection.failure(endpoint, now))
}

describe('counting', () => {
  test('ejects at the fifth failure in a row by default, inline', () => {
    const ejection = new Numbered(10)
    expect(fail(ejection, 3, 5, 0)).toEqual([false, false, false, false, true])
    expect(ejection.at(3).ejected).toBe(true)
    expect(ejection.at(2).ejected).toBe(false)
  })

  test('a success of the same endpoint starts the count again, one of another does not', () => {
    const ejection = new Numbered(10, { consecutive5xx: 2 })
    fail(ejection, 0, 1, 0)
    ejection.success(1)
    expect(ejection.at(0).failures).toBe(1)
    ejection.success(0)
    expect(fail(ejection, 0, 2, 0)).toEqual([false, true])
  })

  test('a count of 0 never ejects', () => {
    const ejection = new Numbered(1, { consecutive5xx: 0, maxEjectionPercent: 100 })
    expect(fail(ejection, 0, 100, 0)).not.toContain(true)
  })

  test('an endpoint that is ejected is not ejected again, and comes back without failures', () => {
    const ejection = new Numbered(1, { ...alone, consecutive5xx: 2, baseEjectionMs: 1_000 })
    fail(ejection, 0, 7, 0)
    expect(ejection.ejections).toBe(1)
    ejection.sweep(10_000)
    expect(ejection.at(0).ejected).toBe(false)
    expect(ejection.at(0).failures).toBe(0)
  })
})

describe('share', () => {
  test.for<[number, number, boolean, number]>([
    [1, 50, false, 0],
    [1, 50, true, 1],
    [1, 100, false, 1],
    [2, 50, false, 1],
    [3, 50, false, 1],
    [4, 50, false, 2],
    [3, 67, false, 2],
    [9, 10, false, 0],
    [10, 10, false, 1],
    [10, 10, true, 1],
    [5, 0, false, 0],
    [5, 0, true, 1],
  ])(
    'of %d endpoints at %d percent, always one: %s, ejected: %d',
    ([endpoints, maxEjectionPercent, alwaysEjectOne, ejected]) => {
      const ejection = new Numbered(endpoints, { consecutive5xx: 1, maxEjectionPercent, alwaysEjectOne })
      for (let endpoint = 0; endpoint < endpoints; endpoint++) ejection.failure(endpoint, 0)
      expect(ejection.ejected).toBe(ejected)
      expect(ejection.overflows).toBe(endpoints - ejected)
    },
  )

  test('a prevented ejection starts the count of its endpoint again', () => {
    const ejection = new Numbered(2, { consecutive5xx: 2, maxEjectionPercent: 0 })
    fail(ejection, 0, 4, 0)
    expect(ejection.overflows).toBe(2)
  })
})

describe('time', () => {
  test('comes back at the first sweep after its time, not between sweeps', () => {
    const ejection = new Numbered(1, { ...alone, intervalMs: 10_000, baseEjectionMs: 15_000 })
    ejection.sweep(0)
    ejection.failure(0, 2_000)
    expect(ejection.at(0).ejectedUntil).toBe(17_000)
    ejection.sweep(19_999)
    expect(ejection.at(0).ejected).toBe(true)
    ejection.sweep(20_000)
    expect(ejection.at(0).ejected).toBe(false)
    expect(ejection.at(0).ejectedUntil).toBe(0)
  })

  test('each ejection in a row is longer by the base time, up to the cap', () => {
    const options = { ...alone, intervalMs: 10, baseEjectionMs: 30, maxEjectionMs: 100 }
    const ejection = new Numbered(1, options)
    let now = 0
    ejection.sweep(now)
    const lengths = Array.from({ length: 6 }, () => {
      ejection.failure(0, now)
      const lengthMs = ejection.at(0).ejectedUntil - now
      now += Math.ceil(lengthMs / 10) * 10
      ejection.sweep(now)
      return lengthMs
    })
    expect(lengths).toEqual([30, 60, 90, 100, 100, 100])
    expect(ejection.at(0).multiplier).toBe(5)
  })

  test('the multiplier falls by 1 for every healthy interval, and not below 0', () => {
    const ejection = new Numbered(1, { ...alone, intervalMs: 10, baseEjectionMs: 10 })
    ejection.sweep(0)
    ejection.failure(0, 0)
    ejection.sweep(10)
    ejection.failure(0, 10)
    expect(ejection.at(0).multiplier).toBe(2)
    ejection.sweep(30)
    expect([ejection.at(0).ejected, ejection.at(0).multiplier]).toEqual([false, 2])
    ejection.sweep(40)
    expect(ejection.at(0).multiplier).toBe(1)
    ejection.sweep(90)
    expect(ejection.at(0).multiplier).toBe(0)
  })

  test('jitter is added on top of the time, within its bound', () => {
    const ejection = new Numbered(1, { ...alone, baseEjectionMs: 1_000, maxJitterMs: 500 }, { random: () => 0.5 })
    ejection.failure(0, 0)
    expect(ejection.at(0).ejectedUntil).toBe(1_250)
  })

  test('an endpoint brought back early waits a whole interval before its multiplier falls', () => {
    const ejection = new Numbered(1, { ...alone, intervalMs: 100 })
    ejection.sweep(0)
    ejection.failure(0, 10)
    ejection.uneject(0, 50)
    expect([ejection.at(0).ejected, ejection.ejected]).toEqual([false, 0])
    ejection.sweep(100)
    expect(ejection.at(0).multiplier).toBe(1)
    ejection.sweep(200)
    expect(ejection.at(0).multiplier).toBe(0)
  })
})

interface Step {
  readonly waitMs: number
  readonly endpoint: number
  readonly failed: boolean
}

/** What one sees after each step, with a sweep in every millisecond or only where a step needs one. */
function seen(sequence: readonly Step[], sweeps: 'prompt' | 'lazy'): unknown[] {
  const options = { consecutive5xx: 2, intervalMs: 25, baseEjectionMs: 40, maxEjectionMs: 100, maxEjectionPercent: 50 }
  const ejection = new Numbered(4, options)
  ejection.sweep(0)
  let now = 0
  return sequence.map(({ waitMs, endpoint, failed }) => {
    now += waitMs
    for (let at = now - waitMs; sweeps === 'prompt' && at <= now; at++) ejection.sweep(at)
    const answer = failed && ejection.failure(endpoint, now)
    if (!failed) {
      ejection.sweep(now)
      ejection.success(endpoint)
    }
    const each = [0, 1, 2, 3].map((at) => [
      ejection.at(at).ejectedUntil,
      ejection.at(at).multiplier,
      ejection.at(at).failures,
    ])
    return { answer, each, ejected: ejection.ejected, overflows: ejection.overflows }
  })
}

const steps = fc.array(
  fc.record({ waitMs: fc.oneof(fc.nat(20), fc.nat(200)), endpoint: fc.nat(3), failed: fc.boolean() }),
  { maxLength: 120 },
)

test('sweeps that come late make no difference to sweeps on time', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      expect(seen(sequence, 'lazy')).toEqual(seen(sequence, 'prompt'))
    }),
    { numRuns: 300 },
  )
})

test('never ejects more than the share', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      for (const step of seen(sequence, 'lazy')) expect((step as { ejected: number }).ejected).toBeLessThanOrEqual(2)
    }),
  )
})

test('a listener is told of each change', () => {
  const changes: [string, boolean, number][] = []
  const onChange = ({ endpoint, ejected }: EjectionRecord, now: number): unknown =>
    changes.push([endpoint, ejected, now])
  const ejection = new Numbered(2, { ...alone, intervalMs: 100, baseEjectionMs: 150 }, { onChange })
  ejection.failure(1, 0)
  ejection.sweep(230)
  expect(changes).toEqual([
    ['1', true, 0],
    ['1', false, 230],
  ])
})

describe('another list of endpoints', () => {
  const options = { consecutive5xx: 2, maxEjectionPercent: 50, intervalMs: 100, baseEjectionMs: 100 }
  const [a, b, c] = ['a', 'b', 'c'].map((name) => new EjectionRecord(name)) as [
    EjectionRecord,
    EjectionRecord,
    EjectionRecord,
  ]

  test('in another order, shorter or longer: what is known stays with its endpoint', () => {
    const ejection = new OutlierEjection(options)
    ejection.setEndpoints([a, b])
    ejection.failure(a, 0)
    ejection.failure(b, 0)
    ejection.failure(b, 0)
    expect([a.ejected, b.ejected, ejection.ejected]).toEqual([false, true, 1])
    ejection.setEndpoints([c, b, a])
    expect([a.failures, b.ejected, ejection.ejected, ejection.endpoints]).toEqual([1, true, 1, 3])
    expect(ejection.failure(a, 10)).toBe(false)
    expect(ejection.overflows).toBe(1)
    ejection.setEndpoints([a, c])
    expect(ejection.ejected).toBe(0)
  })

  test('an endpoint that is gone neither counts nor comes back', () => {
    const changes: string[] = []
    const ejection = new OutlierEjection(
      { ...options, maxEjectionPercent: 100 },
      { onChange: (one) => changes.push(one.endpoint) },
    )
    const gone = new EjectionRecord('gone')
    ejection.setEndpoints([gone, c])
    ejection.failure(gone, 0)
    ejection.failure(gone, 0)
    ejection.setEndpoints([c])
    ejection.uneject(gone, 10)
    ejection.sweep(1_000)
    expect([gone.ejected, ejection.ejected, changes]).toEqual([true, 0, ['gone']])
    const late = new EjectionRecord('late')
    expect([ejection.failure(late, 0), ejection.failure(late, 0), late.failures]).toEqual([false, false, 0])
  })
})

test('the rest of an ejection lasts to the sweep that ends it', () => {
  const ejection = new Numbered(1, { ...alone, intervalMs: 10_000, baseEjectionMs: 15_000 })
  ejection.sweep(0)
  ejection.failure(0, 2_000)
  expect(ejection.ejection.restMs(ejection.at(0), 5_000)).toBe(15_000)
  ejection.sweep(20_000)
  expect(ejection.ejection.restMs(ejection.at(0), 20_000)).toBe(0)
})

test.for<[string, () => unknown]>([
  ['consecutive5xx is -1', () => new Numbered(1, { consecutive5xx: -1 })],
  ['consecutive5xx is 2.5', () => new Numbered(1, { consecutive5xx: 2.5 })],
  ['intervalMs is 0', () => new Numbered(1, { intervalMs: 0 })],
  ['maxEjectionMs is 10', () => new Numbered(1, { maxEjectionMs: 10 })],
  ['maxEjectionPercent is NaN', () => new Numbered(1, { maxEjectionPercent: Number.NaN })],
])('%s is refused by name', ([message, make]) => {
  expect(make).toThrow(RangeError)
  expect(make).toThrow(`outlier ejection: ${message}, expected`)
})
