/** The breaker against its oracle, its invariants under any order of events, and what the oracle does not have. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Breaker } from './breaker.ts'
import type { BreakerKind, Verdict } from './breaker.ts'
import { initial, next } from './oracle.ts'
import type { BreakerState, OracleOptions } from './oracle.ts'
import type { BreakerOptions } from './options.ts'

type Step = { readonly waitMs: number } & (
  | { readonly ask: true }
  | { readonly pick: number; readonly verdict: Verdict }
)

const waits = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 40, max: 130 }))
const verdicts = fc.constantFrom<Verdict>('success', 'failure', 'failure', 'abandoned')
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ waitMs: waits, ask: fc.constant(true as const) }),
    fc.record({ waitMs: waits, pick: fc.nat(20), verdict: verdicts }),
  ),
  { minLength: 20, maxLength: 200 },
)

/** Lets `count` calls through and fails them all. */
function fail(breaker: Breaker, count: number, now: number): void {
  for (let call = 0; call < count; call++) breaker.settle(breaker.admit(now), 'failure', now)
}

/** One breaker, whatever it is made of, as a sequence of asks and answers meets it. */
interface Subject<Permit> {
  readonly ask: (now: number) => Permit | undefined
  readonly settle: (permit: Permit, verdict: Verdict, now: number) => void
}

/** Plays a sequence, calls `after` after each step and gives back the permits that never came back. */
function play<Permit>(
  sequence: readonly Step[],
  { ask, settle }: Subject<Permit>,
  after: (now: number, admitted: boolean) => void,
): Permit[] {
  const out: Permit[] = []
  let now = 1
  for (const step of sequence) {
    now += step.waitMs
    const permit = 'ask' in step ? ask(now) : undefined
    if (permit !== undefined) out.push(permit)
    const back = 'ask' in step || out.length === 0 ? [] : out.splice(step.pick % out.length, 1)
    for (const each of back) if (!('ask' in step)) settle(each, step.verdict, now)
    after(now, permit !== undefined)
  }
  return out
}

function subject(breaker: Breaker): Subject<number> {
  return {
    ask: (now) => breaker.admit(now) || undefined,
    settle: (permit, verdict, now) => breaker.settle(permit, verdict, now),
  }
}

/** What the breaker and the oracle must agree on. */
type Seen = [admitted: boolean, kind: BreakerKind, failuresOrOut: number, succeeded: number]

function playBreaker(sequence: readonly Step[], options: OracleOptions): Seen[] {
  const breaker = new Breaker({ ...options, maxOpenMs: options.openMs })
  const seen: Seen[] = []
  play(sequence, subject(breaker), (_now, admitted) => {
    const count = breaker.kind === 'half-open' ? breaker.probesOut : breaker.failures
    seen.push([admitted, breaker.kind, count, breaker.probesSucceeded])
  })
  return seen
}

function playOracle(sequence: readonly Step[], options: OracleOptions): Seen[] {
  let state: BreakerState = initial
  const seen: Seen[] = []
  const oracle: Subject<number> = {
    ask: (now) => {
      const before = state
      state = next(state, { type: 'ask', now }, options)
      return state.kind === 'closed' || before !== state ? now : undefined
    },
    settle: (sentAt, type, now) => {
      state = next(state, { type, now, sentAt }, options)
    },
  }
  play(sequence, oracle, (_now, admitted) => {
    if (state.kind === 'half-open') seen.push([admitted, state.kind, state.inFlight, state.succeeded])
    else seen.push([admitted, state.kind, state.kind === 'closed' ? state.failures : 0, 0])
  })
  return seen
}

test('any sequence of asks and answers means the same to the breaker and to the oracle', () => {
  const options = fc.record({
    failures: fc.integer({ min: 1, max: 4 }),
    probes: fc.integer({ min: 1, max: 3 }),
    openMs: fc.constantFrom(1, 50),
  })
  fc.assert(
    fc.property(options, steps, (meaning, sequence) => {
      expect(playBreaker(sequence, meaning)).toEqual(playOracle(sequence, meaning))
    }),
    { numRuns: 1_000 },
  )
})

const anyOptions: fc.Arbitrary<Required<BreakerOptions>> = fc.record({
  failures: fc.integer({ min: 0, max: 4 }),
  openMs: fc.constantFrom(1, 50),
  maxOpenMs: fc.constantFrom(1, 120, 500),
  probes: fc.integer({ min: 1, max: 3 }),
  ratio: fc.record({
    threshold: fc.constantFrom(0.3, 1),
    windowMs: fc.constant(100),
    minimum: fc.integer({ min: 1, max: 6 }),
  }),
})

describe('whatever happens', () => {
  const chances = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }))

  /** Runs `check` after every step, then once more at the end with all permits given back. */
  function always(check: (breaker: Breaker, now: number, options: Required<BreakerOptions>) => void): void {
    fc.assert(
      fc.property(anyOptions, steps, chances, (options, sequence, chance) => {
        const random = (): number => chance.next().value
        const breaker = new Breaker(options, { random, mayOpen: () => random() < 0.7 })
        let last = 0
        const out = play(sequence, subject(breaker), (now) => {
          last = now
          check(breaker, now, options)
        })
        for (const permit of out) breaker.settle(permit, 'abandoned', last)
        check(breaker, last, options)
      }),
      { numRuns: 200 },
    )
  }

  test('probes out are never below 0 and, with those that succeeded, never more than configured', () => {
    always((breaker, _now, { probes }) => {
      expect(breaker.probesOut).toBeGreaterThanOrEqual(0)
      expect(breaker.probesOut + breaker.probesSucceeded).toBeLessThanOrEqual(probes)
    })
  })

  test('retryAfterMs is 0 exactly where a call would be let through, and never negative', () => {
    always((breaker, now) => {
      expect(breaker.retryAfterMs(now) === 0).toBe(breaker.wouldAdmit(now))
      expect(breaker.retryAfterMs(now)).toBeGreaterThanOrEqual(0)
    })
  })

  test('an opening lasts at least openMs and at most the cap and its jitter', () => {
    always((breaker, _now, { openMs, maxOpenMs }) => {
      const lengthMs = breaker.kind === 'open' ? breaker.openUntil - breaker.since : openMs
      expect(lengthMs).toBeGreaterThanOrEqual(openMs - 1e-9)
      expect(lengthMs).toBeLessThanOrEqual(Math.max(openMs, maxOpenMs) * 1.05 + 1e-9)
    })
  })

  test('with no probe out a call gets through once the time is over', () => {
    always((breaker, now) => {
      expect(breaker.probesOut > 0 || breaker.wouldAdmit(now + breaker.retryAfterMs(now))).toBe(true)
    })
  })

  test('wouldAdmit and kindAt say beforehand what admit then does, and change nothing', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const breaker = new Breaker({ failures: 2, openMs: 50, probes: 2 })
        const foretold: [boolean, BreakerKind][] = []
        const done: [boolean, BreakerKind][] = []
        const { ask, settle } = subject(breaker)
        const watched = (now: number): number | undefined => {
          foretold.push([breaker.wouldAdmit(now), breaker.kindAt(now)])
          const permit = ask(now)
          done.push([permit !== undefined, breaker.kind])
          return permit
        }
        play(sequence, { ask: watched, settle }, () => undefined)
        expect(done).toEqual(foretold)
      }),
    )
  })

  test('changes are told one by one, each from where the last one led', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const told: string[] = ['closed']
        const onChange = (from: BreakerKind, to: BreakerKind): unknown => told.push(from, to)
        const breaker = new Breaker({ failures: 1, openMs: 50 }, { onChange })
        play(sequence, subject(breaker), () => undefined)
        const changes = told.slice(0, -1).filter((_kind, index) => index % 2 === 0)
        const arrivals = told.filter((_kind, index) => index % 2 === 1)
        expect(arrivals).toEqual(changes)
        expect(told.at(-1)).toBe(breaker.kind)
      }),
    )
  })
})

describe('closed', () => {
  test('opens at the fifth failure in a row by default', () => {
    const breaker = new Breaker()
    fail(breaker, 4, 0)
    expect(breaker.kind).toBe('closed')
    fail(breaker, 1, 0)
    expect(breaker.kind).toBe('open')
  })

  test('a success or nothing learnt between failures: only the success starts the count again', () => {
    const breaker = new Breaker({ failures: 2 })
    fail(breaker, 1, 0)
    breaker.settle(breaker.admit(1), 'success', 1)
    fail(breaker, 1, 2)
    expect(breaker.kind).toBe('closed')
    breaker.settle(breaker.admit(3), 'abandoned', 3)
    fail(breaker, 1, 4)
    expect(breaker.kind).toBe('open')
  })

  test('never opens with failures: 0 and no ratio', () => {
    const breaker = new Breaker({ failures: 0 })
    fail(breaker, 10_000, 0)
    expect(breaker.kind).toBe('closed')
    expect(breaker.admit(0)).not.toBe(0)
  })

  test('opens on a share of failures, successes between them notwithstanding', () => {
    const breaker = new Breaker({ failures: 0, ratio: { threshold: 0.5, windowMs: 1_000, minimum: 4 } })
    for (const verdict of ['failure', 'success', 'success'] as const) breaker.settle(breaker.admit(0), verdict, 0)
    expect(breaker.kind).toBe('closed')
    fail(breaker, 1, 0)
    expect(breaker.kind).toBe('open')
  })

  test('stays closed while it may not open, and opens at the first failure after it may', () => {
    let allowed = false
    const breaker = new Breaker({ failures: 2 }, { mayOpen: () => allowed })
    fail(breaker, 7, 0)
    expect(breaker.kind).toBe('closed')
    allowed = true
    fail(breaker, 1, 1)
    expect(breaker.kind).toBe('open')
  })

  test('a failed probe opens without asking whether it may', () => {
    let allowed = true
    const breaker = new Breaker({ failures: 1, openMs: 100 }, { mayOpen: () => allowed })
    fail(breaker, 1, 0)
    allowed = false
    fail(breaker, 1, 100)
    expect(breaker.kind).toBe('open')
  })
})

describe('open', () => {
  test('the first opening lasts exactly as configured, whatever chance says', () => {
    const breaker = new Breaker({ failures: 1 }, { random: () => 0.999 })
    fail(breaker, 1, 5)
    expect(breaker.openUntil).toBe(10_005)
    expect(breaker.admit(10_004.999)).toBe(0)
    expect(breaker.retryAfterMs(10_000)).toBe(5)
    expect(breaker.kindAt(10_005)).toBe('half-open')
    expect(breaker.kind).toBe('open')
    expect(breaker.admit(10_005)).not.toBe(0)
    expect(breaker.kind).toBe('half-open')
  })

  test.for<[number, number[]]>([
    [0, [100, 200, 300, 350, 350]],
    [1, [100, 210, 315, 367.5, 367.5]],
  ])(
    'the n-th opening in a row lasts n times as long up to the cap, plus at most 5%% (chance %d)',
    ([chance, lengths]) => {
      const breaker = new Breaker({ failures: 1, openMs: 100, maxOpenMs: 350 }, { random: () => chance })
      let now = 0
      const seen = lengths.map(() => {
        fail(breaker, 1, now)
        const lengthMs = breaker.openUntil - now
        now = breaker.openUntil
        return lengthMs
      })
      expect(seen).toEqual(lengths.map((lengthMs) => expect.closeTo(lengthMs, 6) as number))
      expect(breaker.openings).toBe(5)
    },
  )

  test.for<[string, number, number]>([
    ['one that closed and opens again before openMs has passed goes on with its row', 99, 2],
    ['one that stayed closed for openMs starts a new row', 100, 1],
  ])('%s', ([, closedMs, openings]) => {
    const breaker = new Breaker({ failures: 1, openMs: 100 })
    fail(breaker, 1, 0)
    breaker.settle(breaker.admit(100), 'success', 150)
    expect(breaker.kind).toBe('closed')
    fail(breaker, 1, 150 + closedMs)
    expect(breaker.openings).toBe(openings)
    expect(breaker.openUntil).toBe(150 + closedMs + openings * 100)
  })

  test('a cap below openMs leaves every opening at openMs', () => {
    const breaker = new Breaker({ failures: 1, openMs: 100, maxOpenMs: 10 })
    fail(breaker, 1, 0)
    fail(breaker, 1, 100)
    expect(breaker.openUntil).toBe(200)
  })
})

describe('half-open', () => {
  function halfOpen(probes: number): Breaker {
    const breaker = new Breaker({ failures: 1, openMs: 5_000, probes })
    fail(breaker, 1, 0)
    return breaker
  }

  test('lets one probe out by default and hints at a second while it is out', () => {
    const breaker = halfOpen(1)
    expect(breaker.admit(5_000)).not.toBe(0)
    expect(breaker.admit(5_000)).toBe(0)
    expect(breaker.retryAfterMs(5_000)).toBe(1_000)
  })

  test('closes when all of its probes succeeded, and not before', () => {
    const breaker = halfOpen(2)
    const first = breaker.admit(5_000)
    const second = breaker.admit(5_000)
    breaker.settle(first, 'success', 5_001)
    expect(breaker.kind).toBe('half-open')
    expect(breaker.admit(5_001)).toBe(0)
    breaker.settle(second, 'success', 5_002)
    expect(breaker.kind).toBe('closed')
    expect(breaker.failures).toBe(0)
  })

  test('a late answer of the closed time neither closes nor opens', () => {
    const breaker = new Breaker({ failures: 1, openMs: 100 })
    const late = breaker.admit(0)
    const later = breaker.admit(0)
    fail(breaker, 1, 0)
    const probe = breaker.admit(100)
    breaker.settle(late, 'success', 101)
    breaker.settle(later, 'failure', 102)
    expect(breaker.kind).toBe('half-open')
    breaker.settle(probe, 'success', 103)
    expect(breaker.kind).toBe('closed')
  })

  test('the second probe of a time that failed says nothing in the next one', () => {
    const breaker = new Breaker({ failures: 1, openMs: 100, maxOpenMs: 100, probes: 2 })
    fail(breaker, 1, 0)
    const first = breaker.admit(100)
    const second = breaker.admit(100)
    breaker.settle(first, 'failure', 101)
    const third = breaker.admit(201)
    breaker.settle(second, 'failure', 202)
    expect(breaker.kind).toBe('half-open')
    expect(third).not.toBe(second)
    expect(breaker.probesOut).toBe(1)
  })

  test('an abandoned probe frees its place', () => {
    const breaker = halfOpen(1)
    breaker.settle(breaker.admit(5_000), 'abandoned', 5_001)
    expect(breaker.kind).toBe('half-open')
    expect(breaker.admit(5_001)).not.toBe(0)
  })

  test('a permit that comes back twice does not make room for two probes', () => {
    const breaker = halfOpen(1)
    const probe = breaker.admit(5_000)
    breaker.settle(probe, 'abandoned', 5_001)
    breaker.settle(probe, 'abandoned', 5_001)
    expect(breaker.probesOut).toBe(0)
    expect(breaker.admit(5_002)).not.toBe(0)
    expect(breaker.admit(5_002)).toBe(0)
  })
})

test('a refused call settles without effect', () => {
  const breaker = new Breaker({ failures: 1 })
  breaker.settle(0, 'failure', 0)
  expect(breaker.kind).toBe('closed')
})

test('a listener that throws costs no probe its place', () => {
  const breaker = new Breaker(
    { failures: 1, openMs: 100 },
    {
      onChange: (_from, to) => {
        if (to === 'half-open') throw new Error('listener')
      },
    },
  )
  fail(breaker, 1, 0)
  expect(() => breaker.admit(100)).toThrow('listener')
  expect(breaker.admit(101)).not.toBe(0)
})

test('a listener that asks back meets the breaker as it is after the change', () => {
  const seen: [BreakerKind, number][] = []
  const breaker: Breaker = new Breaker(
    { failures: 1, openMs: 100 },
    { onChange: (_from, to, now) => seen.push([to, breaker.admit(now)]) },
  )
  fail(breaker, 1, 0)
  expect(breaker.admit(100)).toBe(0)
  expect(seen).toEqual([
    ['open', 0],
    ['half-open', 3],
  ])
  expect(breaker.probesOut).toBe(1)
})
