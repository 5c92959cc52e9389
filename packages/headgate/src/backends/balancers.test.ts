/** Which endpoint a backend picks, by each kind of balancing, and what all kinds have in common. */

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BackendState } from './backend-state.ts'
import { adopted, configOf, newRuntime, requestWith } from './backends.case.ts'
import type { BackendFields } from './backends.case.ts'

type Balance = NonNullable<BackendFields['balance']>

const kinds: readonly Balance[] = ['round-robin', 'least-request', 'random', 'peak-ewma', 'ring-hash', 'maglev']

/** Of requests of their own, each with its first try before where `tried` says that there was one. */
function picks(state: BackendState, count: number, tried = 0): number[] {
  return Array.from({ length: count }, (_, at) => {
    const caller = requestWith({}, `10.0.0.${at}`)
    if (tried !== 0) state.pick(0, 0, caller)
    return state.pick(tried, 0, caller)
  })
}

describe.each(kinds)('%s', (balance) => {
  test('without endpoints nobody is picked', () => {
    const state = adopted(configOf('', { balance }))
    expect([state.pick(0, 0), state.whyNone()]).toEqual([-1, 'no_endpoint'])
  })

  test('each endpoint gets requests', () => {
    const state = adopted(configOf('abcd', { balance }))
    const seen = new Set<number>()
    for (const index of picks(state, 100)) seen.add(index)
    expect(seen).toEqual(new Set([0, 1, 2, 3]))
  })

  test('those that were tried come last, and come when no others are left', () => {
    const state = adopted(configOf('abc', { balance }))
    expect(new Set(picks(state, 30, 0b101))).toEqual(new Set([1]))
    expect(new Set(picks(state, 60, 0b111)).size).toBe(3)
  })

  test('an open breaker is passed over, also by what was not tried', () => {
    const state = adopted(configOf('abc', { balance, breaker: { failures: 1 } }))
    const breaker = state.endpoints[1]?.breaker
    breaker?.settle(breaker.admit(0), 'failure', 0)
    expect(picks(state, 60)).not.toContain(1)
    expect(new Set(picks(state, 60, 0b101))).toEqual(new Set([0, 2]))
  })

  test('the preferred endpoint wins while it is allowed and was not tried', () => {
    const state = adopted(configOf('abc', { balance, breaker: { failures: 1 } }))
    const ask = (tried = 0): number => state.pick(tried, 0, undefined, true, 2)
    expect([ask(), ask(), ask()]).toEqual([2, 2, 2])
    expect(ask(0b100)).not.toBe(2)
    expect(state.pick(0, 0, undefined, true, 7)).not.toBe(-1)
    const breaker = state.endpoints[2]?.breaker
    breaker?.settle(breaker.admit(0), 'failure', 0)
    expect(ask()).not.toBe(2)
  })

  test('picks only who may be picked, and somebody as long as there is one', () => {
    const fields: BackendFields = {
      balance,
      breaker: { failures: 1 },
      outlierDetection: { maxEjectionPercent: 100, consecutive5xx: 1 },
    }
    const input = fc.record({ open: fc.nat(15), ejected: fc.nat(15), tried: fc.nat(15), mayPanic: fc.boolean() })
    fc.assert(
      fc.property(input, ({ open, ejected, tried, mayPanic }) => {
        const state = adopted(configOf('abcd', fields))
        for (const [index, endpoint] of state.endpoints.entries()) {
          const { breaker } = endpoint
          if ((open & (1 << index)) !== 0) breaker?.settle(breaker.admit(0), 'failure', 0)
          if ((ejected & (1 << index)) !== 0) state.judge(endpoint, true, 0)
        }
        const out = [0, 1, 2, 3].filter((index) => (ejected & (1 << index)) !== 0)
        const panicking = mayPanic && out.length > 2
        const allowed = [0, 1, 2, 3].filter(
          (index) => (open & (1 << index)) === 0 && (panicking || !out.includes(index)),
        )
        const untried = allowed.filter((index) => (tried & (1 << index)) === 0)
        const picked = state.pick(tried, 0, requestWith({}), mayPanic)
        expect(untried.length > 0 ? untried : [...allowed, ...(allowed.length > 0 ? [] : [-1])]).toContain(picked)
        if (picked !== -1) return
        expect(state.whyNone()).toBe(panicking || out.length < 4 ? 'circuit_open' : 'no_healthy_endpoint')
      }),
    )
  })
})

test('round robin goes on where it was, after a reload too', () => {
  const runtime = newRuntime()
  const first = adopted(configOf('abc'), runtime)
  expect([first.pick(0, 0), first.pick(0, 0)]).toEqual([0, 1])
  const second = adopted(configOf('abc', { panicThreshold: 10 }), runtime, first)
  expect([second.pick(0, 0), second.pick(0, 0)]).toEqual([2, 0])
})

test('least request takes the one of two that has fewer in flight', () => {
  const state = adopted(configOf('ab', { balance: 'least-request' }))
  const [a, b] = state.endpoints
  if (a === undefined || b === undefined) throw new Error('no endpoints')
  a.load.inFlight = 3
  expect(new Set(picks(state, 20))).toEqual(new Set([1]))
  b.load.inFlight = 4
  expect(new Set(picks(state, 20))).toEqual(new Set([0]))
})

describe('peak EWMA', () => {
  function measured(): BackendState {
    const state = adopted(configOf('ab', { balance: 'peak-ewma' }))
    state.endpoints[0]?.load.observe(200, false, 0)
    state.endpoints[1]?.load.observe(50, false, 0)
    return state
  }

  test('takes the quicker one, and the slower one when enough are in flight', () => {
    const state = measured()
    expect(new Set(picks(state, 20))).toEqual(new Set([1]))
    const quick = state.endpoints[1]
    if (quick !== undefined) quick.load.inFlight = 4
    expect(new Set(picks(state, 20))).toEqual(new Set([0]))
  })

  test('an endpoint that fails at once does not look quick', () => {
    const state = measured()
    state.endpoints[1]?.load.observe(1, true, 0)
    expect(new Set(picks(state, 20))).toEqual(new Set([0]))
  })

  test('one that is new is tried at once, and gets no second request before its first answer', () => {
    const runtime = newRuntime()
    const former = adopted(configOf('ab', { balance: 'peak-ewma' }), runtime)
    for (const { load } of former.endpoints) load.observe(50, false, 0)
    const state = adopted(configOf('abc', { balance: 'peak-ewma' }), runtime, former)
    const fresh = state.endpoints[2]
    expect(picks(state, 60)).toContain(2)
    if (fresh !== undefined) fresh.load.inFlight = 1
    expect(picks(state, 60)).not.toContain(2)
  })

  test('what was measured lives on over a reload, and is dropped where nothing is chosen by it', () => {
    const runtime = newRuntime()
    const former = adopted(configOf('ab', { balance: 'peak-ewma' }), runtime)
    former.endpoints[1]?.load.observe(70, false, 0)
    const state = adopted(configOf('ba', { balance: 'peak-ewma', connectTimeout: '1s' }), runtime, former)
    expect(state.endpoints.map(({ load }) => load.latency?.averageMs(0))).toEqual([70, 0])
    const plain = adopted(configOf('ba'), runtime, state)
    expect(plain.endpoints.map(({ load }) => load.latency)).toEqual([undefined, undefined])
  })
})

describe.each(['ring-hash', 'maglev'] as const)('%s keys', (type) => {
  const by = [{ header: 'X-User' }, { cookie: 'session' }] as const

  function pickedBy(state: BackendState, headers: Readonly<Record<string, string>>): string | undefined {
    const index = state.pick(0, 0, requestWith(headers))
    return state.endpoints[index]?.url
  }

  test('the same key goes to the same endpoint, in every process and whatever the order of the list', () => {
    const one = adopted(configOf('abcde', { balance: { type, by } }))
    const other = adopted(configOf('edcba', { balance: { type, by } }))
    const seen = new Set<string | undefined>()
    for (let user = 0; user < 100; user++) {
      const url = pickedBy(one, { 'x-user': `u${user}` })
      expect(pickedBy(one, { 'x-user': `u${user}` })).toBe(url)
      expect(pickedBy(other, { 'x-user': `u${user}` })).toBe(url)
      seen.add(url)
    }
    expect(seen.size).toBe(5)
  })

  test('the first key that the request has counts', () => {
    const state = adopted(configOf('abcde', { balance: { type, by } }))
    const both = pickedBy(state, { 'x-user': 'u1', cookie: 'session=s1' })
    expect(both).toBe(pickedBy(state, { 'x-user': 'u1' }))
    expect(pickedBy(state, { cookie: 'a=b; session=u1' })).toBe(both)
  })

  test('without a key they are taken in turn', () => {
    const state = adopted(configOf('abc', { balance: { type, by } }))
    const urls = Array.from({ length: 4 }, () => pickedBy(state, { cookie: 'other=1', 'x-user': '' }))
    expect(urls).toEqual(['http://a:1', 'http://b:1', 'http://c:1', 'http://a:1'])
  })

  test('the address of the caller is the key by default', () => {
    const state = adopted(configOf('abcde', { balance: type }))
    const at = (address: string): number => state.pick(0, 0, requestWith({}, address))
    for (const address of ['10.0.0.7', '10.0.0.8', '10.0.0.9', '10.0.0.10'])
      expect(at(`::ffff:${address}`)).toBe(at(address))
    expect(new Set(Array.from({ length: 60 }, (_, host) => at(`10.0.0.${host}`))).size).toBe(5)
  })
})
