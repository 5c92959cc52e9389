/** Ejection, panic and what lives on over a reload, in a time that the tests give. */

import { afterEach, describe, expect, test } from 'vitest'
import type { HealthKind } from '@headgate/breaker'
import type { BackendState } from './backend-state.ts'
import { adopted, closeRuntimes, configOf, newRuntime, noted } from './backends.case.ts'
import type { BackendFields } from './backends.case.ts'

const ejecting: BackendFields = {
  outlierDetection: { consecutive5xx: 1, interval: '10s', baseEjectionTime: '30s', maxEjectionPercent: 100 },
}

afterEach(closeRuntimes)

function fail(state: BackendState, name: string, now: number): void {
  const endpoint = state.endpoints.find(({ url }) => url === `http://${name}:1`)
  if (endpoint === undefined) throw new Error(`no endpoint ${name}`)
  state.judge(endpoint, true, now)
}

function ejected(state: BackendState, now: number): string {
  state.sweep(now)
  return state.endpoints.map(({ record, url }) => (record?.ejected === true ? url.charAt(7) : '-')).join('')
}

function picked(state: BackendState, now: number, mayPanic = true): string {
  const seen = new Set<string>()
  for (let pick = 0; pick < 12; pick++) {
    const index = state.pick(0, now, undefined, mayPanic)
    seen.add(state.endpoints[index]?.url.charAt(7) ?? state.whyNone())
  }
  return [...seen].toSorted((one, other) => one.localeCompare(other)).join('')
}

describe('ejection', () => {
  test('takes an endpoint out and brings it back at a sweep, each told once', () => {
    const runtime = newRuntime()
    const told = noted(runtime, 'endpoint-ejected', 'endpoint-restored')
    const state = adopted(configOf('abc', ejecting), runtime)
    expect(picked(state, 0)).toBe('abc')
    fail(state, 'b', 4_000)
    expect([picked(state, 4_000), picked(state, 39_999)]).toEqual(['ac', 'ac'])
    expect(picked(state, 40_000)).toBe('abc')
    expect(told).toEqual(['endpoint-ejected http://b:1 30000', 'endpoint-restored http://b:1'])
  })

  test('a snapshot sees the return without any request', () => {
    const state = adopted(configOf('abc', ejecting))
    state.sweep(0)
    fail(state, 'b', 1)
    expect([ejected(state, 39_999), ejected(state, 40_000)]).toEqual(['-b-', '---'])
  })

  test('counts failures in a row, and a success in between starts again', () => {
    const state = adopted(configOf('abc', { outlierDetection: { consecutive5xx: 2, maxEjectionPercent: 100 } }))
    const [a] = state.endpoints
    if (a === undefined) throw new Error('no endpoint')
    for (const failed of [true, false, true]) state.judge(a, failed, 0)
    expect(ejected(state, 0)).toBe('---')
    state.judge(a, true, 0)
    expect(ejected(state, 0)).toBe('a--')
  })

  test('never takes more than its percentage', () => {
    const state = adopted(configOf('abcd', { outlierDetection: { consecutive5xx: 1, maxEjectionPercent: 50 } }))
    for (const name of 'abcd') fail(state, name, 0)
    expect(ejected(state, 0)).toBe('ab--')
    expect(state.ejection?.overflows).toBe(2)
  })

  test('the wait is told until the sweep that ends it, and never for nothing', () => {
    const state = adopted(configOf('a', { ...ejecting, panicThreshold: 0 }))
    expect(state.retryAfterMs(0)).toBe(0)
    state.sweep(0)
    fail(state, 'a', 4_000)
    expect(picked(state, 5_000)).toBe('no_healthy_endpoint')
    expect(state.retryAfterMs(5_000)).toBe(35_000)
  })
})

describe('panic', () => {
  test.for<[number, number, string]>([
    [50, 1, 'bcd'],
    [50, 2, 'cd'],
    [50, 3, 'abcd'],
    [50, 4, 'abcd'],
    [0, 3, 'd'],
    [0, 4, 'no_healthy_endpoint'],
    [100, 1, 'abcd'],
  ])('at a threshold of %i percent with %i of 4 ejected picks from %s', ([panicThreshold, out, expected]) => {
    const state = adopted(configOf('abcd', { ...ejecting, panicThreshold }))
    for (const name of 'abcd'.slice(0, out)) fail(state, name, 0)
    expect(picked(state, 0)).toBe(expected)
  })

  test('with a fallback only those that are well are used, and then the fallback', () => {
    const state = adopted(configOf('abcd', ejecting))
    for (const name of 'abc') fail(state, name, 0)
    expect(picked(state, 0, false)).toBe('d')
    fail(state, 'd', 0)
    expect(picked(state, 0, false)).toBe('no_healthy_endpoint')
    expect(picked(state, 0, true)).toBe('abcd')
  })

  test('never opens an open breaker', () => {
    const state = adopted(configOf('ab', { ...ejecting, breaker: { failures: 1 } }))
    for (const name of 'ab') fail(state, name, 0)
    const breaker = state.endpoints[0]?.breaker
    breaker?.settle(breaker.admit(0), 'failure', 0)
    expect(picked(state, 0)).toBe('b')
    const other = state.endpoints[1]?.breaker
    other?.settle(other.admit(0), 'failure', 0)
    expect([picked(state, 0), picked(state, 0, false)]).toEqual(['circuit_open', 'no_healthy_endpoint'])
  })
})

describe('health', () => {
  function checked(state: BackendState, from: HealthKind, to: HealthKind, success: boolean): void {
    state.checked('http://b:1', from, to, '200', success, 1)
  }

  test('a success ends an ejection at once, a failure does not', () => {
    const state = adopted(configOf('abc', ejecting))
    fail(state, 'b', 0)
    checked(state, 'healthy', 'healthy', false)
    expect(ejected(state, 1)).toBe('-b-')
    checked(state, 'healthy', 'healthy', true)
    expect(ejected(state, 1)).toBe('---')
  })

  test('changes alone are told', () => {
    const runtime = newRuntime()
    const told = noted(runtime, 'health-changed')
    const state = adopted(configOf('abc'), runtime)
    checked(state, 'unknown', 'healthy', true)
    checked(state, 'healthy', 'healthy', true)
    expect(told).toEqual(['health-changed http://b:1 unknown healthy 200'])
  })
})

describe('a reload', () => {
  test('in another order keeps failures, ejections and what is in flight with their endpoint', () => {
    const runtime = newRuntime()
    const former = adopted(configOf('abc', ejecting), runtime)
    former.sweep(0)
    fail(former, 'b', 0)
    const [a] = former.endpoints
    if (a !== undefined) a.load.inFlight = 2
    const state = adopted(configOf('xcba', ejecting), runtime, former)
    expect([ejected(state, 5_000), ejected(state, 30_000)]).toEqual(['--b-', '----'])
    expect(state.endpoints.map(({ inFlight }) => inFlight)).toEqual([0, 0, 0, 2])
    expect(state.ejection?.ejections).toBe(1)
  })

  test('without the ejected endpoint has its place free', () => {
    const runtime = newRuntime()
    const half = { outlierDetection: { consecutive5xx: 1, maxEjectionPercent: 50 } }
    const former = adopted(configOf('ab', half), runtime)
    fail(former, 'a', 0)
    const state = adopted(configOf('bc', half), runtime, former)
    fail(state, 'c', 0)
    expect(ejected(state, 0)).toBe('-c')
  })

  test('that changes another part keeps breaker, ejection, health and connections', () => {
    const runtime = newRuntime()
    const all: BackendFields = { ...ejecting, breaker: { failures: 2 }, healthCheck: {} }
    const former = adopted(configOf('a', all), runtime)
    const state = adopted(configOf('a', { ...all, balance: 'random', retryBudget: false }), runtime, former)
    const parts = ({ endpoints: [one] }: BackendState): unknown[] => [
      one?.breaker,
      one?.record,
      one?.check,
      one?.endpoint,
    ]
    for (const [at, part] of parts(state).entries()) expect(part).toBe(parts(former)[at])
  })

  test.for<[string, BackendFields, readonly number[]]>([
    ['the breaker', { breaker: { failures: 3 } }, [0]],
    ['outlier detection', { outlierDetection: { consecutive5xx: 9 } }, [1]],
    ['the health check', { healthCheck: { path: '/ready' } }, [2]],
    ['maxConnections', { capacity: { maxConnections: 3 } }, [3]],
    ['maxRequestsPerConnection', { capacity: { maxRequestsPerConnection: 3 } }, [3]],
    ['the way to the endpoint', { connectTimeout: '1s' }, [2, 3]],
  ])('that changes %s makes that part new and no other', ([, change, fresh]) => {
    const runtime = newRuntime()
    const all: BackendFields = { ...ejecting, breaker: { failures: 2 }, healthCheck: {} }
    const former = adopted(configOf('a', all), runtime)
    const state = adopted(configOf('a', { ...all, ...change }), runtime, former)
    const parts = ({ endpoints: [one] }: BackendState): unknown[] => [
      one?.breaker,
      one?.record,
      one?.check,
      one?.endpoint,
    ]
    expect(parts(state).flatMap((part, at) => (part === parts(former)[at] ? [] : at))).toEqual(fresh)
    expect(state.endpoints[0]?.load).toBe(former.endpoints[0]?.load)
  })

  test('with other credentials asks with them', () => {
    const runtime = newRuntime()
    const former = adopted(configOf('a', { healthCheck: {} }), runtime, undefined, ['authorization', 'one'])
    const same = adopted(configOf('a', { healthCheck: {} }), runtime, former, ['authorization', 'one'])
    const other = adopted(configOf('a', { healthCheck: {} }), runtime, same, ['authorization', 'two'])
    expect(same.endpoints[0]?.check).toBe(former.endpoints[0]?.check)
    expect(other.endpoints[0]?.check).not.toBe(same.endpoints[0]?.check)
  })

  test('with other bounds goes on counting what is in flight', () => {
    const runtime = newRuntime()
    const former = adopted(configOf('a', { capacity: { maxRequests: 3 } }), runtime)
    for (let request = 0; request < 3; request++) former.capacity.tryAcquire()
    const state = adopted(configOf('a', { capacity: { maxRequests: 2, maxPending: 7 } }), runtime, former)
    expect([state.capacity.inFlight, state.capacity.tryAcquire(), state.capacity.maxPending]).toEqual([3, false, 7])
    former.capacity.release()
    former.capacity.release()
    expect(state.capacity.tryAcquire()).toBe(true)
  })

  test('without outlier detection ends its events', () => {
    const runtime = newRuntime()
    const told = noted(runtime, 'endpoint-ejected')
    const former = adopted(configOf('ab', ejecting), runtime)
    adopted(configOf('ab'), runtime, former)
    fail(former, 'a', 0)
    expect(told).toEqual([])
  })

  test('that is given up halfway changes nothing', () => {
    const runtime = newRuntime()
    const former = adopted(configOf('ab', ejecting), runtime)
    fail(former, 'a', 0)
    adopted(configOf('b', ejecting), newRuntime())
    const made = { runtime, secrets: new Map<string, string>(), headers: [], former }
    void new (former.constructor as typeof BackendState)(configOf('b', { capacity: { maxRequests: 1 } }), made)
    expect([ejected(former, 0), former.capacity.maxRequests, former.ejection?.endpoints]).toEqual(['a-', 1024, 2])
  })
})

describe('breakers', () => {
  test.for<[string, number, string]>([
    ['a', 50, 'a'],
    ['a', 0, 'a'],
    ['ab', 50, 'a-'],
    ['abc', 50, 'a--'],
    ['abcd', 50, 'ab--'],
    ['abcd', 0, 'a---'],
    ['abc', 100, 'abc'],
  ])('of %s at most %i percent are open, a lone one always: %s', ([names, maxOpenPercent, open]) => {
    const state = adopted(configOf(names, { breaker: { failures: 1, maxOpenPercent } }))
    for (const { breaker } of state.endpoints) breaker?.settle(breaker.admit(0), 'failure', 0)
    const kinds = state.endpoints.map(({ breaker, url }) => (breaker?.kind === 'open' ? url.charAt(7) : '-'))
    expect(kinds.join('')).toBe(open)
  })

  test('the percentage is of the endpoints that the newest table has', () => {
    const runtime = newRuntime()
    const fields: BackendFields = { breaker: { failures: 1, maxOpenPercent: 50 } }
    const former = adopted(configOf('ab', fields), runtime)
    const fall = ({ endpoints }: BackendState, at: number): void => {
      const breaker = endpoints[at]?.breaker
      breaker?.settle(breaker.admit(0), 'failure', 0)
    }
    fall(former, 0)
    const state = adopted(configOf('abcd', fields), runtime, former)
    fall(former, 1)
    expect(state.endpoints.map(({ breaker }) => breaker?.kind)).toEqual(['open', 'open', 'closed', 'closed'])
  })
})
