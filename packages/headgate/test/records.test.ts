/** Decision records: what was decided, from what, and where the time went. */

import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { AttemptReport, RequestReport } from 'headgate'
import { replayPick, replaySplit } from 'headgate'
import {
  eventStream,
  failure,
  gate,
  json,
  refusingUrl,
  reply,
  reset,
  seededRandom,
  silence,
  startUpstream,
  steps,
  wholeRequest,
} from '@headgate/testing'
import { chat, oneRoute, question, serve } from './serve.ts'
import type { Served } from './serve.ts'
import { apis, whole } from './stream-faults.ts'

const [, api] = apis[0] as (typeof apis)[number]

async function ask(served: Served, headers: Readonly<Record<string, string>> = {}): Promise<RequestReport> {
  const before = served.reports.length
  const reply = await fetch(served.url + chat, { ...question, headers: { ...question.headers, ...headers } })
  await reply.arrayBuffer()
  return served.report(before + 1)
}

const sum = ({ phases }: AttemptReport): number => Object.values(phases).reduce((total, ms) => total + Number(ms), 0)

test('tells of each attempt what caused it, when it began, and phases that add up to its time', async () => {
  await using bad = await startUpstream(failure(503))
  await using good = await startUpstream(json({ ok: true }))
  const rule = { retry: { retries: 1, on: ['5xx' as const], backoff: { base: 0 } }, fallback: { backends: ['b'] } }
  await using served = await serve(oneRoute({ a: bad.url, b: good.url }, rule))
  const record = await ask(served)
  expect(record.attempts.map(({ cause, because, backend, outcome }) => [cause, because, backend, outcome])).toEqual([
    ['first', undefined, 'a', '503'],
    ['repeat', '503', 'a', '503'],
    ['fallback', '503', 'b', 'ok'],
  ])
  for (const attempt of record.attempts) expect(sum(attempt)).toBeCloseTo(attempt.durationMs, 6)
  const [first, second, third] = record.attempts as [AttemptReport, AttemptReport, AttemptReport]
  expect(second.startMs).toBeGreaterThanOrEqual(first.startMs + first.durationMs)
  expect(third.startMs + third.durationMs).toBeLessThanOrEqual(record.durationMs)
  expect([first.reused, (await ask(served)).attempts[0]?.reused]).toEqual([false, true])
  expect([record.bytesIn, record.bytesOut, third.bytesReceived]).toEqual([question.body.length, 11, 11])
})

describe('the phase in which an attempt ends holds the rest of its time', () => {
  test.for([
    ['connect', () => silence, 'timeout', { connectTimeout: 30 }],
    ['headers', () => steps(wholeRequest, silence), 'timeout', {}],
  ] as const)('%s', async ([phase, script, outcome, backend]) => {
    await using upstream = await startUpstream(script(), phase === 'connect' ? { accept: 'ignore' } : {})
    const config = oneRoute({ a: upstream.url }, { timeouts: { headers: 60 } })
    await using served = await serve({ ...config, backends: [{ name: 'a', endpoints: [upstream.url], ...backend }] })
    const [attempt] = (await ask(served)).attempts as [AttemptReport]
    expect(attempt.outcome).toBe(outcome)
    expect(attempt.phases.body + attempt.phases.firstEvent).toBe(0)
    expect(attempt.phases.headers).toBeGreaterThan(0)
    expect(sum(attempt)).toBeCloseTo(attempt.durationMs, 6)
  })

  test('firstEvent, for a stream that says nothing', async () => {
    const hold = gate()
    await using upstream = await startUpstream(eventStream([api.opening, hold]))
    await using served = await serve(oneRoute({ a: upstream.url }, { timeouts: { firstEvent: 200 } }))
    const reply = await fetch(served.url + chat, question)
    await expect(reply.text()).rejects.toThrow('terminated')
    const [attempt] = (await served.report(1)).attempts as [AttemptReport]
    expect([attempt.clock, attempt.phases.body]).toEqual(['firstEvent', 0])
    expect(attempt.phases.firstEvent).toBeGreaterThan(0)
    expect(sum(attempt)).toBeCloseTo(attempt.durationMs, 6)
    hold.release()
  })
})

test('names the limits that were charged, and the one that refused', async () => {
  await using upstream = await startUpstream(json({}))
  const limits = [
    { name: 'all', per: 'all' as const, tokens: 10, every: '1h' as const },
    { name: 'tenant', per: { header: 'x-tenant-id' }, tokens: 1, every: '1h' as const },
  ]
  await using served = await serve({ ...oneRoute({ a: upstream.url }, { limits: ['all', 'tenant'] }), limits })
  expect((await ask(served)).limits).toEqual([{ limit: 'all', charged: 1 }])
  expect((await ask(served, { 'x-tenant-id': 't' })).limits.map(({ charged }) => charged)).toEqual([1, 1])
  const { limits: refused, code } = await ask(served, { 'x-tenant-id': 't' })
  expect([code, refused[0]?.charged, refused[1]?.charged, (refused[1]?.retryAfterMs ?? 0) > 0]).toEqual([
    'rate_limited',
    0,
    0,
    true,
  ])
})

test('tells why no endpoint was to be had, and who was passed over', async () => {
  await using bad = await startUpstream(failure(500))
  await using good = await startUpstream(json({}))
  const config = oneRoute({}, { backends: [{ backend: 'a' }], fallback: { backends: ['b'] } })
  const backends = [
    { name: 'a', endpoints: [bad.url], breaker: { failures: 1, openFor: 60_000 } },
    { name: 'b', endpoints: [good.url] },
  ]
  await using served = await serve({ ...config, backends })
  await ask(served)
  const { passed, attempts } = await ask(served)
  expect(passed).toMatchObject([
    { backend: 'a', because: 'circuit_open', pick: { chosen: -1, candidates: [{ excluded: 'breaker' }] } },
  ])
  expect(attempts).toMatchObject([{ cause: 'fallback', because: 'circuit_open', backend: 'b' }])
})

test('keeps the caller’s traceparent', async () => {
  await using upstream = await startUpstream(json({}))
  await using served = await serve(oneRoute({ a: upstream.url }))
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  expect((await ask(served, { traceparent })).traceparent).toBe(traceparent)
})

describe('every choice can be made again from its record', () => {
  const random = seededRandom(7)

  test.for(['round-robin', 'random', 'least-request', 'peak-ewma', 'ring-hash', 'maglev'] as const)(
    '%s',
    async (type) => {
      await using one = await startUpstream([failure(500), json({ ok: true })])
      await using two = await startUpstream([json({}), steps(wholeRequest, reset), json({})])
      await using three = await startUpstream(json({}))
      const gone = await refusingUrl()
      const by = { header: 'x-user' }
      const balance = type === 'ring-hash' || type === 'maglev' ? { type, by } : { type }
      const endpoints = [one.url, two.url, three.url, gone]
      const config = oneRoute({}, { backends: [{ backend: 'a' }], retry: { retries: 3, backoff: { base: 0 } } })
      const backends = [{ name: 'a', endpoints, balance, breaker: { failures: 2 }, capacity: { maxConnections: 1 } }]
      await using served = await serve({ ...config, backends }, { random })
      const users = Array.from({ length: 60 }, (_, n) => ({
        'x-user': createHash('md5')
          .update(`${n % 23}`)
          .digest('hex'),
      }))
      await Promise.all(users.map(async (headers) => (await fetch(served.url + chat, { ...question, headers })).text()))
      await served.report(60)
      const picks = served.reports.flatMap(({ attempts }) => attempts.flatMap(({ pick }) => pick ?? []))
      expect(picks.length).toBeGreaterThanOrEqual(60)
      expect(picks.map((pick) => replayPick(pick))).toEqual(picks.map(({ chosen }) => chosen))
    },
  )

  test('of a backend: by weight, by a header, by a session', async () => {
    await using upstream = await startUpstream(json({}))
    const names = { a: upstream.url, b: upstream.url, c: upstream.url }
    const backends = [
      { backend: 'a', weight: 5 },
      { backend: 'b', weight: 3 },
      { backend: 'c', weight: 0 },
    ]
    await using plain = await serve(oneRoute(names, { backends }))
    await using sticky = await serve(oneRoute(names, { backends, sticky: { header: 'x-user' } }))
    await using session = await serve(oneRoute(names, { backends, session: { type: 'Header', name: 'x-session' } }))
    const records: RequestReport[] = []
    for (let n = 0; n < 20; n++) records.push(await ask(plain), await ask(sticky, { 'x-user': `u${n}` }))
    const first = await fetch(session.url + chat, question)
    await first.arrayBuffer()
    records.push(await ask(session, { 'x-session': first.headers.get('x-session') ?? '' }))
    const splits = records.flatMap(({ split }) => split ?? [])
    expect(new Set(splits.map(({ by }) => by))).toEqual(new Set(['weight', 'sticky', 'session']))
    expect(splits.map((split) => replaySplit(split))).toEqual(splits.map(({ chosen }) => chosen))
    expect(splits).toHaveLength(41)
  })
})

test('a stream’s record has the time of its first word', async () => {
  await using upstream = await startUpstream(eventStream(whole(api, 'hello')))
  await using served = await serve(oneRoute({ a: upstream.url, b: upstream.url }, { fallback: { backends: ['b'] } }))
  const record = await ask(served)
  const [attempt] = record.attempts as [AttemptReport]
  expect(record.firstByteMs).toBeGreaterThan(0)
  expect(sum(attempt)).toBeCloseTo(attempt.durationMs, 6)
  expect(record.bytesOut).toBe(whole(api, 'hello').join('').length)
})

describe('what replies tell their callers', () => {
  test('nothing, unless the config says so', async () => {
    await using upstream = await startUpstream(json({}))
    await using served = await serve(oneRoute({ a: upstream.url }))
    const { headers } = await fetch(served.url + chat, question)
    expect([headers.get('server-timing'), headers.get('x-headgate-decision')]).toEqual([null, null])
  })

  test('the phases and the attempts, and what was decided', async () => {
    await using bad = await startUpstream(failure(503))
    await using good = await startUpstream(json({}, { headers: [['server-timing', 'gpu;dur=5']] }))
    const reporting = { serverTiming: true, header: 'x-headgate-decision' }
    const config = oneRoute({ a: bad.url, b: good.url }, { fallback: { backends: ['b'] } }, { reporting })
    await using served = await serve(config)
    const { headers } = await fetch(served.url + chat, question)
    expect(headers.get('x-headgate-decision')).toBe(
      'route="only", rule="only", attempts=2, cause=fallback, backend="b", because="503"',
    )
    expect(headers.get('server-timing')).toMatch(
      /^gpu;dur=5, attempt-1;dur=[\d.]+;desc="503", queue;dur=[\d.]+, connect;dur=[\d.]+, upload;dur=[\d.]+, headers;dur=[\d.]+, total;dur=[\d.]+$/,
    )
  })

  test('names that must not stand in a field as they are, are made to', async () => {
    await using upstream = await startUpstream(json({}))
    const config = oneRoute({ 'a"\\é': upstream.url }, {}, { reporting: { header: 'x-why' } })
    await using served = await serve(config)
    expect((await fetch(served.url + chat, question)).headers.get('x-why')).toContain('backend="a\\"\\\\?"')
  })
})

describe('the backend of a record', () => {
  const replaced = { fallback: { backends: ['b'] } }

  test('and of the field is the one whose reply went out, where the fallback gave none', async () => {
    await using a = await startUpstream(failure(503))
    const urls = { a: a.url, b: await refusingUrl() }
    await using served = await serve(oneRoute(urls, replaced, { reporting: { header: 'x-why' } }))
    const reply = await fetch(served.url + chat, question)
    expect([reply.status, reply.headers.get('x-why')]).toEqual([503, expect.stringContaining('backend="a"')])
    expect((await served.report(1)).backend).toBe('a')
  })

  test('is the one that was tried last, where the caller did not wait for it', async () => {
    await using a = await startUpstream(failure(503))
    await using b = await startUpstream(silence)
    await using served = await serve(oneRoute({ a: a.url, b: b.url }, replaced))
    const leaving = new AbortController()
    const reply = fetch(served.url + chat, { ...question, signal: leaving.signal })
    await b.request(1)
    leaving.abort()
    await expect(reply).rejects.toThrow('aborted')
    expect(await served.report(1)).toMatchObject({ result: 'abandoned', status: 0, backend: 'b' })
  })
})

test('a reply that is replaced counts by its status, however long it is', async () => {
  await using a = await startUpstream(reply({ status: 503, body: 'x'.repeat(200_000) }))
  await using b = await startUpstream(json({}))
  await using served = await serve(oneRoute({ a: a.url, b: b.url }, { fallback: { backends: ['b'] } }))
  expect((await ask(served)).attempts.map(({ outcome }) => outcome)).toEqual(['503', 'ok'])
})

test.for([
  ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', true],
  ['Bearer secret', false],
  [`00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-${'x'.repeat(200)}`, false],
] as const)('%s as traceparent is told: %s', async ([traceparent, isTold]) => {
  await using a = await startUpstream(json({}))
  await using served = await serve(oneRoute({ a: a.url }))
  expect((await ask(served, { traceparent })).traceparent).toBe(isTold ? traceparent : undefined)
})

test('of an answer to HEAD no bytes were sent', async () => {
  await using served = await serve(oneRoute({ a: await refusingUrl() }))
  await fetch(served.url + chat, { method: 'HEAD' })
  expect(await served.report(1)).toMatchObject({ status: 502, bytesOut: 0 })
})
