/** Retries, fallbacks and what is sent again without them: how often each backend is called, and what the caller gets. */

import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import {
  earlyReply,
  failure,
  fin,
  gate as newGate,
  json,
  refusingUrl,
  reset,
  startUpstream,
  steps,
  tooManyRequests,
  unavailable,
  wholeRequest,
} from '@headgate/testing'
import { when } from './held.ts'
import { startHttp2Upstream } from './http2-upstream.ts'
import { chat, oneRoute, question, serve } from './serve.ts'

const die = steps(wholeRequest, reset)
const fast = { base: 1, max: 2 }

describe('without a policy', () => {
  test('a POST whose connection is reset is delivered once and answered 502', async () => {
    await using upstream = await startUpstream(die)
    await using gate = await serve(oneRoute({ a: upstream.url }))
    const reply = await fetch(gate.url + chat, question)
    expect(reply.status).toBe(502)
    expect(reply.headers.get('x-headgate-error')).toBe('upstream_reset')
    expect(upstream.requests).toHaveLength(1)
  })

  test('a POST on a pooled connection that turns out dead is not sent again', async () => {
    await using upstream = await startUpstream([json({ n: 1 }), steps(wholeRequest, reset)])
    await using served = await serve(oneRoute({ a: upstream.url }))
    expect((await fetch(served.url + chat, question)).status).toBe(200)
    expect((await fetch(served.url + chat, question)).status).toBe(502)
    expect(upstream.requests.map(({ connection }) => connection)).toEqual([1, 1])
  })

  test('a pooled connection that the backend has closed is not used', async () => {
    await using upstream = await startUpstream([steps(json({ n: 1 }), fin), json({ n: 2 })])
    await using served = await serve(oneRoute({ a: upstream.url }))
    expect((await fetch(served.url + chat, question)).status).toBe(200)
    await (
      await upstream.connection(1)
    ).gone
    expect((await fetch(served.url + chat, question)).status).toBe(200)
    expect(upstream.requests.map(({ connection }) => connection)).toEqual([1, 2])
  })

  test('a POST whose pooled connection dies before a byte of it was written is sent on another one', async () => {
    const dead = newGate()
    await using upstream = await startUpstream([steps(json({ n: 1 }), dead, reset), json({ n: 2 })])
    await using served = await serve(oneRoute({ a: upstream.url }))
    expect((await fetch(served.url + chat, question)).status).toBe(200)
    const late = request(served.url + chat, { method: 'POST' })
    late.flushHeaders()
    const reply = once(late, 'response') as Promise<[IncomingMessage]>
    await when(() => served.gate.backends()[0]?.endpoints[0]?.inFlight === 1)
    await dead.reached
    dead.release()
    await upstream.connection(2)
    late.end('abc')
    const [{ statusCode }] = await reply
    expect([statusCode, upstream.requests.map(({ connection }) => connection)]).toEqual([200, [1, 2]])
  })

  test('a GET whose connection is reset is sent once more', async () => {
    await using upstream = await startUpstream([die, json({ ok: true })])
    await using gate = await serve(oneRoute({ a: upstream.url }))
    const reply = await fetch(gate.url)
    expect(reply.status).toBe(200)
    expect(upstream.requests).toHaveLength(2)
  })

  test('a GET is not sent a third time', async () => {
    await using upstream = await startUpstream(die)
    await using gate = await serve(oneRoute({ a: upstream.url }))
    expect((await fetch(gate.url)).status).toBe(502)
    expect(upstream.requests).toHaveLength(2)
  })

  test('a POST that could not be sent goes to another endpoint', async () => {
    await using upstream = await startUpstream(json({ ok: true }))
    await using gate = await serve(oneRoute({ a: [await refusingUrl(), upstream.url] }))
    const reply = await fetch(gate.url + chat, question)
    expect(reply.status).toBe(200)
    expect(upstream.requests[0]?.body.toString()).toBe(question.body)
  })

  test('a POST that its only HTTP/2 endpoint refused to process is sent once more, and no third time', async () => {
    const ask = async (refusals: number): Promise<Response> => {
      await using upstream = await startHttp2Upstream(refusals)
      const backends = [{ name: 'a', endpoints: [upstream.url], protocol: 'h2c' as const }]
      await using gate = await serve({ ...oneRoute({}, { backends: [{ backend: 'a' }] }), backends })
      const reply = await fetch(gate.url + chat, question)
      return new Response(await reply.text(), { status: reply.status })
    }
    expect(await (await ask(1)).text()).toBe(question.body)
    expect((await ask(2)).status).toBe(502)
  })

  test('a 503 is passed on as it is, with its Retry-After', async () => {
    await using upstream = await startUpstream(unavailable('7'))
    await using gate = await serve(oneRoute({ a: upstream.url }))
    const reply = await fetch(gate.url + chat, question)
    expect([reply.status, reply.headers.get('retry-after'), reply.headers.get('x-headgate-error')]).toEqual([
      503,
      '7',
      null,
    ])
    expect(reply.headers.get('x-should-retry')).toBeNull()
    expect(upstream.requests).toHaveLength(1)
  })
})

describe('with a retry policy', () => {
  const retry = { retries: 3, on: ['5xx' as const], backoff: fast }

  test('`retries: 3` means four attempts with the same bytes, and the last real reply', async () => {
    const scripts = [503, 500, 502, 503].map((status) => failure(status, { headers: [['x-try', String(status)]] }))
    await using upstream = await startUpstream(scripts)
    await using gate = await serve(oneRoute({ a: upstream.url }, { retry }))
    const reply = await fetch(gate.url + chat, question)
    expect([reply.status, reply.headers.get('x-try')]).toEqual([503, '503'])
    expect(await reply.json()).toMatchObject({ error: { code: 'scripted_503' } })
    expect(reply.headers.get('x-should-retry')).toBe('false')
    expect(upstream.requests.map((request) => request.body.toString())).toEqual(Array(4).fill(question.body))
  })

  test('the caller sees nothing of the attempts before the good one', async () => {
    await using upstream = await startUpstream([failure(503), die, json({ ok: true })])
    await using gate = await serve(oneRoute({ a: upstream.url }, { retry }))
    const reply = await fetch(gate.url + chat, question)
    expect([reply.status, await reply.json()]).toEqual([200, { ok: true }])
    expect((await gate.report(1)).attempts.map(({ outcome }) => outcome)).toEqual(['503', 'reset', 'ok'])
  })

  test('the last real reply is given when a later attempt ends without one', async () => {
    await using upstream = await startUpstream([failure(503), die])
    await using gate = await serve(oneRoute({ a: upstream.url }, { retry: { ...retry, retries: 1 } }))
    const reply = await fetch(gate.url + chat, question)
    expect([reply.status, reply.headers.get('x-headgate-error')]).toEqual([503, null])
    expect(await reply.json()).toMatchObject({ error: { code: 'scripted_503' } })
  })

  test.for<[string, number, number]>([
    ['a status that is not listed', 400, 1],
    ['a success', 200, 1],
  ])('%s is not retried', async ([, status, deliveries]) => {
    await using upstream = await startUpstream(json({}, { status }))
    await using gate = await serve(oneRoute({ a: upstream.url }, { retry }))
    expect((await fetch(gate.url + chat, question)).status).toBe(status)
    expect(upstream.requests).toHaveLength(deliveries)
  })

  test('429 is retried only where it is listed', async () => {
    await using upstream = await startUpstream([failure(429), json({})])
    await using gate = await serve(oneRoute({ a: upstream.url }, { retry: { ...retry, on: ['rate-limited'] } }))
    expect((await fetch(gate.url + chat, question)).status).toBe(200)
  })

  test('a Retry-After that does not fit the deadline ends the tries with that reply', async () => {
    await using upstream = await startUpstream(tooManyRequests('60'))
    const rule = { retry: { ...retry, on: [429] }, timeouts: { request: '2s' as const } }
    await using gate = await serve(oneRoute({ a: upstream.url }, rule))
    const reply = await fetch(gate.url + chat, question)
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '60'])
    expect(upstream.requests).toHaveLength(1)
  })

  describe('whose back-off leaves no time before the deadline', () => {
    const late = {
      retry: { retries: 3, on: [500, 'reset'] as const, backoff: { type: 'minimum', base: '30s' } as const },
      timeouts: { request: '20s' as const },
    }

    test.for([
      ['a reply', failure(500)],
      ['a broken connection', die],
    ] as const)('%s is followed by the fallback, else by 504 at once', async ([, script]) => {
      await using upstream = await startUpstream(script)
      await using gate = await serve(oneRoute({ a: upstream.url }, late))
      const reply = await fetch(gate.url + chat, question)
      expect([reply.status, reply.headers.get('x-headgate-error')]).toEqual([504, 'request_timeout'])
      expect(upstream.requests).toHaveLength(1)
      await using other = await startUpstream(json({ from: 'other' }))
      const backends = [
        { name: 'a', endpoints: [upstream.url], fallback: { backends: ['b'] } },
        { name: 'b', endpoints: [other.url] },
      ]
      await using failing = await serve({ ...oneRoute({ a: '' }, late), backends })
      expect((await fetch(failing.url + chat, question)).status).toBe(200)
    })
  })

  test('tries that are spent on broken connections end in 503 with Retry-After', async () => {
    await using upstream = await startUpstream(die)
    await using gate = await serve(oneRoute({ a: upstream.url }, { retry: { ...retry, retries: 1 } }))
    const reply = await fetch(gate.url + chat, question)
    const told = [reply.status, reply.headers.get('x-headgate-error'), reply.headers.get('retry-after')]
    expect(told).toEqual([503, 'upstream_reset', '1'])
    expect(upstream.requests).toHaveLength(2)
  })

  test('other endpoints come first', async () => {
    await using bad = await startUpstream(failure(503))
    await using good = await startUpstream(json({}))
    await using gate = await serve(oneRoute({ a: [bad.url, good.url] }, { retry }))
    for (let turn = 0; turn < 4; turn++) expect((await fetch(gate.url + chat, question)).status).toBe(200)
    expect(good.requests).toHaveLength(4)
  })

  test('a spent budget ends the repeats and passes the real reply on', async () => {
    await using upstream = await startUpstream(failure(503))
    const config = oneRoute({}, { backends: [{ backend: 'a' }], retry })
    const budget = { percent: 0, window: '10s' as const, minimum: 2 }
    const backends = [{ name: 'a', endpoints: [upstream.url], retryBudget: budget }]
    await using gate = await serve({ ...config, backends })
    expect((await fetch(gate.url + chat, question)).status).toBe(503)
    expect(upstream.requests).toHaveLength(3)
    expect((await fetch(gate.url + chat, question)).status).toBe(503)
    expect(upstream.requests).toHaveLength(4)
  })

  test('a body above the cap is not sent twice', async () => {
    await using upstream = await startUpstream([failure(503), json({})])
    await using gate = await serve(oneRoute({ a: upstream.url }, { retry }, { bodies: { keepPerRequest: 1000 } }))
    const reply = await fetch(gate.url + chat, { ...question, body: 'x'.repeat(100_000) })
    expect(reply.status).toBe(503)
    expect(upstream.requests).toHaveLength(1)
  })

  test('an early failure while the upload runs is retried with the whole body', async () => {
    await using upstream = await startUpstream([earlyReply(503), json({ ok: true })])
    await using gate = await serve(oneRoute({ a: upstream.url }, { retry }))
    const body = 'x'.repeat(600_000)
    const reply = await fetch(gate.url + chat, { ...question, body })
    expect(reply.status).toBe(200)
    expect(upstream.requests[1]?.body.toString()).toBe(body)
  })
})

describe('fallback', () => {
  test.for<[string, Parameters<typeof startUpstream>[0]]>([
    ['a 5xx', failure(500)],
    ['a 429', failure(429)],
    ['a reset', die],
  ])('takes over a POST after %s, with one delivery each', async ([, script]) => {
    await using primary = await startUpstream(script)
    await using reserve = await startUpstream(json({ from: 'reserve' }))
    await using gate = await serve(oneRoute({ a: primary.url, b: reserve.url }, { fallback: { backends: ['b'] } }))
    const reply = await fetch(gate.url + chat, question)
    expect(await reply.json()).toEqual({ from: 'reserve' })
    expect([primary.requests.length, reserve.requests.length]).toEqual([1, 1])
    expect(reserve.requests[0]?.body.toString()).toBe(question.body)
  })

  test('takes over when nothing listens', async () => {
    await using reserve = await startUpstream(json({ from: 'reserve' }))
    const urls = { a: await refusingUrl(), b: reserve.url }
    await using gate = await serve(oneRoute(urls, { fallback: { backends: ['b'] } }))
    expect(await (await fetch(gate.url + chat, question)).json()).toEqual({ from: 'reserve' })
  })

  test('may stand in the split too: a canary fails over to the stable version, which never falls back to itself', async () => {
    await using stable = await startUpstream([json({ from: 'stable' }), json({ from: 'stable' }), failure(500)])
    await using canary = await startUpstream(failure(500))
    const backends = [{ backend: 'stable' }, { backend: 'canary' }]
    const urls = { stable: stable.url, canary: canary.url }
    await using gate = await serve(oneRoute(urls, { backends, fallback: { backends: ['stable'] } }))
    for (let asked = 0; asked < 2; asked++) {
      expect(await (await fetch(gate.url + chat, question)).json()).toEqual({ from: 'stable' })
    }
    gate.gate.setWeights('only', { canary: 0 })
    expect((await fetch(gate.url + chat, question)).status).toBe(500)
    expect([stable.requests.length, canary.requests.length]).toEqual([3, 1])
  })

  test('leaves other 4xx alone', async () => {
    await using primary = await startUpstream(failure(404))
    await using reserve = await startUpstream()
    await using gate = await serve(oneRoute({ a: primary.url, b: reserve.url }, { fallback: { backends: ['b'] } }))
    expect((await fetch(gate.url + chat, question)).status).toBe(404)
    expect(reserve.requests).toHaveLength(0)
  })

  test('comes after the repeats, and each fallback gets exactly one attempt', async () => {
    await using primary = await startUpstream(failure(503))
    await using second = await startUpstream(failure(503))
    await using third = await startUpstream(failure(500))
    const rule = { retry: { retries: 2, on: ['5xx' as const], backoff: fast }, fallback: { backends: ['b', 'c'] } }
    await using gate = await serve(oneRoute({ a: primary.url, b: second.url, c: third.url }, rule))
    const reply = await fetch(gate.url + chat, question)
    expect(reply.status).toBe(500)
    expect([primary, second, third].map((upstream) => upstream.requests.length)).toEqual([3, 1, 1])
  })

  test("never sees another backend's credential", async () => {
    await using primary = await startUpstream(failure(500))
    await using reserve = await startUpstream()
    const backends = [
      { name: 'a', endpoints: [primary.url], headers: [{ name: 'authorization', value: 'Bearer a' }] },
      { name: 'b', endpoints: [reserve.url], headers: [{ name: 'x-api-key', value: 'b' }] },
    ]
    await using gate = await serve({ ...oneRoute({ a: '' }, { fallback: { backends: ['b'] } }), backends })
    await fetch(gate.url + chat, question)
    expect(primary.requests[0]?.header('authorization')).toBe('Bearer a')
    expect(reserve.requests[0]?.header('authorization')).toBeUndefined()
    expect(reserve.requests[0]?.header('x-api-key')).toBe('b')
  })
})
