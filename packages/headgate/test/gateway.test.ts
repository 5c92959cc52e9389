/** The running object: splits, weights, events, explain, update, breaker, close. */

import { describe, expect, test } from 'vitest'
import {
  connectRaw,
  event,
  eventStream,
  failure,
  gate as newGate,
  json,
  startUpstream,
  steps,
  wholeRequest,
} from '@headgate/testing'
import { ConfigError, Gateway, GatewayError, gateway } from 'headgate'
import type { GatewayConfigInput } from 'headgate'
import { chat, oneRoute, question, serve } from './serve.ts'

const named = (name: string): ReturnType<typeof json> => json({ name })

async function names(url: string, count: number, headers: Record<string, string> = {}): Promise<string[]> {
  const seen: string[] = []
  for (let asked = 0; asked < count; asked++) {
    const reply = (await (await fetch(url + chat, { ...question, headers })).json()) as { name: string }
    seen.push(reply.name)
  }
  return seen
}

const countOf = (seen: readonly string[], name: string): number => seen.filter((one) => one === name).length

describe('splits', () => {
  test('90/10 is exact over each ten requests, and new weights hold from the next request on', async () => {
    await using a = await startUpstream(named('a'))
    await using b = await startUpstream(named('b'))
    const rule = {
      backends: [
        { backend: 'a', weight: 90 },
        { backend: 'b', weight: 10 },
      ],
    }
    await using served = await serve(oneRoute({ a: a.url, b: b.url }, rule))
    expect(countOf(await names(served.url, 10), 'b')).toBe(1)
    expect(countOf(await names(served.url, 10), 'b')).toBe(1)
    served.gate.setWeights('only', { a: 50, b: 50 })
    expect(countOf(await names(served.url, 10), 'b')).toBe(5)
    served.gate.setWeights('only', { b: 0 })
    expect(countOf(await names(served.url, 10), 'b')).toBe(0)
  })

  test('a stream in flight is left alone by new weights', async () => {
    const more = newGate()
    await using a = await startUpstream(eventStream([event('one'), more, event('two')]))
    await using b = await startUpstream()
    const rule = {
      backends: [
        { backend: 'a', weight: 1 },
        { backend: 'b', weight: 0 },
      ],
    }
    await using served = await serve(oneRoute({ a: a.url, b: b.url }, rule))
    const reply = await fetch(served.url + chat, question)
    served.gate.setWeights('only', { a: 0, b: 1 })
    more.release()
    expect(await reply.text()).toBe(event('one') + event('two'))
  })

  test('all weights 0 is 503, no backend at all is 500', async () => {
    await using a = await startUpstream()
    await using zero = await serve(oneRoute({ a: a.url }, { backends: [{ backend: 'a', weight: 0 }] }))
    const refused = await fetch(zero.url)
    expect([refused.status, refused.headers.get('x-headgate-error')]).toEqual([503, 'no_backend'])
    await using none = await serve(oneRoute({ a: a.url }, { backends: [] }))
    expect((await fetch(none.url)).status).toBe(500)
  })

  test('a backend without endpoints is 503 for its share', async () => {
    await using a = await startUpstream()
    const rule = { backends: [{ backend: 'a' }, { backend: 'empty' }] }
    await using served = await serve(oneRoute({ a: a.url, empty: [] }, rule))
    const statuses = [await fetch(served.url), await fetch(served.url)].map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([200, 503]))
  })

  test('a sticky caller stays where it is, and the rest follows the weights', async () => {
    await using a = await startUpstream(named('a'))
    await using b = await startUpstream(named('b'))
    const rule = { backends: [{ backend: 'a' }, { backend: 'b' }], sticky: { header: 'x-user' } }
    await using served = await serve(oneRoute({ a: a.url, b: b.url }, rule))
    for (const user of ['u1', 'u2', 'u3']) {
      expect(new Set(await names(served.url, 5, { 'x-user': user })).size).toBe(1)
    }
    expect(countOf(await names(served.url, 4), 'a')).toBe(2)
  })

  test('a retry never rolls the dice again', async () => {
    await using a = await startUpstream(failure(503))
    await using b = await startUpstream(named('b'))
    const backends = [
      { backend: 'a', weight: 1 },
      { backend: 'b', weight: 1 },
    ]
    const retry = { retries: 2, on: [503], backoff: { base: 1, max: 1 } }
    await using served = await serve(oneRoute({ a: a.url, b: b.url }, { backends, retry }))
    for (let asked = 0; asked < 4; asked++) await fetch(served.url)
    expect([a.requests.length, b.requests.length]).toEqual([6, 2])
  })

  test.for<[string, Record<string, number>, RegExp]>([
    ['a backend that is not in the split', { c: 1 }, /"c", but over a, b/],
    ['a weight below 0', { a: -1 }, /"a" is -1; expected an integer from 0 to 1,000,000/],
    ['a weight that is no integer', { a: 1.5 }, /1\.5/],
  ])('setWeights refuses %s and changes nothing', async ([, weights, message]) => {
    const gate = new Gateway({
      version: 1,
      ...oneRoute(
        { a: 'http://127.0.0.1:1', b: 'http://127.0.0.1:2' },
        { backends: [{ backend: 'a' }, { backend: 'b' }] },
      ),
    })
    const before = gate.config
    expect(() => gate.setWeights('only', weights)).toThrow(message)
    expect(() => gate.setWeights('other', {})).toThrow(GatewayError)
    expect(gate.config).toBe(before)
    await gate.close()
  })
})

describe('the breaker', () => {
  test('opens after its failures, refuses with Retry-After, and closes after a good probe', async () => {
    await using upstream = await startUpstream([failure(500), failure(500), json({})])
    const config = oneRoute({}, { backends: [{ backend: 'a' }] })
    const breaker = { failures: 2, openFor: '50ms' as const }
    await using served = await serve({ ...config, backends: [{ name: 'a', endpoints: [upstream.url], breaker }] })
    const changes: string[] = []
    served.gate.on('breaker-changed', ({ backend, from, to }) => changes.push(`${backend} ${from} ${to}`))
    expect([(await fetch(served.url)).status, (await fetch(served.url)).status]).toEqual([500, 500])
    const refused = await fetch(served.url)
    expect([refused.status, refused.headers.get('x-headgate-error')]).toEqual([503, 'circuit_open'])
    expect(refused.headers.get('retry-after')).toBe('1')
    let status = 503
    while (status === 503) ({ status } = await fetch(served.url))
    expect(status).toBe(200)
    expect(changes).toEqual(['a closed open', 'a open half-open', 'a half-open closed'])
    expect(upstream.requests).toHaveLength(3)
  })

  test('4xx, and callers that leave, are no failures', async () => {
    await using upstream = await startUpstream(failure(400))
    const config = oneRoute({}, { backends: [{ backend: 'a' }] })
    await using served = await serve({
      ...config,
      backends: [{ name: 'a', endpoints: [upstream.url], breaker: { failures: 1 } }],
    })
    for (let asked = 0; asked < 3; asked++) expect((await fetch(served.url)).status).toBe(400)
    expect(served.gate.backends()[0]?.endpoints[0]?.breaker).toBe('closed')
  })

  test('sends traffic to the endpoint that is left', async () => {
    await using bad = await startUpstream(failure(500))
    await using good = await startUpstream()
    const config = oneRoute({}, { backends: [{ backend: 'a' }] })
    const breaker = { failures: 1, openFor: '1h' as const }
    await using served = await serve({ ...config, backends: [{ name: 'a', endpoints: [bad.url, good.url], breaker }] })
    const statuses: number[] = []
    for (let asked = 0; asked < 6; asked++) statuses.push((await fetch(served.url)).status)
    expect(statuses.filter((status) => status === 500)).toHaveLength(1)
    expect(bad.requests).toHaveLength(1)
  })
})

describe('capacity', () => {
  test('above maxRequests it is 503 at once, marked as overload', async () => {
    const release = newGate()
    await using upstream = await startUpstream(steps(wholeRequest, release, json({})))
    const config = oneRoute({}, { backends: [{ backend: 'a' }] })
    const backends = [{ name: 'a', endpoints: [upstream.url], capacity: { maxRequests: 1 } }]
    await using served = await serve({ ...config, backends })
    const first = fetch(served.url)
    await upstream.request(1)
    const second = await fetch(served.url)
    expect([second.status, second.headers.get('x-envoy-overloaded')]).toEqual([503, 'true'])
    release.release()
    expect((await first).status).toBe(200)
    expect((await fetch(served.url)).status).toBe(200)
  })
})

describe('clocks', () => {
  test.for<[string, object, string]>([
    ['headers', { timeouts: { headers: 30 } }, 'upstream_timeout'],
    ['idle', { timeouts: { idle: 30 } }, 'upstream_timeout'],
    ['backend', { timeouts: { backend: 30 } }, 'upstream_timeout'],
    ['request', { timeouts: { request: 30 } }, 'request_timeout'],
    ['perTry', { retry: { retries: 1, on: ['reset'], perTry: 30, backoff: { base: 1, max: 1 } } }, 'upstream_timeout'],
  ])('%s ends a silent attempt with 504', async ([name, rule, code]) => {
    await using upstream = await startUpstream(steps(wholeRequest, newGate()))
    await using served = await serve(oneRoute({ a: upstream.url }, rule))
    const reply = await fetch(served.url + chat, question)
    expect([reply.status, reply.headers.get('x-headgate-error')]).toEqual([504, code])
    expect(upstream.requests).toHaveLength(name === 'perTry' ? 2 : 1)
    expect((await served.report(1)).attempts[0]?.clock).toBe(name)
    expect(await upstream.closed(1)).toMatch(/^peer-/)
  })

  test('request covers every attempt and wait', async () => {
    await using upstream = await startUpstream(failure(503))
    const retry = { retries: 1000, on: [503], backoff: { type: 'minimum' as const, base: 10, max: 10 } }
    await using served = await serve(oneRoute({ a: upstream.url }, { retry, timeouts: { request: 100 } }))
    expect((await fetch(served.url)).status).toBeGreaterThanOrEqual(503)
    expect(upstream.requests.length).toBeLessThan(20)
  })
})

describe('close', () => {
  test('lets a stream end, refuses what comes meanwhile, and is told once', async () => {
    const more = newGate()
    await using upstream = await startUpstream(eventStream([event('one'), more, event('two')]))
    await using served = await serve(oneRoute({ a: upstream.url }))
    let closed = 0
    served.gate.on('closed', () => closed++)
    const reply = await fetch(served.url + chat, question)
    const closing = served.gate.close()
    const refused = await fetch(served.url)
    expect([refused.status, refused.headers.get('x-headgate-error')]).toEqual([503, 'closing'])
    more.release()
    expect(await reply.text()).toBe(event('one') + event('two'))
    await Promise.all([closing, served.gate.close()])
    expect(closed).toBe(1)
    expect(() => served.gate.setWeights('only', {})).toThrow(/closed/)
  })

  test('breaks off visibly what does not end in time', async () => {
    await using upstream = await startUpstream(eventStream([event('one'), newGate()]))
    await using served = await serve(oneRoute({ a: upstream.url }))
    const client = await connectRaw(served.url)
    await client.send({ method: 'POST', target: chat, body: '{}' })
    const reply = await client.reply('POST')
    await served.gate.close({ drainMs: 10 })
    expect(await reply.settled()).toBe('cut')
    expect(reply.body.toString()).toContain('"code":"closing"')
    client.abort()
  })
})

describe('events', () => {
  test('a listener that throws harms no request and becomes a warning', async () => {
    await using upstream = await startUpstream()
    await using served = await serve(oneRoute({ a: upstream.url }))
    const warnings: string[] = []
    served.gate.on('warning', ({ code }) => warnings.push(code))
    served.gate.on('attempt-ended', () => {
      throw new Error('from a listener')
    })
    expect((await fetch(served.url)).status).toBe(200)
    expect((await fetch(served.url)).status).toBe(200)
    expect(warnings).toEqual(['listener_threw', 'listener_threw'])
  })

  test('a request without a route is reported too', async () => {
    const config = oneRoute({ a: 'http://127.0.0.1:1' }, { matches: [{ path: { type: 'Exact', value: '/x' } }] })
    await using served = await serve(config)
    await fetch(`${served.url}/y?secret=1`)
    expect(await served.report(1)).toMatchObject({
      status: 404,
      code: 'no_route',
      route: undefined,
      path: '/y',
      attempts: [],
    })
  })
})

describe('update', () => {
  test('a bad config changes nothing and names every problem', async () => {
    await using upstream = await startUpstream()
    await using served = await serve(oneRoute({ a: upstream.url }))
    const bad = {
      version: 1,
      backends: [],
      routes: [{ name: 'r', rules: [{ backends: [{ backend: 'b', weight: -1 }] }] }],
    }
    const before = served.gate.config
    let thrown: unknown
    try {
      served.gate.update(bad as GatewayConfigInput)
    } catch (error) {
      thrown = error
    }
    expect(ConfigError.isInstance(thrown) && thrown.problems.length).toBe(2)
    expect(served.gate.config).toBe(before)
    expect((await fetch(served.url)).status).toBe(200)
  })

  test('breakers and buckets of what stays live on', async () => {
    await using upstream = await startUpstream([failure(500), json({})])
    await using other = await startUpstream()
    const breaker = { failures: 1, openFor: '1h' as const }
    const limits = [{ name: 'all', tokens: 3, every: '1h' as const }]
    const config = (extra: string[]): GatewayConfigInput => ({
      version: 1,
      limits,
      backends: [{ name: 'a', endpoints: [upstream.url, ...extra], breaker }],
      routes: [{ name: 'only', rules: [{ backends: [{ backend: 'a' }], limits: ['all'] }] }],
    })
    await using served = await serve(config([]))
    expect((await fetch(served.url)).status).toBe(500)
    served.gate.update(config([other.url]))
    expect(served.gate.backends()[0]?.endpoints.map(({ breaker: kind }) => kind)).toEqual(['open', 'closed'])
    expect((await fetch(served.url)).status).toBe(200)
    expect((await fetch(served.url)).status).toBe(200)
    expect((await fetch(served.url)).status).toBe(429)
    expect([upstream.requests.length, other.requests.length]).toEqual([1, 2])
  })
})

describe('explain', () => {
  test('names the winner, its shares, and why the nearest others lost', async () => {
    const gate = gateway('g')
      .pool('p', { a: 'http://127.0.0.1:1', b: 'http://127.0.0.1:2', c: 'http://127.0.0.1:3' })
      .route('premium', (route) => route.when({ path: '/v1', headers: { 'x-tier': 'premium' } }).to('b'))
      .route('all', (route) => route.when({ path: '/v1' }).split({ a: 3, b: 1 }).fallback('c'))
      .build()
    const { winner, losers, refused } = gate.explain({
      method: 'POST',
      target: '/v1/x?y',
      headers: { 'X-Tier': 'free' },
    })
    expect(refused).toBeUndefined()
    expect(winner).toMatchObject({
      route: 'all',
      backends: [
        { share: 0.75, fallbacks: ['c'] },
        { share: 0.25, fallbacks: ['c'] },
      ],
    })
    expect(losers[0]).toMatchObject({
      route: 'premium',
      because: 'header "x-tier" is "free", the match wants exactly "premium"',
    })
    expect(gate.explain({ target: '/v1/../x' }).refused).toMatchObject({ status: 400, code: 'bad_target' })
    await gate.close()
  })
})

describe('building', () => {
  test('reports every problem at once and starts nothing', () => {
    const build = (): unknown =>
      gateway('g')
        .pool('p', { a: 'ftp://x', b: 'http://127.0.0.1:1/path' })
        .route('r', (route) => route.to('a').timeout({ request: '-5s' }).retry({ retries: -1 }))
        .build()
    expect(build).toThrow(ConfigError)
    expect(build).toThrow(/ftp[\s\S]*path[\s\S]*(retries|request)[\s\S]*(retries|request)/)
  })

  test('a secret that is not there stops the build without printing anything', () => {
    const build = (): unknown =>
      gateway('g')
        .pool('p', {
          a: { endpoints: 'http://127.0.0.1:1', headers: { authorization: { env: 'HEADGATE_TEST_UNSET' } } },
        })
        .route('r', (route) => route.to('a'))
        .build()
    expect(build).toThrow('backend "a", header authorization: the environment variable HEADGATE_TEST_UNSET is not set')
  })
})
