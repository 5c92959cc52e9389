/** What a place takes and gives back, whatever becomes of its attempt. */

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AttemptFailure } from '@headgate/proxy'
import type { BackendState } from '../backends/backend-state.ts'
import { adopted, configOf } from '../backends/backends.case.ts'
import type { BackendFields } from '../backends/backends.case.ts'
import { noPlaceAnswer, Place, takePlace } from './place.ts'
import type { NoPlace } from './place.ts'

const reset: AttemptFailure = { kind: 'reset', sent: true, headSeen: false }

function take(state: BackendState, now = 0): Place {
  const taken = takePlace(state, 0, now)
  if (typeof taken === 'string') throw new Error(taken)
  return taken.place
}

function counts(state: BackendState): number[] {
  return [state.capacity.inFlight, ...state.endpoints.map(({ inFlight }) => inFlight)]
}

test('a refusal by the bound takes neither a place nor a probe', () => {
  const state = adopted(configOf('a', { capacity: { maxRequests: 1 }, breaker: { failures: 1, openFor: 10 } }))
  take(state).failed(reset, false, 0)
  const probe = take(state, 10)
  expect(takePlace(state, 0, 11)).toBe('circuit_open')
  probe.abandon(11)
  const held = take(state, 12)
  expect(state.endpoints[0]?.breaker?.probesOut).toBe(1)
  held.abandon(13)
  expect([counts(state), state.endpoints[0]?.breaker?.probesOut]).toEqual([[0, 0], 0])
})

test('the surplus is refused before any probe is out', () => {
  const state = adopted(configOf('ab', { capacity: { maxRequests: 1 }, breaker: { failures: 1, openFor: 10 } }))
  const broken = take(state)
  broken.failed(reset, false, 0)
  const running = take(state, 20)
  expect(takePlace(state, 0, 20)).toBe('overloaded')
  expect(state.endpoints.map(({ breaker }) => breaker?.probesOut)).toEqual([0, 0])
  running.ended(20)
})

test('every way to end gives back what was taken, once', () => {
  const fields: BackendFields = {
    breaker: { failures: 2, openFor: 5, probes: 2 },
    outlierDetection: { consecutive5xx: 2, interval: 7, baseEjectionTime: 9, maxEjectionPercent: 50 },
    capacity: { maxRequests: 4 },
    balance: 'peak-ewma',
  }
  const step = fc.record({
    act: fc.constantFrom('take', 'head', 'ended', 'failed', 'abandon'),
    pick: fc.nat(9),
    status: fc.constantFrom(200, 404, 503),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const state = adopted(configOf('abc', fields))
      const places: Place[] = []
      for (const [now, { act, pick, status }] of steps.entries()) {
        if (act === 'take') {
          const taken = takePlace(state, pick, now)
          if (typeof taken !== 'string') places.push(taken.place)
          continue
        }
        const place = places[pick % Math.max(1, places.length)]
        if (act === 'head') place?.head(status, now)
        else if (act === 'failed') place?.failed(reset, pick % 2 === 0, now)
        else place?.[act === 'ended' ? 'ended' : 'abandon'](now)
      }
      for (const place of places) place.abandon(steps.length)
      expect(counts(state)).toEqual([0, 0, 0, 0])
      expect(state.endpoints.map(({ breaker }) => breaker?.probesOut)).toEqual([0, 0, 0])
    }),
  )
})

describe('what an endpoint is judged by', () => {
  const fields: BackendFields = {
    outlierDetection: { consecutive5xx: 1, maxEjectionPercent: 100 },
    breaker: { failures: 1 },
    capacity: { maxConnections: 1 },
  }

  test.for<[string, (place: Place) => void, boolean]>([
    ['a 500', (place) => place.head(500, 0), true],
    ['a reset', (place) => place.failed(reset, false, 0), true],
    ['a refused connection', (place) => place.failed({ ...reset, kind: 'connect-failure' }, false, 0), true],
    ['a clock', (place) => place.failed({ ...reset, kind: 'timeout', clock: 'idle' }, false, 0), true],
    [
      'a clock, but the caller was slow',
      (place) => place.failed({ ...reset, kind: 'timeout', clock: 'idle' }, true, 0),
      false,
    ],
    ['a 429', (place) => place.head(429, 0), false],
    ['a caller that left', (place) => place.abandon(0), false],
    ['a broken upload', (place) => place.failed({ ...reset, kind: 'upload-failed' }, false, 0), false],
  ])('%s', ([, end, counts]) => {
    const state = adopted(configOf('a', fields))
    end(take(state))
    const [endpoint] = state.endpoints
    expect([endpoint?.record?.ejected, endpoint?.breaker?.kind === 'open']).toEqual([counts, counts])
  })

  test('a wait in vain for a connection of its own backend is not its fault', () => {
    const state = adopted(configOf('a', fields))
    const [endpoint] = state.endpoints
    if (endpoint === undefined) throw new Error('no endpoint')
    const waited = new Place(state, endpoint, 1, true, 0)
    state.capacity.tryAcquire()
    waited.failed({ kind: 'connect-failure', clock: 'connect', sent: false, headSeen: false }, false, 10_000)
    expect([endpoint.record?.ejected, endpoint.breaker?.kind]).toEqual([false, 'closed'])
  })

  test('a reply that breaks off after a good head counts once, as a failure', () => {
    const state = adopted(configOf('a', fields))
    const place = take(state)
    place.head(200, 0)
    place.failed({ ...reset, headSeen: true }, false, 0)
    expect(state.ejection?.ejections).toBe(1)
  })
})

test('a 5xx is judged once, whatever becomes of its body', () => {
  const state = adopted(configOf('a', { outlierDetection: { consecutive5xx: 3, maxEjectionPercent: 100 } }))
  const whole = take(state)
  whole.head(503, 0)
  whole.ended(0)
  expect(state.endpoints[0]?.record?.failures).toBe(1)
  const cut = take(state)
  cut.head(503, 0)
  cut.failed({ ...reset, headSeen: true }, false, 0)
  expect(state.endpoints[0]?.record?.failures).toBe(2)
})

test('a failure without a head is measured as a slow one', () => {
  const state = adopted(configOf('a', { balance: 'peak-ewma' }))
  take(state, 100).failed({ ...reset, kind: 'connect-failure' }, false, 101)
  expect(state.endpoints[0]?.load.latency?.averageMs(101)).toBe(1000)
  take(state, 101).abandon(9_000)
  expect(state.endpoints[0]?.load.latency?.averageMs(101)).toBe(1000)
})

test('the time to the head is measured, once', () => {
  const state = adopted(configOf('a', { balance: 'peak-ewma' }))
  const place = take(state, 100)
  place.head(200, 140)
  place.failed({ ...reset, headSeen: true }, false, 10_000)
  expect(state.endpoints[0]?.load.latency?.averageMs(140)).toBe(40)
})

test.for<[NoPlace, object]>([
  ['no_endpoint', { code: 'no_endpoint' }],
  ['no_healthy_endpoint', { code: 'no_healthy_endpoint', retryAfterMs: 10_000 }],
  ['circuit_open', { code: 'circuit_open', retryAfterMs: 10_000 }],
  ['overloaded', { code: 'overloaded', headers: ['x-envoy-overloaded', 'true'] }],
])('%s is told to the caller', ([why, answer]) => {
  const state = adopted(configOf('a', { breaker: { failures: 1 } }))
  take(state).failed(reset, false, 0)
  expect(noPlaceAnswer(why, state, 0)).toEqual(answer)
})
