/** Retry-After beyond the request that got it, repeats of the caller's own, and bounds of repeats in flight. */

import { describe, expect, test } from 'vitest'
import { failure, gate, json, startUpstream, steps, tooManyRequests, wholeRequest } from '@headgate/testing'
import { chat, oneRoute, question, serve } from './serve.ts'

function as(credential: string, more: Readonly<Record<string, string>> = {}): RequestInit {
  return { ...question, headers: { ...question.headers, authorization: credential, ...more } }
}

describe('a backend that said when to come back', () => {
  const fallback = { backends: ['b'] }

  test('is passed over for the same credential while it cools down, where there is a fallback', async () => {
    await using limited = await startUpstream([tooManyRequests('60'), json({ from: 'a' })])
    await using other = await startUpstream(json({ from: 'b' }))
    await using served = await serve(oneRoute({ a: limited.url, b: other.url }, { fallback }))
    for (const _ of [1, 2])
      expect(await (await fetch(served.url + chat, as('Bearer one'))).json()).toEqual({ from: 'b' })
    expect([limited.requests.length, other.requests.length]).toEqual([1, 2])
    expect((await served.report(2)).attempts).toHaveLength(1)
    expect(await (await fetch(served.url + chat, as('Bearer two'))).json()).toEqual({ from: 'a' })
  })

  test('is passed over for all where the credential is the gateway’s own', async () => {
    await using limited = await startUpstream([tooManyRequests('60'), json({ from: 'a' })])
    await using other = await startUpstream(json({ from: 'b' }))
    const headers = [{ name: 'x-api-key', value: 'key' }]
    await using served = await serve({
      ...oneRoute({ a: limited.url, b: other.url }, { fallback }),
      backends: [
        { name: 'a', endpoints: [limited.url], headers },
        { name: 'b', endpoints: [other.url] },
      ],
    })
    for (const who of ['Bearer one', 'Bearer two']) await (await fetch(served.url + chat, as(who))).text()
    expect(limited.requests).toHaveLength(1)
  })

  test('is asked again by callers without a credential: nothing says that they share a quota', async () => {
    await using limited = await startUpstream([tooManyRequests('60'), json({ from: 'a' })])
    await using other = await startUpstream(json({ from: 'b' }))
    await using served = await serve(oneRoute({ a: limited.url, b: other.url }, { fallback }))
    await (await fetch(served.url + chat, question)).text()
    expect(await (await fetch(served.url + chat, question)).json()).toEqual({ from: 'a' })
  })

  test('is never refused a first try that has nowhere else to go', async () => {
    await using limited = await startUpstream([tooManyRequests('60'), json({ from: 'a' })])
    await using served = await serve(oneRoute({ a: limited.url }))
    expect((await fetch(served.url + chat, as('Bearer one'))).status).toBe(429)
    expect((await fetch(served.url + chat, as('Bearer one'))).status).toBe(200)
  })

  test('a quota that is told by the provider’s own fields is a floor as well', async () => {
    const headers = [
      ['x-ratelimit-remaining-requests', '0'],
      ['x-ratelimit-reset-requests', '6m0s'],
    ] as const
    await using limited = await startUpstream(failure(429, { headers }))
    await using other = await startUpstream(json({ from: 'b' }))
    const retry = { retries: 1, on: [429], backoff: { base: 0 } }
    await using served = await serve(oneRoute({ a: limited.url, b: other.url }, { fallback, retry }))
    expect(await (await fetch(served.url + chat, as('Bearer one'))).json()).toEqual({ from: 'b' })
    expect(limited.requests).toHaveLength(1)
  })
})

describe('bounds of repeats', () => {
  const retry = { retries: 1, on: ['5xx' as const], backoff: { base: 0 } }

  test('a request that the caller’s SDK repeats counts as a repeat of the budget', async () => {
    await using upstream = await startUpstream(failure(500))
    const config = oneRoute({ a: upstream.url }, { retry })
    const backends = [{ name: 'a', endpoints: [upstream.url], retryBudget: { percent: 0, minimum: 1 } }]
    await using served = await serve({ ...config, backends })
    await (await fetch(served.url + chat, as('x', { 'x-stainless-retry-count': '1' }))).text()
    await (await fetch(served.url + chat, as('x', { 'x-stainless-retry-count': '0' }))).text()
    expect(upstream.requests).toHaveLength(2)
  })

  test.for([
    ['maxRetries', { capacity: { maxRetries: 1 } }],
    ['a share of what is in flight', { retryBudget: { concurrent: { percent: 0, minimum: 1 } } }],
  ] as const)('%s: a repeat above it is not made, and its place comes back with the reply', async ([, bounds]) => {
    const hold = gate()
    const held = steps(wholeRequest, hold, json({ ok: true }))
    await using upstream = await startUpstream([failure(500), held, failure(500), failure(500), json({ ok: true })])
    const config = oneRoute({ a: upstream.url }, { retry })
    await using served = await serve({ ...config, backends: [{ name: 'a', endpoints: [upstream.url], ...bounds }] })
    const first = fetch(served.url + chat, question)
    await hold.reached
    expect((await fetch(served.url + chat, question)).status).toBe(500)
    hold.release()
    expect((await first).status).toBe(200)
    expect((await fetch(served.url + chat, question)).status).toBe(200)
    expect(upstream.requests).toHaveLength(5)
  })
})
