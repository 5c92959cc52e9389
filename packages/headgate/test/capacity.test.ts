/** Bounds over real sockets: who waits for a connection, who is refused at once, and who gives a place back. */

import { expect, test } from 'vitest'
import {
  connectRaw,
  failure,
  gate as newGate,
  json,
  seededRandom,
  silence,
  startUpstream,
  steps,
} from '@headgate/testing'
import { endpointOf, until } from './endpoints.ts'
import { chat, oneRoute, question, serve } from './serve.ts'
import type { Served } from './serve.ts'

type Capacity = NonNullable<NonNullable<Parameters<typeof serve>[0]['backends']>[number]['capacity']>

function route(url: string | readonly string[], capacity: Capacity, more = {}): Parameters<typeof serve>[0] {
  const endpoints = typeof url === 'string' ? [url] : url
  return { ...oneRoute({}, { backends: [{ backend: 'a' }] }), backends: [{ name: 'a', endpoints, capacity, ...more }] }
}

function waiting(served: Served): number {
  return served.gate.backends()[0]?.waiting ?? -1
}

test('above maxPending a request is refused at once, and says so', async () => {
  const open = newGate()
  await using upstream = await startUpstream(steps(open, json({})))
  await using served = await serve(route(upstream.url, { maxConnections: 1, maxPending: 2 }))
  const started = Array.from({ length: 3 }, () => fetch(served.url + chat, question))
  await until(() => waiting(served) === 2)
  const refused = await fetch(served.url + chat, question)
  expect([refused.status, refused.headers.get('x-headgate-error')]).toEqual([503, 'overloaded'])
  expect([refused.headers.get('x-envoy-overloaded'), refused.headers.get('retry-after')]).toEqual(['true', '1'])
  expect(served.gate.backends()[0]).toMatchObject({ inFlight: 3, overflows: { pending: 1, requests: 0 } })
  open.release()
  expect((await Promise.all(started)).map(({ status }) => status)).toEqual([200, 200, 200])
  expect([waiting(served), upstream.connections.length]).toEqual([0, 1])
})

test('maxPending 0 lets as many through as there are connections', async () => {
  const open = newGate()
  await using upstream = await startUpstream(steps(open, json({})))
  await using served = await serve(route(upstream.url, { maxConnections: 1, maxPending: 0 }))
  const first = fetch(served.url + chat, question)
  await upstream.request(1)
  expect((await fetch(served.url + chat, question)).status).toBe(503)
  open.release()
  expect((await first).status).toBe(200)
  await until(() => served.gate.inFlight === 0)
  expect((await fetch(served.url + chat, question)).status).toBe(200)
})

test('a request above maxRequests is refused whatever room the queue has', async () => {
  await using upstream = await startUpstream(silence)
  await using served = await serve(route(upstream.url, { maxRequests: 2, maxConnections: 1, maxPending: 100 }))
  const controller = new AbortController()
  const held = [1, 2].map(() =>
    fetch(served.url + chat, { ...question, signal: controller.signal }).catch(() => undefined),
  )
  await until(() => waiting(served) === 1)
  const refused = await fetch(served.url + chat, question)
  expect([refused.status, refused.headers.get('x-envoy-overloaded')]).toEqual([503, 'true'])
  expect(served.gate.backends()[0]?.overflows).toMatchObject({ pending: 0, requests: 1 })
  controller.abort()
  await Promise.all(held)
})

test('a caller that leaves the queue gives its place to the next one at once', async () => {
  await using upstream = await startUpstream(silence)
  await using served = await serve(route(upstream.url, { maxConnections: 1, maxPending: 1 }))
  const post = { method: 'POST', target: chat, headers: [['content-type', 'application/json']] as const, body: '{}' }
  const [busy, leaver, next] = [
    await connectRaw(served.url),
    await connectRaw(served.url),
    await connectRaw(served.url),
  ]
  await busy.send(post)
  await upstream.request(1)
  await leaver.send(post)
  await until(() => waiting(served) === 1)
  leaver.abort()
  await served.report(1)
  expect([waiting(served), served.gate.backends()[0]?.inFlight]).toEqual([0, 1])
  await next.send(post)
  await until(() => waiting(served) === 1)
  busy.abort()
  // The connection of the one that left is closed, and the one that waited has another.
  await upstream.request(2)
  expect(waiting(served)).toBe(0)
  next.abort()
  await served.report(3)
  expect(endpointOf(served.gate, upstream.url)).toMatchObject({ inFlight: 0, waiting: 0 })
})

test('an endpoint with a free connection goes before one where a request would wait', async () => {
  await using busy = await startUpstream(silence)
  await using free = await startUpstream(json({}))
  await using served = await serve(route([busy.url, free.url], { maxConnections: 1 }))
  const controller = new AbortController()
  const held = fetch(served.url + chat, { ...question, signal: controller.signal }).catch(() => undefined)
  await busy.request(1)
  for (let request = 0; request < 4; request++) expect((await fetch(served.url + chat, question)).status).toBe(200)
  expect(busy.requests).toHaveLength(1)
  controller.abort()
  await held
})

test('the queue is of the whole backend, and a fallback takes what is refused', async () => {
  await using one = await startUpstream(silence)
  await using two = await startUpstream(silence)
  await using other = await startUpstream(json({}))
  const base = route([one.url, two.url], { maxConnections: 1, maxPending: 1 })
  const backends = [...(base.backends ?? []), { name: 'b', endpoints: [other.url] }]
  const rule = { backends: [{ backend: 'a' }], fallback: { backends: ['b'] } }
  await using served = await serve({ backends, routes: [{ name: 'only', rules: [rule] }] })
  const controller = new AbortController()
  const held = [1, 2, 3].map(() =>
    fetch(served.url + chat, { ...question, signal: controller.signal }).catch(() => undefined),
  )
  await until(() => waiting(served) === 1)
  expect((await fetch(served.url + chat, question)).status).toBe(200)
  expect(other.requests).toHaveLength(1)
  controller.abort()
  await Promise.all(held)
})

test('a connection takes as many requests as it may, and then another is opened', async () => {
  await using upstream = await startUpstream([json({}), failure(500), json({})])
  await using served = await serve(route(upstream.url, { maxRequestsPerConnection: 2, maxConnections: 1 }))
  for (let request = 0; request < 5; request++) await (await fetch(served.url + chat, question)).text()
  expect(upstream.requests.map(({ connection }) => connection)).toEqual([1, 1, 2, 2, 3])
  expect(await upstream.closed(1)).toMatch(/^peer-/)
})

test('callers that come and leave at random leave nothing behind, and never more connections than allowed', async () => {
  const random = seededRandom(7)
  const turns = async (most: number): Promise<void> => {
    for (let turn = Math.floor(random() * most); turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve))
  }
  await using upstream = await startUpstream(steps(() => turns(8), json({})))
  const bounds = { maxConnections: 2, maxPending: 3, maxRequests: 5, maxRequestsPerConnection: 3 }
  await using served = await serve(route(upstream.url, bounds, { breaker: { failures: 3, openFor: 1 } }))
  let most = 0
  const caller = async (): Promise<void> => {
    await turns(40)
    const client = await connectRaw(served.url)
    await client.send({ method: 'POST', target: chat, headers: [['content-type', 'application/json']], body: '{}' })
    most = Math.max(most, endpointOf(served.gate, upstream.url).connections)
    if (random() < 0.4) await turns(12)
    else await (await client.reply('POST')).settled().catch(() => undefined)
    client.abort()
  }
  for (let round = 0; round < 15; round++) await Promise.all(Array.from({ length: 12 }, caller))
  await until(() => served.gate.inFlight === 0)
  const [backend] = served.gate.backends()
  expect([backend?.inFlight, backend?.waiting]).toEqual([0, 0])
  expect(endpointOf(served.gate, upstream.url)).toMatchObject({ inFlight: 0, waiting: 0 })
  expect(most).toBeLessThanOrEqual(2)
  expect(served.reports.some(({ code }) => code === 'overloaded')).toBe(true)
  // All places are free: as many as the bounds allow get through at once.
  upstream.use(json({}))
  const replies = await Promise.all(Array.from({ length: 5 }, () => fetch(served.url + chat, question)))
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
})
