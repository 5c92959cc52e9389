/** CORS over real sockets: preflights, replies of backends, and the gateway's own answers. */

import { describe, expect, test } from 'vitest'
import { failure, rawRequest, refusingUrl, reply, startUpstream } from '@headgate/testing'
import type { Field, ReceivedReply } from '@headgate/testing'
import { chat, oneRoute, serve } from './serve.ts'

type Rule = NonNullable<Parameters<typeof oneRoute>[1]>
type Filter = NonNullable<Rule['filters']>[number]
type Cors = Extract<Filter, { type: 'CORS' }>

describe('CORS', () => {
  const origin = 'https://app.example.com'
  const policy: Cors = {
    type: 'CORS',
    allowOrigins: ['https://*.example.com'],
    allowMethods: ['PUT'],
    allowHeaders: ['content-type', 'authorization'],
    exposeHeaders: ['x-request-id'],
    allowCredentials: true,
    maxAge: 60,
  }
  const preflight: readonly Field[] = [
    ['origin', origin],
    ['access-control-request-method', 'PUT'],
    ['access-control-request-headers', 'content-type'],
  ]

  const corsFields = (received: ReceivedReply): unknown =>
    Object.fromEntries(received.headers.filter(([name]) => name.startsWith('access-control-')))

  const allowed = {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'x-request-id',
  }

  test('a preflight is answered here, takes no token, and no backend hears of it', async () => {
    await using upstream = await startUpstream()
    const limits = [{ name: 'one', tokens: 1, every: '1h' as const }]
    await using served = await serve(oneRoute({ a: upstream.url }, { filters: [policy], limits: ['one'] }, { limits }))
    for (let asked = 0; asked < 2; asked++) {
      const received = await rawRequest(served.url, {
        method: 'OPTIONS',
        target: chat,
        headers: [['host', 'h'], ...preflight],
      })
      expect([received.status, received.text]).toEqual([204, ''])
      expect(corsFields(received)).toEqual({
        ...allowed,
        'access-control-allow-methods': 'PUT',
        'access-control-allow-headers': 'content-type, authorization',
        'access-control-max-age': '60',
      })
      expect(received.header('content-length')).toBeUndefined()
    }
    expect(upstream.requests).toEqual([])
    expect(await served.report(2)).toMatchObject({ status: 204, code: 'cors_preflight', result: 'answered' })
  })

  test('a preflight of another origin gets no permission', async () => {
    await using served = await serve(oneRoute({ a: await refusingUrl() }, { filters: [policy] }))
    const headers = [['host', 'h'], ['origin', 'https://example.org'], ...preflight.slice(1)] as const
    const received = await rawRequest(served.url, { method: 'OPTIONS', headers })
    expect([received.status, corsFields(received)]).toEqual([204, {}])
  })

  test('OPTIONS that is no preflight goes to the backend', async () => {
    await using upstream = await startUpstream()
    await using served = await serve(oneRoute({ a: upstream.url }, { filters: [policy] }))
    await rawRequest(served.url, {
      method: 'OPTIONS',
      headers: [
        ['host', 'h'],
        ['origin', origin],
      ],
    })
    expect((await upstream.request(1)).method).toBe('OPTIONS')
  })

  test('a reply carries the fields of the filter, not those of the backend', async () => {
    await using upstream = await startUpstream(
      reply({
        headers: [
          ['Access-Control-Allow-Origin', '*'],
          ['vary', 'accept'],
          ['x-request-id', '7'],
        ],
      }),
    )
    await using served = await serve(oneRoute({ a: upstream.url }, { filters: [policy] }))
    const ask = (from: string): Promise<ReceivedReply> =>
      rawRequest(served.url, {
        headers: [
          ['host', 'h'],
          ['origin', from],
        ],
      })
    const received = await ask(origin)
    expect([corsFields(received), received.header('vary')]).toEqual([allowed, 'accept, Origin'])
    expect((await upstream.request(1)).header('origin')).toBe(origin)
    expect(corsFields(await ask('https://example.org'))).toEqual({})
  })

  test('the response filters of the route come after it', async () => {
    await using upstream = await startUpstream()
    const remove: Filter = { type: 'ResponseHeaderModifier', remove: ['access-control-expose-headers'] }
    await using served = await serve(oneRoute({ a: upstream.url }, { filters: [policy, remove] }))
    const received = await rawRequest(served.url, {
      headers: [
        ['host', 'h'],
        ['origin', origin],
      ],
    })
    expect(received.header('access-control-allow-origin')).toBe(origin)
    expect(received.header('access-control-expose-headers')).toBeUndefined()
  })

  const own: readonly [string, Rule, number, string][] = [
    ['a rate limit', { limits: ['none'] }, 429, 'rate_limited'],
    ['no backend', { backends: [] }, 500, 'no_target'],
    ['an unresolved backend', { backends: [{ unresolved: 'no such Service' }] }, 500, 'ref_unresolved'],
    ['a backend that is away', {}, 502, 'upstream_unreachable'],
    [
      'an unknown filter',
      { filters: [policy, { type: 'Unresolved', reason: 'no such filter' }] },
      500,
      'filter_unresolved',
    ],
  ]

  test.for(own)("a page can read the gateway's own answer: %s", async ([, rule, status, code]) => {
    const limits = [{ name: 'none', per: { key: 'all' }, tokens: 1, every: '1h' as const }]
    await using served = await serve(oneRoute({ a: await refusingUrl() }, { filters: [policy], ...rule }, { limits }), {
      keys: { all: () => 'all' },
    })
    const ask = (): Promise<ReceivedReply> =>
      rawRequest(served.url, {
        headers: [
          ['host', 'h'],
          ['origin', origin],
        ],
      })
    if (status === 429) await ask()
    const received = await ask()
    expect([received.status, received.header('x-headgate-error'), corsFields(received)]).toEqual([
      status,
      code,
      allowed,
    ])
    expect(received.header('vary')).toBe('Origin')
  })

  test('a redirect can be followed from a page', async () => {
    await using served = await serve(
      oneRoute({}, { backends: [], filters: [policy, { type: 'RequestRedirect', scheme: 'https' }] }),
    )
    const received = await rawRequest(served.url, {
      headers: [
        ['host', 'h'],
        ['origin', origin],
      ],
    })
    expect([received.status, received.header('location'), corsFields(received)]).toEqual([302, 'https://h/', allowed])
    // The preflight comes first: browsers follow no redirect there.
    const asked = await rawRequest(served.url, { method: 'OPTIONS', headers: [['host', 'h'], ...preflight] })
    expect(asked.status).toBe(204)
  })

  test('a reply that was held for a retry carries them too', async () => {
    await using upstream = await startUpstream(failure(503))
    const retry = { retries: 1, on: [503], backoff: { base: 1, max: 1 } }
    await using served = await serve(oneRoute({ a: upstream.url }, { filters: [policy], retry }))
    const received = await rawRequest(served.url, {
      headers: [
        ['host', 'h'],
        ['origin', origin],
      ],
    })
    expect([received.status, upstream.requests.length, corsFields(received)]).toEqual([503, 2, allowed])
  })
})
