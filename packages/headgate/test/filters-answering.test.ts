/** Redirects and rules that fail closed, over real sockets: filters that answer in the place of a backend. */

import { describe, expect, test } from 'vitest'
import { connectRaw, json, rawRequest, startUpstream } from '@headgate/testing'
import { chat, oneRoute, question, serve } from './serve.ts'
import { http, openSockets } from './sockets.ts'

type Rule = NonNullable<Parameters<typeof oneRoute>[1]>
type Filter = NonNullable<Rule['filters']>[number]
type Redirect = Extract<Filter, { type: 'RequestRedirect' }>

const prefix = (value: string): NonNullable<Redirect['path']> => ({ type: 'ReplacePrefixMatch', value })

function redirecting(redirect: Omit<Redirect, 'type'>, rule: Rule = {}): Rule {
  return { backends: [], filters: [{ type: 'RequestRedirect', ...redirect }], ...rule }
}

describe('a redirect', () => {
  const cases: readonly [string, Omit<Redirect, 'type'>, string, string, number][] = [
    ['another scheme', { scheme: 'https' }, '/a?x=1&y=%20', 'https://one.test/a?x=1&y=%20', 302],
    ['another host', { hostname: 'two.test' }, '/a', 'http://two.test:8080/a', 302],
    ['another port', { port: 9000 }, '/a', 'http://one.test:9000/a', 302],
    ['the port of its scheme', { scheme: 'https', port: 443 }, '/a', 'https://one.test/a', 302],
    [
      'another path',
      { path: { type: 'ReplaceFullPath', value: '/new' }, statusCode: 308 },
      '/a?q',
      'http://one.test:8080/new?q',
      308,
    ],
    ['another prefix', { path: prefix('/v2'), statusCode: 301 }, '/v1/chat', 'http://one.test:8080/v2/chat', 301],
    ['no prefix', { path: prefix(''), statusCode: 303 }, '/v1/chat', 'http://one.test:8080/chat', 303],
  ]
  const matches = [
    { path: { type: 'PathPrefix' as const, value: '/v1' } },
    { path: { type: 'PathPrefix' as const, value: '/' } },
  ]

  test.for(cases)('to %s goes by the declared port of the listener', async ([, redirect, target, location, status]) => {
    await using sockets = await openSockets(
      oneRoute({}, redirecting(redirect, { matches }), { listeners: [http('main', 'one.test', 8080)] }),
    )
    const received = await rawRequest(sockets.url('main'), {
      target,
      headers: [['host', `one.test:${sockets.port('main')}`]],
    })
    expect([received.status, received.header('location'), received.text]).toEqual([status, location, ''])
    expect(received.header('content-length')).toBe('0')
    expect(await sockets.report(1)).toMatchObject({ status, result: 'answered', code: 'redirect', attempts: [] })
  })

  test.for<[number, Omit<Redirect, 'type'>, string]>([
    [80, {}, 'http://one.test/a'],
    [443, {}, 'http://one.test:443/a'],
    [8080, { scheme: 'http' }, 'http://one.test/a'],
  ])('from the port %i with %o goes to %s', async ([port, redirect, location]) => {
    await using sockets = await openSockets(
      oneRoute({}, redirecting(redirect), { listeners: [http('main', undefined, port)] }),
    )
    const received = await rawRequest(sockets.url('main'), { target: '/a', headers: [['host', 'one.test']] })
    expect(received.header('location')).toBe(location)
  })

  test('behind a mount the port is that of the Host field', async () => {
    await using served = await serve(oneRoute({}, redirecting({ path: prefix('/v2') })))
    const received = await rawRequest(served.url, { target: '/v1', headers: [['host', 'one.test:8081']] })
    expect(received.header('location')).toBe('http://one.test:8081/v2/v1')
  })

  test('without any host no location can be made', async () => {
    await using served = await serve(oneRoute({}, redirecting({ scheme: 'https' })))
    using client = await connectRaw(served.url)
    await client.write('GET /a HTTP/1.0\r\n\r\n')
    const received = await client.reply()
    expect([received.status, received.header('x-headgate-error'), received.header('location')]).toEqual([
      400,
      'bad_host',
      undefined,
    ])
  })

  test('takes no token and reads the upload off the connection', async () => {
    const limits = [{ name: 'one', tokens: 1, every: '1h' as const }]
    await using served = await serve(oneRoute({}, redirecting({ scheme: 'https' }, { limits: ['one'] }), { limits }))
    using client = await connectRaw(served.url)
    for (let asked = 0; asked < 3; asked++) {
      await client.send({ method: 'POST', target: chat, headers: [['host', 'h']], body: question.body })
      const received = await client.reply('POST')
      await received.settled()
      expect([received.status, received.header('location')]).toEqual([302, `https://h${chat}`])
    }
  })

  test('is followed by fetch to a route that serves', async () => {
    await using upstream = await startUpstream(json('there'))
    const redirect = { type: 'RequestRedirect' as const, path: { type: 'ReplacePrefixMatch' as const, value: '/new' } }
    const path = (value: string): Rule['matches'] => [{ path: { type: 'PathPrefix', value } }]
    await using served = await serve({
      backends: [{ name: 'a', endpoints: [upstream.url] }],
      routes: [
        { name: 'old', rules: [{ matches: path('/old'), filters: [redirect] }] },
        { name: 'new', rules: [{ matches: path('/new'), backends: [{ backend: 'a' }] }] },
      ],
    })
    expect(await (await fetch(`${served.url}/old/x?y=1`)).text()).toBe('"there"')
    expect((await upstream.request(1)).target).toBe('/new/x?y=1')
  })
})

test('a filter that is not known fails its rule closed, and that rule alone', async () => {
  await using upstream = await startUpstream()
  const unknown: Filter = { type: 'Unresolved', reason: 'no TrafficPolicy is named "secret-name"' }
  const limits = [{ name: 'one', tokens: 1, every: '1h' as const }]
  await using served = await serve({
    backends: [{ name: 'a', endpoints: [upstream.url] }],
    limits,
    routes: [
      {
        name: 'both',
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/closed' } }],
            filters: [unknown],
            backends: [{ backend: 'a' }],
          },
          { backends: [{ backend: 'a' }], limits: ['one'] },
        ],
      },
    ],
  })
  const closed = await fetch(`${served.url}/closed`, question)
  expect([closed.status, closed.headers.get('x-headgate-error')]).toEqual([500, 'filter_unresolved'])
  // Names of the configuration are not for callers.
  expect(await closed.text()).not.toContain('secret-name')
  expect((await fetch(`${served.url}/open`)).status).toBe(200)
  expect(upstream.requests.map(({ target }) => target)).toEqual(['/open'])
})
