/** Policies together, where each alone is right: the order of docs/architecture.md decides. */

import { describe, expect, test } from 'vitest'
import { eventStream, failure, gate, json, reset, startUpstream, steps, wholeRequest } from '@headgate/testing'
import type { GatewayConfigInput } from 'headgate'
import { chat, oneRoute, question, serve } from './serve.ts'
import type { Served } from './serve.ts'

type Config = Omit<GatewayConfigInput, 'version'>
type Backend = NonNullable<Config['backends']>[number]

const die = steps(wholeRequest, reset)
const atOnce = { base: 0 }
const retry = { retries: 3, on: ['5xx' as const], backoff: atOnce }

/** The backends as given, in place of the plain ones. */
function withBackends(config: Config, backends: readonly Backend[]): Config {
  return { ...config, backends }
}

async function ask(served: Served, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const reply = await fetch(served.url + chat, { ...question, headers: { ...question.headers, ...headers } })
  await reply.clone().arrayBuffer()
  return reply
}

describe('retry and breaker', () => {
  const breaker = { failures: 2, openFor: 60_000 }

  test('the breaker that opens in the middle of a request ends its repeats, and the last real reply is given', async () => {
    await using upstream = await startUpstream(failure(500))
    const config = oneRoute({ a: upstream.url }, { retry })
    await using served = await serve(withBackends(config, [{ name: 'a', endpoints: [upstream.url], breaker }]))
    expect((await ask(served)).status).toBe(500)
    expect(upstream.requests).toHaveLength(2)
    const refused = await ask(served)
    expect([refused.status, refused.headers.get('x-headgate-error')]).toEqual([503, 'circuit_open'])
    expect(upstream.requests).toHaveLength(2)
  })

  test('repeats go to the endpoint that is not open', async () => {
    await using bad = await startUpstream(failure(500))
    await using good = await startUpstream(json({ ok: true }))
    const config = oneRoute({ a: bad.url }, { retry })
    const endpoints = [bad.url, good.url]
    await using served = await serve(withBackends(config, [{ name: 'a', endpoints, breaker }]))
    for (let request = 0; request < 8; request++) expect((await ask(served)).status).toBe(200)
    expect(bad.requests).toHaveLength(2)
  })

  test('an open breaker goes to the fallback at once, and repeats nothing there', async () => {
    await using bad = await startUpstream(failure(500))
    await using worse = await startUpstream(failure(503))
    const config = oneRoute({ a: bad.url }, { retry, fallback: { backends: ['b'] } })
    await using served = await serve(
      withBackends(config, [
        { name: 'a', endpoints: [bad.url], breaker },
        { name: 'b', endpoints: [worse.url] },
      ]),
    )
    await ask(served)
    expect((await ask(served)).status).toBe(503)
    expect([bad.requests.length, worse.requests.length]).toEqual([2, 2])
  })
})

describe('retry and limit', () => {
  const limits = [{ name: 'tenant', per: { header: 'x-tenant-id' }, tokens: 2, every: '1h' as const }]

  test('a request takes one token, however often it is tried', async () => {
    await using upstream = await startUpstream([failure(500), failure(500), failure(500), json({ ok: true })])
    await using served = await serve({ ...oneRoute({ a: upstream.url }, { retry, limits: ['tenant'] }), limits })
    const statuses = []
    for (const _ of [1, 2, 3]) statuses.push((await ask(served, { 'x-tenant-id': 't' })).status)
    expect(statuses).toEqual([200, 200, 429])
    expect(upstream.requests).toHaveLength(5)
  })

  test('a request over the limit is not tried at all, nor at the fallback', async () => {
    await using a = await startUpstream(json({}))
    await using b = await startUpstream(json({}))
    const rule = { retry, limits: ['tenant'], fallback: { backends: ['b'], on: ['429' as const] } }
    await using served = await serve({ ...oneRoute({ a: a.url, b: b.url }, rule), limits })
    for (const _ of [1, 2, 3]) await ask(served, { 'x-tenant-id': 't' })
    expect([a.requests.length, b.requests.length]).toEqual([2, 0])
  })
})

describe('budget and fallback', () => {
  test('a spent budget leaves the fallback, which it does not charge', async () => {
    await using bad = await startUpstream(failure(500))
    await using good = await startUpstream(json({ ok: true }))
    const config = oneRoute({ a: bad.url }, { retry, fallback: { backends: ['b'] } })
    const retryBudget = { percent: 0, minimum: 2 }
    await using served = await serve(
      withBackends(config, [
        { name: 'a', endpoints: [bad.url], retryBudget },
        { name: 'b', endpoints: [good.url], retryBudget: { percent: 0, minimum: 0 } },
      ]),
    )
    for (const _ of [1, 2, 3]) expect((await ask(served)).status).toBe(200)
    expect([bad.requests.length, good.requests.length]).toEqual([5, 3])
  })

  test('a repeat that is given up for a caller that left goes back to the budget', async () => {
    await using bad = await startUpstream(failure(500))
    const config = oneRoute(
      { a: bad.url },
      { retry: { ...retry, backoff: { type: 'minimum', base: 60_000, max: 60_000 } } },
    )
    await using served = await serve(
      withBackends(config, [{ name: 'a', endpoints: [bad.url], retryBudget: { percent: 0, minimum: 1 } }]),
    )
    const scheduled = new Promise((resolve) => served.gate.once('retry-scheduled', resolve))
    const leaving = new AbortController()
    const first = fetch(served.url + chat, { ...question, signal: leaving.signal })
    await scheduled
    leaving.abort()
    await expect(first).rejects.toThrow('aborted')
    await served.report(1)
    const again = new Promise((resolve) => served.gate.once('retry-scheduled', resolve))
    const second = new AbortController()
    const next = fetch(served.url + chat, { ...question, signal: second.signal })
    await again
    second.abort()
    await expect(next).rejects.toThrow('aborted')
  })
})

describe('session and fallback', () => {
  test('a session whose endpoint fails is served by the fallback and comes back to its endpoint later', async () => {
    await using a = await startUpstream(json({ from: 'a' }))
    await using b = await startUpstream(json({ from: 'b' }))
    await using c = await startUpstream(json({ from: 'c' }))
    const config = oneRoute({ a: a.url, c: c.url }, { session: {}, fallback: { backends: ['c'] } })
    await using served = await serve(
      withBackends(config, [
        { name: 'a', endpoints: [a.url, b.url] },
        { name: 'c', endpoints: [c.url] },
      ]),
    )
    const first = await ask(served)
    const [cookie = ''] = first.headers.getSetCookie().map((line) => line.split(';')[0])
    const { from } = (await first.json()) as { from: string }
    const home = from === 'a' ? a : b
    home.use([die, json({ from })])
    const second = await ask(served, { cookie })
    expect([await second.json(), second.headers.getSetCookie()]).toEqual([{ from: 'c' }, []])
    expect(await (await ask(served, { cookie })).json()).toEqual({ from })
  })
})

describe('a reload', () => {
  test.for([
    ['a retry that waits', { retry: { ...retry, on: ['5xx' as const] } }],
    ['a fallback', { fallback: { backends: ['b'] } }],
  ] as const)('changes nothing for %s', async ([, rule]) => {
    const hold = gate()
    await using a = await startUpstream([steps(wholeRequest, hold, failure(500)), json({ from: 'a' })])
    await using b = await startUpstream(json({ from: 'b' }))
    await using served = await serve(oneRoute({ a: a.url, b: b.url }, rule))
    const reply = ask(served)
    await hold.reached
    served.gate.update({ version: 1, ...oneRoute({ c: b.url }) })
    hold.release()
    expect((await reply).status).toBe(200)
    expect(await (await ask(served)).json()).toEqual({ from: 'b' })
  })

  test('leaves a stream alone whose backend is gone, and closes its connection after it', async () => {
    const hold = gate()
    const events = ['data: {"choices":[{"delta":{"content":"a"}}]}\n\n', hold, 'data: [DONE]\n\n'] as const
    await using a = await startUpstream(eventStream(events))
    await using b = await startUpstream(json({}))
    await using served = await serve(oneRoute({ a: a.url, b: b.url }, { fallback: { backends: ['b'] } }))
    const reply = await fetch(served.url + chat, question)
    served.gate.update({ version: 1, ...oneRoute({ b: b.url }) })
    hold.release()
    expect(await reply.text()).toContain('[DONE]')
    expect(await a.closed(1)).toBeDefined()
  })

  test('keeps open breakers, spent buckets, budgets and counts of what did not change', async () => {
    await using bad = await startUpstream(failure(500))
    const build = (weight: number): Config => ({
      ...oneRoute({}, { backends: [{ backend: 'a', weight }], retry, limits: ['tenant'] }),
      backends: [
        {
          name: 'a',
          endpoints: [bad.url],
          breaker: { failures: 4, openFor: 60_000 },
          retryBudget: { percent: 0, minimum: 1 },
        },
      ],
      limits: [{ name: 'tenant', per: 'all', tokens: 3, every: '1h' }],
    })
    await using served = await serve(build(1))
    await ask(served)
    expect(bad.requests).toHaveLength(2)
    served.gate.update({ version: 1, ...build(2) })
    await ask(served)
    expect(bad.requests).toHaveLength(3)
    served.gate.update({ version: 1, ...build(3) })
    await ask(served)
    expect(served.gate.backends()[0]?.endpoints[0]?.breaker).toBe('open')
    served.gate.update({ version: 1, ...build(4) })
    expect(served.gate.backends()[0]?.endpoints[0]?.breaker).toBe('open')
    expect((await ask(served)).status).toBe(429)
  })

  test('that is bad changes nothing and says everything that is wrong', async () => {
    await using a = await startUpstream(json({ from: 'a' }))
    await using served = await serve(oneRoute({ a: a.url }))
    const bad = { ...oneRoute({ a: a.url }, { retry: { retries: -1 }, fallback: { backends: ['nobody'] } }) }
    expect(() => served.gate.update({ version: 1, ...bad })).toThrow(/retries[^]*nobody/)
    expect(await (await ask(served)).json()).toEqual({ from: 'a' })
  })
})

test('a backend that may have no request in flight is not asked', async () => {
  await using a = await startUpstream(json({}))
  const config = oneRoute({ a: a.url })
  await using served = await serve(
    withBackends(config, [{ name: 'a', endpoints: [a.url], capacity: { maxRequests: 0 } }]),
  )
  const refused = await ask(served)
  expect([refused.status, refused.headers.get('x-envoy-overloaded')]).toEqual([503, 'true'])
  expect(a.requests).toHaveLength(0)
})
