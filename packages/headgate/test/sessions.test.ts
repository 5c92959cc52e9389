/** Sessions over real sockets: where callers come back to, and what they are told. */

import { afterEach, describe, expect, test, vi } from 'vitest'
import { failure, json } from '@headgate/testing'
import { Gateway, gateway, nodeHandler } from 'headgate'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { askHttps } from './https-client.ts'
import { oneRoute, serve } from './serve.ts'
import { ask, askOften, cookieOf, startPods } from './session-client.ts'
import { http, https, openSockets } from './sockets.ts'

const breaker = { failures: 1, openFor: '1h' as const }
const firstOf = (text: string | undefined): string => text?.split(/[=;]/)[0] ?? ''

/** The attributes of the only cookie, as the field has them. */
function attributesOf({ cookies }: { readonly cookies: readonly string[] }): readonly string[] {
  return cookies[0]?.split('; ').slice(1) ?? []
}

afterEach(() => {
  vi.useRealTimers()
})

describe('a session cookie', () => {
  test('brings the caller back to its endpoint and is set once', async () => {
    const { a, b, c } = await startPods('a', 'b', 'c')
    const rule = { session: { name: 'model' }, matches: [{ path: { type: 'PathPrefix' as const, value: '/v1' } }] }
    await using served = await serve(oneRoute({ only: [a.url, b.url, c.url] }, rule))
    const url = `${served.url}/v1/chat`
    const first = await ask(url)
    expect(first.cookies[0]).toMatch(/^model=[\w-]{49}; Path=\/v1; HttpOnly; SameSite=Strict$/)
    for (let asked = 0; asked < 6; asked++) {
      expect(await ask(url, { cookie: cookieOf(first) })).toMatchObject({ from: first.from, cookies: [] })
    }
    expect(new Set(await askOften(url, 3)).size).toBe(3)
  })

  test('has a name of its own for each rule, the same in every process', async () => {
    const { a } = await startPods('a')
    const rules = ['/x', '/y'].map((value) => ({
      matches: [{ path: { type: 'PathPrefix' as const, value } }],
      backends: [{ backend: 'only' }],
      session: {},
    }))
    const config = { backends: [{ name: 'only', endpoints: [a.url] }], routes: [{ name: 'r', rules }] }
    await using one = await serve(config)
    await using two = await serve(config)
    const names = async (url: string): Promise<string[]> => [
      firstOf((await ask(`${url}/x`)).cookies[0]),
      firstOf((await ask(`${url}/y`)).cookies[0]),
    ]
    const [x, y] = await names(one.url)
    expect(x).toMatch(/^headgate-session-[0-9a-f]{12}$/)
    expect(y).not.toBe(x)
    expect(await names(two.url)).toEqual([x, y])
  })

  test('that is Permanent says how long it lives, and ends then', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 1, 12) })
    const { a } = await startPods('a')
    const session = { lifetime: 'Permanent' as const, absoluteTimeout: '10s' as const }
    await using served = await serve(oneRoute({ only: a.url }, { session }))
    const first = await ask(served.url)
    expect(attributesOf(first)).toEqual([
      'Path=/',
      'Max-Age=10',
      'Expires=Thu, 01 Jan 2026 12:00:10 GMT',
      'HttpOnly',
      'SameSite=Strict',
    ])
    const cookie = cookieOf(first)
    vi.advanceTimersByTime(9999)
    expect((await ask(served.url, { cookie })).cookies).toEqual([])
    vi.advanceTimersByTime(1)
    const next = cookieOf(await ask(served.url, { cookie }))
    expect(next).not.toBe(cookie)
    expect((await ask(served.url, { cookie: next })).cookies).toEqual([])
  })

  test('of the lifetime Session ends after absoluteTimeout all the same', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { a } = await startPods('a')
    await using served = await serve(oneRoute({ only: a.url }, { session: { absoluteTimeout: '1h' } }))
    const first = await ask(served.url)
    expect(attributesOf(first)).toEqual(['Path=/', 'HttpOnly', 'SameSite=Strict'])
    vi.advanceTimersByTime(3_600_000)
    expect((await ask(served.url, { cookie: cookieOf(first) })).cookies).toHaveLength(1)
  })

  test('with idleTimeout lives as long as it is used, and keeps its end', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { a, b } = await startPods('a', 'b')
    const session = { idleTimeout: '10s', absoluteTimeout: '25s', lifetime: 'Permanent' } as const
    await using served = await serve(oneRoute({ only: [a.url, b.url] }, { session }))
    const first = await ask(served.url)
    let cookie = cookieOf(first)
    const left: (string | undefined)[] = []
    for (let used = 0; used < 3; used++) {
      vi.advanceTimersByTime(8000)
      const again = await ask(served.url, { cookie })
      expect(again.from).toBe(first.from)
      left.push(attributesOf(again)[1])
      cookie = cookieOf(again)
    }
    expect(left).toEqual(['Max-Age=17', 'Max-Age=9', 'Max-Age=1'])
    expect((await ask(served.url, { cookie })).cookies).toEqual([])
    vi.advanceTimersByTime(1000)
    expect(attributesOf(await ask(served.url, { cookie }))[1]).toBe('Max-Age=25')
  })

  test('is Secure on a listener with TLS, and only there', async () => {
    const { a } = await startPods('a')
    const listeners = [http('plain'), https('tls', undefined, ['one'])]
    await using sockets = await openSockets({ listeners, ...oneRoute({ only: a.url }, { session: {} }) })
    const secure = await askHttps({ port: sockets.port('tls'), servername: 'one.test' })
    expect(secure.headers['set-cookie']?.[0]).toMatch(/; SameSite=Strict; Secure$/)
    const plain = await ask(sockets.url('plain'))
    expect(plain.cookies[0]).toMatch(/; SameSite=Strict$/)
    // One session all the same: the rule is one.
    const cookie = cookieOf(plain)
    expect((await ask(sockets.url('plain'), { cookie })).cookies).toEqual([])
  })

  test('has the path that the caller sees behind a mount, and a path of the config as it is', async () => {
    const { a } = await startPods('a')
    const match = [{ path: { type: 'PathPrefix' as const, value: '/v1' } }]
    const pathFor = async (session: object, matches: typeof match): Promise<string | undefined> => {
      const config = oneRoute({ only: a.url }, { session, matches })
      await using served = await serve(config, { mount: { stripPrefix: '/llm' } })
      return attributesOf(await ask(`${served.url}/llm/v1/chat`))[0]
    }
    expect(await pathFor({}, match)).toBe('Path=/llm/v1')
    expect(await pathFor({}, [])).toBe('Path=/llm')
    expect(await pathFor({ path: '/v1' }, match)).toBe('Path=/v1')
  })

  test('stands beside the cookies of the backend, and no filter of the rule takes it away', async () => {
    const { a } = await startPods('a')
    a.use(
      json(
        { from: 'a' },
        {
          headers: [
            ['set-cookie', 'own=1'],
            ['set-cookie', 'more=2'],
          ],
        },
      ),
    )
    await using plain = await serve(oneRoute({ only: a.url }, { session: { name: 's' } }))
    expect((await ask(plain.url)).cookies.map(firstOf)).toEqual(['own', 'more', 's'])
    const filters = [{ type: 'ResponseHeaderModifier' as const, remove: ['set-cookie'] }]
    await using filtered = await serve(oneRoute({ only: a.url }, { session: { name: 's' }, filters }))
    expect((await ask(filtered.url)).cookies.map(firstOf)).toEqual(['s'])
  })

  test('goes on to the backend as it came', async () => {
    const { a } = await startPods('a')
    await using served = await serve(oneRoute({ only: a.url }, { session: {} }))
    const cookie = `x=1; ${cookieOf(await ask(served.url))}`
    await ask(served.url, { cookie })
    expect((await a.request(2)).header('cookie')).toBe(cookie)
  })
})

describe('a session header', () => {
  const session = { type: 'Header', name: 'X-Session' } as const

  test('is set on the reply, sent back by the caller, and set once', async () => {
    const { a, b } = await startPods('a', 'b')
    await using served = await serve(oneRoute({ only: [a.url, b.url] }, { session }))
    const first = await ask(served.url)
    const value = first.headers.get('x-session') ?? ''
    expect(first.cookies).toEqual([])
    for (let asked = 0; asked < 4; asked++) {
      const again = await ask(served.url, { 'x-session': value })
      expect([again.from, again.headers.get('x-session')]).toEqual([first.from, null])
    }
    expect((await ask(served.url, { cookie: `X-Session=${value}` })).headers.get('x-session')).not.toBeNull()
  })

  test('takes the place of the same field of the backend', async () => {
    const { a } = await startPods('a')
    a.use(json({ from: 'a' }, { headers: [['x-session', 'the backend']] }))
    await using served = await serve(oneRoute({ only: a.url }, { session }))
    expect((await ask(served.url)).headers.get('x-session')).toMatch(/^[\w-]{49}$/)
  })
})

describe('in a split', () => {
  const session = { name: 's' }
  const split = (stable: number, canary: number): { backend: string; weight: number }[] => [
    { backend: 'stable', weight: stable },
    { backend: 'canary', weight: canary },
  ]

  test('a session stays with its endpoint whatever the weights become, 0 as well', async () => {
    const { a, b, c } = await startPods('a', 'b', 'c')
    const urls = { stable: a.url, canary: [b.url, c.url] }
    await using served = await serve(oneRoute(urls, { session, backends: split(0, 1) }))
    const first = await ask(served.url)
    const cookie = cookieOf(first)
    expect(['b', 'c']).toContain(first.from)
    served.gate.setWeights('only', { stable: 1, canary: 0 })
    expect(await askOften(served.url, 4, { cookie })).toEqual(Array(4).fill(first.from))
    expect(await askOften(served.url, 4)).toEqual(Array(4).fill('a'))
    served.gate.setWeights('only', { stable: 0 })
    expect((await ask(served.url, { cookie })).from).toBe(first.from)
    expect((await ask(served.url)).code).toBe('no_backend')
  })

  test('where its endpoint does not serve, another of the same backend does and has the session from then on', async () => {
    const { a, b, c } = await startPods('a', 'b', 'c')
    const backends = [
      { name: 'stable', endpoints: [a.url] },
      { name: 'canary', endpoints: [b.url, c.url], breaker },
    ]
    const routes = [{ name: 'only', rules: [{ session, backends: split(9, 1) }] }]
    await using served = await serve({ backends, routes })
    const pods = { a, b, c }
    let first = await ask(served.url)
    while (first.from === 'a') first = await ask(served.url)
    const cookie = cookieOf(first)
    const broken = first.from as 'b' | 'c'
    pods[broken].use(failure(503))
    expect((await ask(served.url, { cookie })).status).toBe(503)
    const moved = await ask(served.url, { cookie })
    expect(moved.from).toBe(broken === 'b' ? 'c' : 'b')
    expect((await ask(served.url, { cookie: cookieOf(moved) })).cookies).toEqual([])
  })

  test('a backend of weight 0 whose endpoint does not serve gives the session back to the split', async () => {
    const { a, b, c } = await startPods('a', 'b', 'c')
    const backends = [
      { name: 'stable', endpoints: [a.url] },
      { name: 'canary', endpoints: [b.url, c.url], breaker },
    ]
    const routes = [{ name: 'only', rules: [{ session, backends: split(0, 1) }] }]
    await using served = await serve({ backends, routes })
    const first = await ask(served.url)
    const cookie = cookieOf(first)
    served.gate.setWeights('only', { stable: 1, canary: 0 })
    ;(first.from === 'b' ? b : c).use(failure(503))
    expect((await ask(served.url, { cookie })).status).toBe(503)
    const moved = await ask(served.url, { cookie })
    expect(moved.from).toBe('a')
    expect((await ask(served.url, { cookie: cookieOf(moved) })).cookies).toEqual([])
  })

  test('backends have sessions of their own, and the rule one instead of theirs', async () => {
    const { a, b, c } = await startPods('a', 'b', 'c')
    const backends = [
      { name: 'stable', endpoints: [a.url, b.url], session: { name: 'of-stable' } },
      { name: 'canary', endpoints: [c.url] },
    ]
    const routes = [{ name: 'only', rules: [{ backends: split(1, 1) }] }]
    await using served = await serve({ backends, routes })
    const seen = new Map<string, readonly string[]>()
    for (let asked = 0; asked < 4; asked++) {
      const { from, cookies } = await ask(served.url)
      seen.set(from, cookies.map(firstOf))
    }
    expect(Object.fromEntries(seen)).toEqual({ a: ['of-stable'], b: ['of-stable'], c: [] })
    served.gate.update({
      version: 1,
      backends,
      routes: [{ name: 'only', rules: [{ session, backends: split(1, 1) }] }],
    })
    for (let asked = 0; asked < 4; asked++) expect((await ask(served.url)).cookies.map(firstOf)).toEqual(['s'])
  })

  test('the session goes before the sticky assignment, which only gives new callers their backend', async () => {
    const { a, b } = await startPods('a', 'b')
    const rule = { session, sticky: { header: 'x-user' }, backends: split(1, 0) }
    await using served = await serve(oneRoute({ stable: a.url, canary: b.url }, rule))
    const cookie = cookieOf(await ask(served.url, { 'x-user': 'u' }))
    served.gate.setWeights('only', { stable: 0, canary: 1 })
    expect((await ask(served.url, { 'x-user': 'u', cookie })).from).toBe('a')
    expect((await ask(served.url, { 'x-user': 'u' })).from).toBe('b')
  })

  test('a session never changes which rule has the request', async () => {
    const { a, b } = await startPods('a', 'b')
    const rules = [
      { matches: [{ headers: [{ name: 'x-beta', value: '1' }] }], backends: [{ backend: 'canary' }], session },
      { backends: [{ backend: 'stable' }], session },
    ]
    const backends = [
      { name: 'stable', endpoints: [a.url] },
      { name: 'canary', endpoints: [b.url] },
    ]
    await using served = await serve({ backends, routes: [{ name: 'only', rules }] })
    const cookie = cookieOf(await ask(served.url, { 'x-beta': '1' }))
    expect((await ask(served.url, { cookie })).from).toBe('a')
  })
})

describe('attempts', () => {
  const retry = { retries: 1, on: [503], backoff: { base: 1, max: 1 } }

  test('the session is with the endpoint that answered, not with the one that was tried first', async () => {
    const { a, b } = await startPods('a', 'b')
    a.use(failure(503))
    await using served = await serve(oneRoute({ only: [a.url, b.url] }, { session: {}, retry }))
    for (let asked = 0; asked < 2; asked++) {
      const { from, ...reply } = await ask(served.url)
      expect(from).toBe('b')
      expect((await ask(served.url, { cookie: cookieOf({ from, ...reply }) })).cookies).toEqual([])
    }
  })

  test('a repeat leaves the endpoint of the session, which then moves', async () => {
    const { a, b } = await startPods('a', 'b')
    await using served = await serve(oneRoute({ only: [a.url, b.url] }, { session: {}, retry }))
    const first = await ask(served.url)
    const pods = { a, b }
    pods[first.from as 'a' | 'b'].use(failure(503))
    const moved = await ask(served.url, { cookie: cookieOf(first) })
    expect(moved.from).toBe(first.from === 'a' ? 'b' : 'a')
    expect(moved.cookies).toHaveLength(1)
  })

  test('a fallback outside the split sets no session and ends none', async () => {
    const { a, b, c } = await startPods('a', 'b', 'c')
    const rule = { session: {}, fallback: { backends: ['spare'] } }
    await using served = await serve(oneRoute({ only: [a.url, b.url], spare: c.url }, rule))
    const first = await ask(served.url)
    const cookie = cookieOf(first)
    for (const pod of [a, b]) pod.use(failure(500))
    expect(await ask(served.url)).toMatchObject({ from: 'c', cookies: [] })
    expect(await ask(served.url, { cookie })).toMatchObject({ from: 'c', cookies: [] })
    a.use(json({ from: 'a' }))
    b.use(json({ from: 'b' }))
    expect(await ask(served.url, { cookie })).toMatchObject({ from: first.from, cookies: [] })
  })

  test('a fallback that is in the split takes the session over', async () => {
    const { a, b } = await startPods('a', 'b')
    const backends = [
      { backend: 'canary', weight: 1 },
      { backend: 'stable', weight: 0 },
    ]
    const rule = { session: {}, backends, fallback: { backends: ['stable'] } }
    await using served = await serve(oneRoute({ stable: a.url, canary: b.url }, rule))
    const cookie = cookieOf(await ask(served.url))
    b.use(failure(500))
    const moved = await ask(served.url, { cookie })
    expect(moved.from).toBe('a')
    b.use(json({ from: 'b' }))
    expect((await ask(served.url, { cookie: cookieOf(moved) })).from).toBe('a')
  })

  test('answers of the gateway itself set no session', async () => {
    const { a } = await startPods('a')
    const limits = [{ name: 'one', tokens: 1, every: '1h' as const }]
    await using limited = await serve(oneRoute({ only: a.url }, { session: {}, limits: ['one'] }, { limits }))
    await ask(limited.url)
    expect(await ask(limited.url)).toMatchObject({ status: 429, cookies: [] })
    await using empty = await serve(oneRoute({ only: [] }, { session: {} }))
    expect(await ask(empty.url)).toMatchObject({ code: 'no_endpoint', cookies: [] })
    await using dead = await serve(oneRoute({ only: 'http://127.0.0.1:1' }, { session: {} }))
    expect(await ask(dead.url)).toMatchObject({ code: 'upstream_unreachable', cookies: [] })
  })
})

describe('a strict session', () => {
  const session = { strict: true }

  test('has 503 where its endpoint does not serve, with the time after which it may, and comes back', async () => {
    const { a, b, c } = await startPods('a', 'b', 'c')
    const config = oneRoute(
      {},
      { session, fallback: { backends: ['spare'] } },
      {
        backends: [
          { name: 'only', endpoints: [a.url, b.url], breaker },
          { name: 'spare', endpoints: [c.url] },
        ],
      },
    )
    const [route] = config.routes ?? []
    const rules = route?.rules?.map((rule) => ({ ...rule, backends: [{ backend: 'only' }] })) ?? []
    await using served = await serve({ ...config, routes: [{ name: 'only', rules }] })
    const first = await ask(served.url)
    const cookie = cookieOf(first)
    ;(first.from === 'a' ? a : b).use(failure(503))
    // Its own 503 opens the breaker; a fallback is another place, so that there is none.
    expect(await ask(served.url, { cookie })).toMatchObject({ status: 503, code: null })
    const refused = await ask(served.url, { cookie })
    expect(refused).toMatchObject({ status: 503, code: 'session_unavailable', cookies: [] })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3000)
    expect((await ask(served.url)).status).toBe(200)
  })

  test('repeats at its own endpoint', async () => {
    const { a, b } = await startPods('a', 'b')
    const retry = { retries: 2, on: [503], backoff: { base: 1, max: 1 } }
    await using served = await serve(oneRoute({ only: [a.url, b.url] }, { session, retry }))
    const first = await ask(served.url)
    const pods = { a, b }
    const own = pods[first.from as 'a' | 'b']
    own.use([failure(503), failure(503), json({ from: 'at last' })])
    expect(await ask(served.url, { cookie: cookieOf(first) })).toMatchObject({ from: 'at last', cookies: [] })
    expect(own.requests).toHaveLength(4)
  })

  test('has 503 where its endpoint is gone, and none for what is forged', async () => {
    const { a, b } = await startPods('a', 'b')
    await using served = await serve(oneRoute({ only: [a.url, b.url] }, { session }))
    const first = await ask(served.url)
    const cookie = cookieOf(first)
    const left = first.from === 'a' ? b : a
    served.gate.update({ version: 1, ...oneRoute({ only: left.url }, { session }) })
    expect(await ask(served.url, { cookie })).toMatchObject({ code: 'session_unavailable', cookies: [] })
    const forged = cookie.slice(0, -1) + (cookie.endsWith('A') ? 'B' : 'A')
    expect(await ask(served.url, { cookie: forged })).toMatchObject({ status: 200 })
    served.gate.update({ version: 1, ...oneRoute({ only: [a.url, b.url] }, { session }) })
    expect(await ask(served.url, { cookie })).toMatchObject({ from: first.from, cookies: [] })
  })
})

describe('a reload', () => {
  test('keeps sessions of what stays, in whatever order, and lets the others move', async () => {
    const { a, b, c } = await startPods('a', 'b', 'c')
    const pods = { a, b, c }
    const rule = { session: {}, backends: [{ backend: 'one' }, { backend: 'two' }] }
    await using served = await serve(oneRoute({ one: [a.url, b.url], two: c.url }, rule))
    const cookies = new Map<string, string>()
    while (cookies.size < 3) {
      const asked = await ask(served.url)
      cookies.set(asked.from, cookieOf(asked))
    }
    const backends = [{ backend: 'zero' }, { backend: 'two' }, { backend: 'one' }]
    const urls = { zero: 'http://127.0.0.1:1', two: c.url, one: [b.url, a.url] }
    served.gate.update({ version: 1, ...oneRoute(urls, { session: {}, backends }) })
    for (const [from, cookie] of cookies) {
      expect(await ask(served.url, { cookie })).toMatchObject({ from, cookies: [] })
    }
    served.gate.update({ version: 1, ...oneRoute({ one: pods.b.url }, { session: {} }) })
    for (const [from, cookie] of cookies) {
      const asked = await ask(served.url, { cookie })
      expect([asked.from, asked.cookies.length]).toEqual(['b', from === 'b' ? 0 : 1])
    }
  })

  test('may add sessions and take them away', async () => {
    const { a } = await startPods('a')
    await using served = await serve(oneRoute({ only: a.url }))
    expect((await ask(served.url)).cookies).toEqual([])
    served.gate.update({ version: 1, ...oneRoute({ only: a.url }, { session: {} }) })
    const cookie = cookieOf(await ask(served.url))
    served.gate.update({ version: 1, ...oneRoute({ only: a.url }) })
    expect(await ask(served.url, { cookie })).toMatchObject({ from: 'a', cookies: [] })
  })
})

describe('the key', () => {
  const key = { secret: 'test/session/key' }
  const secrets = new Map([[key.secret, 'k'.repeat(32)]])

  test('makes sessions of one process known to another', async () => {
    const { a, b } = await startPods('a', 'b')
    const config = oneRoute({ only: [a.url, b.url] }, { session: {} }, { sessionKey: key })
    await using one = await serve(config, { secrets })
    await using two = await serve(config, { secrets })
    const first = await ask(one.url)
    for (let asked = 0; asked < 3; asked++) {
      expect(await ask(two.url, { cookie: cookieOf(first) })).toMatchObject({ from: first.from, cookies: [] })
    }
    const other = new Map([[key.secret, 'o'.repeat(32)]])
    two.gate.update({ version: 1, ...config }, { secrets: other })
    expect((await ask(two.url, { cookie: cookieOf(first) })).cookies).toHaveLength(1)
  })

  test('is made at the start where there is none, once, with a warning', async () => {
    const { a } = await startPods('a')
    await using served = await serve(oneRoute({ only: a.url }))
    const warnings: string[] = []
    served.gate.on('warning', ({ code }) => warnings.push(code))
    const config = { version: 1 as const, ...oneRoute({ only: a.url }, { session: {} }) }
    served.gate.update(config)
    const cookie = cookieOf(await ask(served.url))
    served.gate.update(config)
    expect((await ask(served.url, { cookie })).cookies).toEqual([])
    expect(warnings).toEqual(['session_key'])
  })

  test.for<[string, ReadonlyMap<string, string>, string]>([
    ['is not there', new Map(), 'sessionKey: the secret test/session/key is not among the secrets that were given'],
    ['is short', new Map([[key.secret, 'x'.repeat(31)]]), 'sessionKey: it has 31 characters; expected at least 32'],
  ])('that %s starts nothing', ([, given, message]) => {
    const config = { version: 1 as const, ...oneRoute({ only: [] }, { session: {} }, { sessionKey: key }) }
    expect(() => new Gateway(config, { secrets: given })).toThrow(message)
  })
})

test('a gateway of the builder keeps sessions behind node:http', async () => {
  const { a, b } = await startPods('a', 'b')
  const gate = gateway('g', {
    sessionKey: { secret: 'test/session/key' },
    secrets: new Map([['test/session/key', 'k'.repeat(40)]]),
  })
    .pool('p', { model: [a.url, b.url] }, { session: { cookie: 'pool' } })
    .route('pool', (route) => route.when({ path: '/pool' }).to('model'))
    .route('own', (route) => route.when({ path: '/own' }).to('model').session({ header: 'x-session' }))
    .build()
  const server = createServer(nodeHandler(gate))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const first = await ask(`${url}/pool`)
  expect(first.cookies[0]).toMatch(/^pool=.*; Path=\//)
  expect(await askOften(`${url}/pool`, 3, { cookie: cookieOf(first) })).toEqual(Array(3).fill(first.from))
  expect((await ask(`${url}/own`)).headers.get('x-session')).not.toBeNull()
  server.close()
  server.closeAllConnections()
  await gate.close()
})
