/** Balancing over real sockets: which endpoint a caller's request reaches. */

import { expect, test } from 'vitest'
import { event, eventStream, failure, json, seededRandom, silence, startUpstream } from '@headgate/testing'
import { startChecked, until } from './endpoints.ts'
import type { CheckedUpstream } from './endpoints.ts'
import { chat, oneRoute, question, serve } from './serve.ts'
import type { Served } from './serve.ts'

type Backend = NonNullable<Parameters<typeof serve>[0]['backends']>[number]

function route(backend: Omit<Backend, 'name'>, rule = {}): Parameters<typeof serve>[0] {
  return { ...oneRoute({}, { backends: [{ backend: 'a' }], ...rule }), backends: [{ name: 'a', ...backend }] }
}

async function ask(served: Served, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const reply = await fetch(served.url + chat, { ...question, headers: { ...question.headers, ...headers } })
  await reply.arrayBuffer()
  return reply.status
}

const counts = (...upstreams: readonly CheckedUpstream[]): number[] => upstreams.map(({ served }) => served)

test('requests with the same header reach the same endpoint, from two gateways', async () => {
  await using a = await startChecked()
  await using b = await startChecked()
  await using c = await startChecked()
  const endpoints = [a.url, b.url, c.url]
  const balance = { type: 'ring-hash', by: { header: 'x-user' } } as const
  await using one = await serve(route({ endpoints, balance }))
  await using two = await serve(route({ endpoints: endpoints.toReversed(), balance }))
  for (const served of [one, two, one]) await ask(served, { 'x-user': 'u1' })
  expect(counts(a, b, c).toSorted((x, y) => x - y)).toEqual([0, 0, 3])
})

test('a cookie is a key as well', async () => {
  await using a = await startChecked()
  await using b = await startChecked()
  await using served = await serve(
    route({ endpoints: [a.url, b.url], balance: { type: 'maglev', by: { cookie: 'session' } } }),
  )
  for (let request = 0; request < 6; request++) await ask(served, { cookie: 'x=1; session=s1' })
  expect(counts(a, b).toSorted((x, y) => x - y)).toEqual([0, 6])
})

test('a retry leaves the endpoint of its key', async () => {
  await using a = await startChecked(json({}), failure(503))
  await using b = await startChecked(json({}), failure(503))
  const retry = { retries: 1, on: ['5xx'], backoff: { base: 1, max: 1 } }
  const balance = { type: 'maglev', by: { header: 'x-user' } } as const
  await using served = await serve(route({ endpoints: [a.url, b.url], balance }, { retry }))
  expect(await ask(served, { 'x-user': 'u1' })).toBe(503)
  expect(counts(a, b)).toEqual([1, 1])
})

test('least request goes where no stream is held', async () => {
  await using a = await startChecked(json({}), silence)
  await using b = await startChecked()
  await using served = await serve(route({ endpoints: [a.url, b.url], balance: 'least-request' }), {
    random: seededRandom(3),
  })
  const controller = new AbortController()
  const held: Promise<unknown>[] = []
  while (a.served === 0) {
    const { signal } = controller
    held.push(fetch(served.url + chat, { ...question, signal }).catch(() => undefined))
    await until(() => a.served + b.served === held.length)
  }
  const before = b.served
  for (let request = 0; request < 5; request++) expect(await ask(served)).toBe(200)
  expect(counts(a, b)).toEqual([1, before + 5])
  controller.abort()
  await Promise.all(held)
})

test('peak EWMA measures to the head of a reply, not to its end', async () => {
  await using upstream = await startUpstream(eventStream([event({ n: 1 }), silence]))
  await using served = await serve(route({ endpoints: [upstream.url], balance: 'peak-ewma' }))
  const controller = new AbortController()
  const reply = await fetch(served.url + chat, { ...question, signal: controller.signal })
  const measured = served.gate.backends()[0]?.endpoints[0]?.latencyMs ?? 0
  expect(measured).toBeGreaterThan(0)
  controller.abort()
  await reply.text().catch(() => undefined)
  await served.report(1)
  // It can have faded since, but the length of the stream is not in it.
  expect(served.gate.backends()[0]?.endpoints[0]?.latencyMs).toBeLessThanOrEqual(measured)
})

test('peak EWMA keeps away from an endpoint that fails at once', async () => {
  await using quick = await startChecked(json({}), failure(503))
  await using good = await startChecked()
  await using served = await serve(route({ endpoints: [quick.url, good.url], balance: 'peak-ewma' }), {
    random: seededRandom(1),
  })
  const statuses: number[] = []
  for (let request = 0; request < 12; request++) statuses.push(await ask(served))
  expect(statuses.filter((status) => status === 503)).toHaveLength(quick.served)
  expect(quick.served).toBe(1)
})

test('a second try uses up nobody’s turn: half of the first tries go to each of two endpoints', async () => {
  await using bad = await startUpstream(failure(503))
  await using good = await startUpstream(json({}))
  const retry = { retries: 1, on: ['5xx' as const], backoff: { base: 0 } }
  await using served = await serve(route({ endpoints: [bad.url, good.url] }, { retry }))
  for (let request = 0; request < 10; request++) expect(await ask(served)).toBe(200)
  expect([bad.requests.length, good.requests.length]).toEqual([5, 10])
})
