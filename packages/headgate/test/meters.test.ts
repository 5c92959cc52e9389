/** What a gateway counts: each request, attempt and refusal once, under the names of the config and nothing of its callers. */

import { describe, expect, test } from 'vitest'
import { Gateway } from 'headgate'
import type { BackendReading, RuleReading } from 'headgate'
import {
  event,
  eventStream,
  failure,
  gate as hold,
  json,
  refusingUrl,
  reset,
  rawRequest,
  startUpstream,
  steps,
  VirtualClock,
  wholeRequest,
} from '@headgate/testing'
import { until } from './endpoints.ts'
import { chat, oneRoute, question, serve } from './serve.ts'
import type { Served } from './serve.ts'

const fast = { base: 1, max: 2 }
const word = event({ choices: [{ delta: { content: 'a' } }] })

function ruleOf({ gate }: Served, route = 'only'): RuleReading {
  const found = gate.meters().rules.find((rule) => rule.route === route)
  if (found === undefined) throw new Error(`no route ${route}`)
  return found
}

function backendOf({ gate }: Served, name = 'a'): BackendReading {
  const found = gate.meters().backends.find(({ backend }) => backend === name)
  if (found === undefined) throw new Error(`no backend ${name}`)
  return found
}

/** Counting begins, then so many requests are asked one after the other and ended. */
async function ask(served: Served, count: number, path = chat): Promise<number[]> {
  served.gate.meters()
  const statuses: number[] = []
  for (let at = 0; at < count; at++) {
    const reply = await fetch(served.url + path, question)
    await reply.text().catch(() => '')
    statuses.push(reply.status)
  }
  await served.report(count)
  return statuses
}

test('nothing is counted before it is asked for', async () => {
  await using upstream = await startUpstream()
  await using served = await serve(oneRoute({ a: upstream.url }))
  await fetch(served.url + chat, question)
  await served.report(1)
  expect(ruleOf(served).requests).toEqual([])
  await fetch(served.url + chat, question)
  await served.report(2)
  expect(ruleOf(served).requests).toEqual([{ method: 'POST', status: 200, count: 1 }])
})

test('requests by method and status, attempts by status, retries without the first attempt', async () => {
  await using upstream = await startUpstream([failure(503), json({}), json({}), failure(500), failure(500)])
  await using served = await serve(oneRoute({ a: upstream.url }, { retry: { retries: 1, on: ['5xx'], backoff: fast } }))
  expect(await ask(served, 3)).toEqual([200, 200, 500])
  expect(ruleOf(served)).toMatchObject({
    requests: [
      { method: 'POST', status: 200, count: 2 },
      { method: 'POST', status: 500, count: 1 },
    ],
    results: { completed: 3, answered: 0, broken: 0, abandoned: 0 },
    duration: { count: 3 },
    firstByte: { count: 3 },
    firstToken: { count: 0 },
  })
  expect(backendOf(served)).toMatchObject({
    attempts: [
      { status: 200, outcome: 'ok', count: 2 },
      { status: 500, outcome: 'ok', count: 2 },
      { status: 503, outcome: 'ok', count: 1 },
    ],
    retries: 2,
    fallbacks: 0,
    duration: { count: 5 },
  })
})

test('a fallback is counted where it went, a failure without a reply by its kind', async () => {
  await using upstream = await startUpstream()
  const config = oneRoute({ a: await refusingUrl(), b: upstream.url }, { fallback: { backends: ['b'] } })
  await using served = await serve(config)
  expect(await ask(served, 2)).toEqual([200, 200])
  expect(backendOf(served)).toMatchObject({
    attempts: [{ status: 0, outcome: 'connect-failure', count: 2 }],
    retries: 0,
    fallbacks: 0,
  })
  expect(backendOf(served, 'b')).toMatchObject({ retries: 0, fallbacks: 2 })
})

test('an unasked repeat of a GET is a retry', async () => {
  await using upstream = await startUpstream([steps(wholeRequest, reset), json({})])
  await using served = await serve(oneRoute({ a: upstream.url }))
  served.gate.meters()
  await fetch(served.url)
  await served.report(1)
  expect(backendOf(served)).toMatchObject({ retries: 1 })
  expect(ruleOf(served).requests).toEqual([{ method: 'GET', status: 200, count: 1 }])
})

test('a broken stream keeps its status and is told by its result and outcome', async () => {
  await using upstream = await startUpstream(eventStream([word, reset]))
  await using served = await serve(oneRoute({ a: upstream.url }))
  expect(await ask(served, 1)).toEqual([200])
  expect(ruleOf(served)).toMatchObject({
    requests: [{ status: 200, count: 1 }],
    results: { broken: 1, completed: 0 },
    firstToken: { count: 1 },
  })
  expect(backendOf(served).attempts).toEqual([{ status: 200, outcome: 'reset', count: 1 }])
})

test('times are those of the clock: to the head, to the first event, to the end', async () => {
  const clock = new VirtualClock()
  const [beforeWord, beforeEnd] = [hold(), hold()]
  await using upstream = await startUpstream(eventStream([': here\n\n', beforeWord, word, beforeEnd]))
  await using served = await serve(oneRoute({ a: upstream.url }), { now: clock.now })
  served.gate.meters({ buckets: [1, 10, 100] })
  const reply = await fetch(served.url + chat, question)
  await until(() => ruleOf(served).firstByte.count === 1)
  clock.advance(5_000)
  beforeWord.release()
  await until(() => ruleOf(served).firstToken.count === 1)
  clock.advance(45_000)
  beforeEnd.release()
  await reply.text()
  await served.report(1)
  expect(ruleOf(served)).toMatchObject({
    firstByte: { counts: [1, 0, 0, 0], sum: 0 },
    firstToken: { counts: [0, 1, 0, 0], sum: 5 },
    duration: { counts: [0, 0, 1, 0], sum: 50 },
  })
})

test('a stream that is held back for its first event counts as well', async () => {
  await using upstream = await startUpstream([
    eventStream([event({ error: { message: 'no' } })]),
    eventStream([word, event('[DONE]')]),
  ])
  await using served = await serve(oneRoute({ a: upstream.url }, { retry: { retries: 1, on: ['5xx'], backoff: fast } }))
  expect(await ask(served, 1)).toEqual([200])
  expect(ruleOf(served)).toMatchObject({ firstToken: { count: 1 }, firstByte: { count: 1 } })
  expect(backendOf(served)).toMatchObject({
    attempts: [
      { status: 200, outcome: 'ok', count: 1 },
      { status: 200, outcome: 'error-event', count: 1 },
    ],
    retries: 1,
  })
})

test('what no route took, and heads that are not acted on, have no route', async () => {
  await using upstream = await startUpstream()
  await using served = await serve({
    backends: [{ name: 'a', endpoints: [upstream.url] }],
    routes: [
      {
        name: 'only',
        rules: [{ matches: [{ path: { type: 'Exact', value: '/only' } }], backends: [{ backend: 'a' }] }],
      },
    ],
  })
  served.gate.meters()
  await fetch(`${served.url}/elsewhere`)
  expect(await rawRequest(served.url, { method: 'TRACE' })).toMatchObject({ status: 405 })
  const unrouted = ruleOf(served, '')
  expect(unrouted.rule).toBe('')
  expect(unrouted.requests).toEqual([
    { method: 'GET', status: 404, count: 1 },
    { method: 'other', status: 405, count: 1 },
  ])
  expect(unrouted).toMatchObject({ duration: { count: 0 } })
  expect(ruleOf(served).requests).toEqual([])
})

test('a caller that leaves before the head has status 0', async () => {
  const never = hold()
  await using upstream = await startUpstream(steps(wholeRequest, never))
  await using served = await serve(oneRoute({ a: upstream.url }))
  served.gate.meters()
  const leave = new AbortController()
  const answer = fetch(served.url + chat, { ...question, signal: leave.signal })
  await upstream.request(1)
  expect(served.gate.meters().inFlight).toBe(1)
  expect(backendOf(served).now).toMatchObject({ inFlight: 1, connections: 1, idleConnections: 0 })
  leave.abort()
  await expect(answer).rejects.toThrow('abort')
  await served.report(1)
  expect(ruleOf(served)).toMatchObject({
    requests: [{ method: 'POST', status: 0, count: 1 }],
    results: { abandoned: 1 },
  })
  expect(backendOf(served).attempts).toEqual([{ status: 0, outcome: 'cancelled', count: 1 }])
  expect(backendOf(served).now).toMatchObject({ inFlight: 0 })
})

test('limits count what they let through and what they refused, and never a key', async () => {
  await using upstream = await startUpstream()
  const limits = [
    { name: 'wide', tokens: 100, every: '1h' as const },
    { name: 'tenant', per: { header: 'x-tenant-id' }, tokens: 1, every: '1h' as const },
  ]
  await using served = await serve(oneRoute({ a: upstream.url }, { limits: ['wide', 'tenant'] }, { limits }))
  served.gate.meters()
  for (const tenant of ['secret-1', 'secret-1', 'secret-2', undefined]) {
    await fetch(served.url + chat, { ...question, headers: tenant === undefined ? {} : { 'x-tenant-id': tenant } })
  }
  await served.report(4)
  const reading = served.gate.meters()
  expect(reading.limits).toEqual([
    { limit: 'wide', allowed: 3, refused: 0, keys: 1 },
    { limit: 'tenant', allowed: 2, refused: 1, keys: 2 },
  ])
  expect(JSON.stringify(reading)).not.toContain('secret')
})

describe('the state of backends', () => {
  test('a breaker counts from opening until closing, half-open included', async () => {
    const clock = new VirtualClock()
    const probing = hold()
    await using upstream = await startUpstream([failure(500), steps(wholeRequest, probing, failure(500)), json({})])
    const breaker = { failures: 1, openFor: '10s' as const, maxOpenFor: '10s' as const }
    const config = oneRoute({}, { backends: [{ backend: 'a' }] })
    const backends = [{ name: 'a', endpoints: [upstream.url], breaker }]
    await using served = await serve({ ...config, backends }, { now: clock.now })
    const breakers = (): unknown => backendOf(served).now?.breakers
    served.gate.meters()
    expect(breakers()).toEqual({ closed: 1, open: 0, 'half-open': 0 })
    await ask(served, 1)
    expect(breakers()).toEqual({ closed: 0, open: 1, 'half-open': 0 })
    clock.advance(10_000)
    const probe = fetch(served.url + chat, question)
    await upstream.request(2)
    expect(breakers()).toEqual({ closed: 0, open: 0, 'half-open': 1 })
    probing.release()
    await (await probe).text()
    clock.advance(20_000)
    await (await fetch(served.url + chat, question)).text()
    await served.report(3)
    expect(breakers()).toEqual({ closed: 1, open: 0, 'half-open': 0 })
    expect(backendOf(served).breakerChanges).toEqual({ closed: 1, open: 2, 'half-open': 2 })
  })

  test('retries that the budget refused, and those above the bound', async () => {
    await using upstream = await startUpstream(failure(503))
    const config = oneRoute({}, { retry: { retries: 1, on: ['5xx'], backoff: fast }, backends: [{ backend: 'a' }] })
    const retryBudget = { percent: 0, window: '10s' as const, minimum: 1 }
    await using served = await serve({
      ...config,
      backends: [{ name: 'a', endpoints: [upstream.url], retryBudget }],
    })
    await ask(served, 3)
    const reading = backendOf(served)
    expect(reading.retries + (reading.now?.refusedRetries.budget ?? 0)).toBe(3)
    expect(reading.retries).toBe(upstream.requests.length - 3)
    expect(reading.now?.refusedRetries.budget).toBeGreaterThan(0)
  })
})

describe('reloads', () => {
  test('counts go on for what keeps its name, and both kinds of change are counted', async () => {
    await using upstream = await startUpstream()
    const config = oneRoute({ a: upstream.url })
    await using served = await serve(config)
    await ask(served, 1)
    served.gate.update({ version: 1, ...config, limits: [{ name: 'new', tokens: 1, every: '1s' }] })
    expect(() => served.gate.update({ version: 1, routes: [{ name: '', rules: [] }] })).toThrow('name')
    await fetch(served.url + chat, question)
    await served.report(2)
    expect(ruleOf(served).requests).toEqual([{ method: 'POST', status: 200, count: 2 }])
    expect(backendOf(served).attempts).toEqual([{ status: 200, outcome: 'ok', count: 2 }])
    expect(served.gate.meters()).toMatchObject({
      reloads: 1,
      refusedReloads: 1,
      limits: [{ limit: 'new', allowed: 0 }],
    })
  })

  test('a backend that is gone keeps its counts for once, without a state', async () => {
    await using upstream = await startUpstream()
    const config = oneRoute({ a: upstream.url })
    await using served = await serve(config)
    await ask(served, 1)
    served.gate.update({ version: 1, ...oneRoute({ b: upstream.url }) })
    expect(backendOf(served)).toMatchObject({ attempts: [{ count: 1 }], now: undefined })
    expect(backendOf(served, 'b')).toMatchObject({ attempts: [], now: { endpoints: 1 } })
  })

  test('what is gone is told while its requests go on, and once more', async () => {
    const held = hold()
    await using upstream = await startUpstream(steps(wholeRequest, held, failure(500)))
    await using fallback = await startUpstream(json({}))
    const limits = [{ name: 'l', tokens: 9, every: '1h' as const }]
    const config = oneRoute({ a: upstream.url, b: fallback.url }, { fallback: { backends: ['b'] }, limits: ['l'] })
    await using served = await serve({ ...config, limits })
    served.gate.meters()
    const reply = fetch(served.url + chat, question)
    await upstream.request(1)
    const rules = [{ backends: [{ backend: 'c' }] }]
    const other = {
      version: 1,
      backends: [{ name: 'c', endpoints: [upstream.url] }],
      routes: [{ name: 'other', rules }],
    } as const
    for (let change = 0; change < 3; change++) served.gate.update(other)
    held.release()
    expect((await reply).status).toBe(200)
    await served.report(1)
    expect(ruleOf(served).requests).toEqual([{ method: 'POST', status: 200, count: 1 }])
    expect(backendOf(served).attempts).toEqual([{ status: 500, outcome: 'ok', count: 1 }])
    expect(backendOf(served, 'b').attempts).toEqual([{ status: 200, outcome: 'ok', count: 1 }])
    for (let change = 0; change < 2; change++) served.gate.update(other)
    expect(served.gate.meters().rules.map(({ route }) => route)).toEqual(['', 'other'])
    expect(served.gate.meters().backends.map(({ backend }) => backend)).toEqual(['c'])
  })

  test('a limit that is gone keeps its counts for once, without keys', async () => {
    await using upstream = await startUpstream()
    const limits = [{ name: 'l', tokens: 9, every: '1h' as const }]
    await using served = await serve({ ...oneRoute({ a: upstream.url }, { limits: ['l'] }), limits })
    await ask(served, 1)
    served.gate.update({ version: 1, ...oneRoute({ a: upstream.url }) })
    expect(served.gate.meters().limits).toEqual([{ limit: 'l', allowed: 1, refused: 0, keys: undefined }])
    served.gate.update({ version: 1, ...oneRoute({ a: upstream.url }) })
    expect(served.gate.meters().limits).toEqual([])
  })
})

test('buckets are chosen once', async () => {
  await using gate = new Gateway({ version: 1 }, {})
  expect(() => gate.meters({ buckets: [2, 1] })).toThrow(RangeError)
  const bounds = (): unknown => gate.meters({ buckets: [1, 2] }).rules[0]?.duration.bounds
  expect(bounds()).toEqual([1, 2])
  expect(bounds()).toEqual([1, 2])
  expect(() => gate.meters({ buckets: [1] })).toThrow('counts durations in the buckets 1, 2 already')
})
